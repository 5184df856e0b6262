"""Take the address that a person pasted apart into keys of a definition; a key in it never gets that far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from jambi_harvesters.redaction import is_key_name

BLANK_SECRET = "secret:"  # noqa: S105 - what a person must complete
WALKED = frozenset({"page", "halaman", "offset", "start", "cursor", "after"})
"""Parameters that say where in a list one is; a paginator sets them."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that stood in an address: name of its parameter or path step, value, and query or path."""

    name: str
    value: str
    location: str


def place(url: str) -> dict[str, Any]:
    """Return `client` and `endpoint` of an address: the base, and its parameters without place in a list."""
    parts = urlsplit(url)
    params = {name: value for name, value in parse_qsl(parts.query) if name.casefold() not in WALKED}
    found: dict[str, Any] = {"client": {"base_url": bare(url)}}
    return found | ({"endpoint": {"params": params}} if params else {})


def bare(url: str) -> str:
    """Return an address without parameters and fragment."""
    return urlunsplit((*urlsplit(url)[:3], "", ""))


def site(url: str, before: str = "") -> str:
    """Return the address of the site: up to the path step `before` where that is in it, else its root."""
    parts = urlsplit(url)
    above, found, _ = f"{parts.path}/".partition(f"/{before}/") if before else ("", "", "")
    return urlunsplit((parts.scheme, parts.netloc, f"{above}/" if found else "/", "", ""))


def without_key(url: str) -> tuple[str, Key | None]:
    """Return an address without the key in its query or path (BPS WebAPI), and that key."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    for name, value in pairs:
        if is_key_name(name) and value:
            kept = "&".join(step for step in parts.query.split("&") if step.partition("=")[0] != name)
            return urlunsplit(parts._replace(query=kept)), Key(name, value, "query")
    return _without_step(url)


def _without_step(url: str) -> tuple[str, Key | None]:
    parts = urlsplit(url)
    steps = parts.path.split("/")
    for at, name in enumerate(steps[:-1]):
        if name and is_key_name(name) and steps[at + 1]:
            path = "/".join(steps[:at] + steps[at + 2 :])
            return urlunsplit(parts._replace(path=path)), Key(name, steps[at + 1], "path")
    return url, None
