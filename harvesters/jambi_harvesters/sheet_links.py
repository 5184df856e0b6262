"""Addresses of spreadsheets in Google Drive: every link that people share leads to one export address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

FIRST_SHEET = "0"
CONTENT_HOSTS: Mapping[str, tuple[str, ...]] = {"docs.google.com": (".googleusercontent.com",)}
"""Where the service of a document host keeps the content that its export redirects to."""

_DOCUMENT = re.compile(r"(?P<document>.*/spreadsheets/(?:u/\d+/)?d/(?!e/)[\w-]{10,})(?:/[\w-]*)?/?", re.ASCII)


def export_address(url: str) -> str | None:
    """Return the address that exports the document of a link, or None if it is no link to a document.

    A published copy (`/d/e/…/pub`) is another document and none of these.
    """
    parts = urlsplit(url)
    match = _DOCUMENT.fullmatch(parts.path)
    if match is None:
        return None
    return urlunsplit((parts.scheme, parts.netloc, f"{match['document']}/export", "", ""))


def export_params(url: str, stated: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of the export; `gid` names the sheet, stated or in the link, else the first."""
    parts = urlsplit(url)
    linked = {**dict(parse_qsl(parts.query)), **dict(parse_qsl(parts.fragment))}
    return {"format": "csv", "gid": str(stated.get("gid", linked.get("gid", FIRST_SHEET)))}


def hosts(url: str) -> tuple[str, ...]:
    """Return the hosts that an export may answer from."""
    host = (urlsplit(url).hostname or "").casefold()
    return (host, *CONTENT_HOSTS.get(host, ()))
