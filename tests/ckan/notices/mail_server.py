"""A real SMTP server on loopback that keeps what it takes, and refuses what a test says."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from ckanext.jambi.launcher import ports

PLUGINS = (
    "jambi_harvest jambi_freshness jambi_metadata jambi_search jambi_notices jambi"
    " scheming_datasets scheming_organizations harvest datastore activity"
)
HOST = "127.0.0.1"


class MailServer:
    """The server: `taken` holds (recipient, message); `answers` maps an address to the refusal it gets."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.port = ports.first_free(20_000)
        self._controller = Controller(self, hostname=HOST, port=self.port)
        self._controller.start()

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message."""
        message = email.message_from_bytes(envelope.content, policy=default)
        self.taken += [(to, message) for to in envelope.rcpt_tos]
        return "250 OK"

    def stop(self) -> None:
        """End the server."""
        self._controller.stop(no_assert=True)


def served(config: Any) -> Iterator[MailServer]:
    """Yield a server that the portal with these settings uses, and stop it afterwards."""
    running = MailServer()
    config["smtp.server"] = f"{HOST}:{running.port}"
    config["smtp.mail_from"] = "portal@example.go.id"
    config["smtp.starttls"] = False
    yield running
    running.stop()
