"""Judge what a public door gave: by the structural detector, and by values that a test planted.

Pure: bytes in, findings out. Nothing of a value is kept; a path is shown with what the rules find in it
taken out, since a field's name may be one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from secrets import token_bytes
from typing import Any

from ckanext.jambi.metadata.pii import Finding, Screen, Severity, forms, masked, texts

VALUES = ("values", "digits_lost")
SEEDED = "seeded"
ATTRIBUTES = frozenset({"href", "src", "content", "value", "title", "alt", "aria-label"})
ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    """Personal data behind a door: where, by which rule and how often; never what.

    Attributes:
        hashes: of the first values, under a key of this scan: by them one value is known again elsewhere.
    """

    place: str
    column: str
    rule: str
    severity: str
    count: int
    hashes: tuple[str, ...] = field(default=(), repr=False)


class Judge:
    """Judges answers one after the other; addresses of offices that contact fields name are known then.

    Args:
        seeded: values that were planted and must be nowhere.
    """

    def __init__(self, seeded: Sequence[str] = ()) -> None:
        self._key = token_bytes(32)
        self._seeded = [one for one in seeded if one]
        self._offices: set[str] = set()
        self.unread = 0

    def hits(self, place: str, media_type: str, body: bytes) -> list[Hit]:
        """Return what an answer holds."""
        read = _READERS.get(media_type.partition(";")[0].strip().casefold())
        if read is None:
            self.unread += 1
            return self._planted(place, body.decode("utf-8", "replace"))
        text = body.decode("utf-8", "replace")
        screen = read(self, text)
        found = screen.verdicts()
        shown = [_hit(place, one) for one in found if one.cause in VALUES and one.rule <= "N5"]
        return [*shown, *self._planted(place, text)]

    def _planted(self, place: str, text: str) -> list[Hit]:
        counts = [(text.count(one) + _escaped(text, one)) for one in self._seeded]
        total = sum(counts)
        return [Hit(place, "", SEEDED, Severity.BLOCK.value, total)] if total else []

    def _json(self, text: str) -> Screen:
        try:
            read = json.loads(text)
        except ValueError:
            return self._lines(text)
        self._learn(read)
        return self._fields({"answer": read})

    def _csv(self, text: str) -> Screen:
        rows = csv.reader(io.StringIO(text.lstrip("\ufeff")))
        names = next(rows, [])
        screen = Screen(names, key=self._key)
        chunk: list[list[object]] = []
        for row in rows:
            padded = [*row, *[""] * (len(names) - len(row))]
            chunk.append([self._without_offices(cell) for cell in padded[: len(names)]])
            if len(chunk) == ROWS:
                screen.add_rows(chunk)
                chunk = []
        if chunk:
            screen.add_rows(chunk)
        return screen

    def _html(self, text: str) -> Screen:
        page = _Page()
        page.feed(text)
        return self._fields({"page": page.texts})

    def _lines(self, text: str) -> Screen:
        return self._fields({"line": text.splitlines()})

    def _fields(self, fields: Mapping[str, Any]) -> Screen:
        screen = Screen(key=self._key)
        screen.add_fields(_mapped(fields, self._without_offices))
        return screen

    def _learn(self, read: Any) -> None:
        """Take the addresses that contact fields give, unless they are at a provider of private mail."""
        for name, value in _named(read):
            if name in forms.shapes()["medan_kontak"] and "@" in value and not texts.is_free_mail(value):
                self._offices.add(value.strip())

    def _without_offices(self, text: str) -> str:
        if "@" in text:
            for one in self._offices:
                text = text.replace(one, "")
        return text


class _Page(HTMLParser):
    """The texts of a page, and those of its attributes that a reader or a machine sees."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if value and name in ATTRIBUTES]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def _hit(place: str, one: Finding) -> Hit:
    return Hit(place, masked(one.column), one.rule, one.severity.value, one.count, one.hashes)


def _escaped(text: str, value: str) -> int:
    """Return how often a value stands in a text as JSON or HTML write it, where that is another way."""
    written = {json.dumps(value)[1:-1], value.replace("+", "%2B"), value.replace("'", "&#39;")} - {value}
    return sum(text.count(one) for one in written)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _mapped(inner, change) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def _named(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _named(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, name)
    elif isinstance(value, str):
        yield name, value


_READERS: dict[str, Callable[[Judge, str], Screen]] = {
    "application/json": Judge._json,
    "application/geo+json": Judge._json,
    "text/csv": Judge._csv,
    "text/html": Judge._html,
    "text/plain": Judge._lines,
    "text/calendar": Judge._lines,
    "text/xml": Judge._html,
    "application/xml": Judge._html,
    "application/atom+xml": Judge._html,
    "application/rdf+xml": Judge._html,
    "text/turtle": Judge._lines,
}
