"""The event stream on the wire: what an event says, how it is written, who wants it. Pure.

Server-sent events as the HTML standard writes them; the id is the outbox's cursor, so that a reader who
comes back with it as `Last-Event-ID` misses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HEARTBEAT = b": still here\n\n"
HELLO = b"retry: 3000\n: connected\n\n"
GAP = b"event: gap\ndata: {}\n\n"
FILTERS = ("dataset", "organization", "topic", "kind")
MAX_VALUES = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One public event: `names` holds by filter what it answers to, `frame` is `data` as it is sent."""

    cursor: str
    names: Mapping[str, frozenset[str]]
    data: Mapping[str, Any]
    frame: bytes


def told(cursor: str, row: Mapping[str, Any], about: Mapping[str, Any]) -> Told:
    """Return an event as it is sent.

    Args:
        row: the outbox's row.
        about: `dataset`, `organization` (names), `title` and `topics`, as far as they are known.
    """
    data = {
        "kind": row["kind"],
        "dataset": _named(row["package_id"], about.get("dataset"), about.get("title")),
        "organization": _named(row["organization_id"], about.get("organization")),
        "topics": sorted(about.get("topics", ())),
        "payload": row["payload"],
        "emitted_at": row["emitted_at"].isoformat(),
    }
    names = {
        "kind": frozenset({row["kind"]}),
        "dataset": _known(row["package_id"], about.get("dataset")),
        "organization": _known(row["organization_id"], about.get("organization")),
        "topic": frozenset(about.get("topics", ())),
    }
    return Told(cursor, names, data, frame(cursor, row["kind"], data))


def frame(cursor: str, kind: str, data: Mapping[str, Any]) -> bytes:
    """Return one event in the form of the stream; JSON has no line ends of its own."""
    return f"id: {cursor}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked for: within one filter any value, every filter that is given."""

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def matches(self, event: Told) -> bool:
        """Whether the reader wants an event."""
        return all(event.names[name] & values for name, values in self.values.items())


def wanted(arguments: Sequence[tuple[str, str]]) -> Wanted:
    """Return what query arguments ask for; values may repeat or stand behind one another with commas.

    Raises:
        ValueError: for an argument that is no filter, or too many values.
    """
    found: dict[str, set[str]] = {}
    for name, text in arguments:
        if name not in FILTERS:
            raise ValueError(f"{name} is no filter; there are {', '.join(FILTERS)}.")
        found.setdefault(name, set()).update(part.strip() for part in text.split(",") if part.strip())
    if any(len(values) > MAX_VALUES for values in found.values()):
        raise ValueError(f"A filter takes at most {MAX_VALUES} values.")
    return Wanted({name: frozenset(values) for name, values in found.items() if values})


def _named(identity: str | None, name: str | None, title: str | None = None) -> dict[str, Any] | None:
    found = {"id": identity, "name": name} | ({"title": title} if title else {})
    return found if identity else None


def _known(*names: str | None) -> frozenset[str]:
    return frozenset(name for name in names if name)
