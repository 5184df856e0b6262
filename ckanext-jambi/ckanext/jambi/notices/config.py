"""Typed readers of the options of notices: our own, and CKAN's options of mail."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk

SMTP_PORT = 25


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and how."""

    host: str
    port: int
    starttls: bool
    user: str | None
    password: str | None
    sender: str
    reply_to: str | None
    timeout: int


def mail_server() -> MailServer | None:
    """Return the mail server, or None if none is set (`smtp.server`, `smtp.mail_from`)."""
    named, sender = tk.config.get("smtp.server"), tk.config.get("smtp.mail_from")
    if not named or not sender:
        return None
    address = urlsplit(f"//{named}")
    return MailServer(
        host=address.hostname or "",
        port=address.port or SMTP_PORT,
        starttls=bool(tk.config["smtp.starttls"]),
        user=tk.config.get("smtp.user") or None,
        password=tk.config.get("smtp.password") or None,
        sender=sender,
        reply_to=tk.config.get("smtp.reply_to") or None,
        timeout=tk.config["ckanext.jambi.notices.smtp_timeout_seconds"],
    )


def site_title() -> str:
    """Return the portal's name."""
    return tk.config["ckan.site_title"]


def site_host() -> str:
    """Return the portal's host name, for message ids."""
    return urlsplit(tk.config["ckan.site_url"]).hostname or "localhost"
