"""What a system without a dataset is: a prefix, and a function from a request to a reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..city import City
from ..source import Source

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
XML = "application/xml; charset=utf-8"

Item = TypeVar("Item")


@dataclass(frozen=True)
class Asked:
    """One request: the city's address without a closing slash, the path below the prefix, the parameters."""

    origin: str
    path: str
    params: Mapping[str, str]

    def number(self, name: str, default: int) -> int:
        """Return a whole parameter, or the default where it is missing or no number."""
        text = self.params.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else default


@dataclass(frozen=True)
class Reply:
    """An answer; `headers` are those beside the type."""

    body: bytes
    media_type: str = JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class System:
    """A system that answers below a prefix.

    Attributes:
        prefix: begins and ends with a slash.
        title: what it is, in Indonesian, for the index page.
        kind: the kind of source that reads it.
        start: the address to begin with, below the prefix.
        answer: the reply to a request, or None where nothing is.
    """

    prefix: str
    title: str
    kind: str
    start: str
    answer: Callable[[City, Asked], Reply | None]


def as_json(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a JSON reply."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(body, JSON, status, headers or {})


def source_named(city: City, name: str) -> Source:
    """Return a source of the city by the name of its dataset."""
    return next(source for source in city.sources if source.name == name)


def part_of(items: Sequence[Item], first: int, size: int) -> list[Item]:
    """Return so many items from a position on."""
    return list(items[first : first + size])
