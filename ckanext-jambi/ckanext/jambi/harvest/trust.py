"""Whether what a source says of its own changes can be believed: pure rules (harvesting.md 3.1, S29).

A document that changed while its ETag and Last-Modified stayed the same was kept from us by them. From
then on such a source is read whole and told apart by its bytes, until its definition is applied anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

VALIDATORS = ("etag", "last_modified")
DISTRUSTED = "distrusted"


def usable(markers: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the markers to ask with: without validators where they lied before."""
    known = markers or {}
    if not known.get(DISTRUSTED):
        return known
    return {name: value for name, value in known.items() if name not in VALIDATORS}


def kept(before: Mapping[str, Any] | None, found: Mapping[str, Any], *, changed: bool) -> dict[str, Any]:
    """Return the markers to keep of a reading; `changed` says that records differed, not bytes alone."""
    known = before or {}
    if known.get(DISTRUSTED) or (changed and _lied(known, found)):
        return {**found, DISTRUSTED: True}
    return dict(found)


def _lied(before: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    said = [before.get(name) for name in VALIDATORS]
    other_bytes = "sha256" in before and before["sha256"] != found.get("sha256")
    return any(said) and other_bytes and said == [found.get(name) for name in VALIDATORS]
