"""Turn the flat dict that CKAN indexes into what the engine stores. Pure.

Called by `engine` for every `add`. Solr would refuse some values (a list in a single-valued field, a date
that is none): strict mode refuses them too, so that a portal can move to Solr; else they are kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from ckanext.jambi.search import fields
from ckanext.jambi.search.fields import Kind
from ckanext.jambi.search.query import dates
from ckanext.jambi.search.text import analysis
from ckanext.jambi.search.text.vectors import FIELD, STEM, Vector

log = logging.getLogger(__name__)

MOST_TEXT_BYTES = 200_000
SORTED_LENGTH = 256
Value = str | int


class DocumentError(Exception):
    """A document that Solr would refuse."""


@dataclass(frozen=True)
class Scope:
    """What decides who may see a document, and which list it stands in."""

    site_id: str | None
    entity_type: str | None
    state: str | None
    dataset_type: str | None
    capacity: str | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A document as the tables keep it; `keys` and `texts` hold lists of values by field."""

    index_id: str
    scope: Scope
    keys: dict[str, list[Value]]
    texts: dict[str, list[str]]
    payloads: dict[str, str]

    @property
    def id(self) -> str | None:
        """Return the dataset's id."""
        return self.key("id")

    @property
    def name(self) -> str | None:
        """Return the dataset's name."""
        return self.key("name")

    @property
    def title_sort(self) -> str | None:
        """Return what the dataset is sorted by when sorted by title."""
        title = self.key("title_string")
        return None if title is None else title[:SORTED_LENGTH]

    def part(self, field: str) -> str | None:
        """Return the folded name or title, which suggestions look into."""
        values = self.texts.get(field) or self.keys.get(field)
        return analysis.fold(str(values[0])) if values else None

    def key(self, field: str) -> str | None:
        """Return the first value of a field, as text."""
        values = self.keys.get(field)
        return str(values[0]) if values else None

    def counted(self) -> list[tuple[str, str]]:
        """Return the distinct (field, value) pairs that are numbered."""
        pairs = ((name, str(v)) for name, vs in self.keys.items() if fields.is_counted(name) for v in vs)
        return list(dict.fromkeys(pairs))

    def dates(self) -> dict[str, str]:
        """Return the dates that have no column in the narrow table."""
        return {
            name: str(values[0])
            for name, values in self.keys.items()
            if fields.field(name).kind is Kind.DATE and name not in fields.HOT_DATES
        }

    def labelled_words(self) -> Iterator[tuple[str, analysis.Word]]:
        """Yield the words of `text` with the label of where they stand, title first."""
        given: dict[str, Sequence[Value]] = {**self.keys, **self.texts}
        labelled = sorted((label, name) for name in given if (label := fields.text_label(name)) is not None)
        budget, base = MOST_TEXT_BYTES, 0
        for label, name in labelled:
            values = list(_within((str(value) for value in given[name]), budget))
            budget -= sum(len(value.encode()) for value in values)
            last = 0
            for word in analysis.words(values):
                last = word.place
                yield label, analysis.Word(base + word.place, word.exact)
            base += last + analysis.GAP

    def vectors(self) -> tuple[Vector, Vector]:
        """Return the vector of title, name, tags, groups and organization, and that of the whole text."""
        head, whole = Vector(), Vector()
        for label, word in self.labelled_words():
            for vector in (head, whole) if label in fields.HEAD else (whole,):
                vector.add(word.exact, word.place, label)
                vector.add(STEM + word.stem, word.place, label)
        return head, whole

    def field_vector(self) -> Vector:
        """Return the vector of the text fields that `text` cannot tell apart, each word behind its field."""
        vector, budget = Vector(), MOST_TEXT_BYTES
        for name, values in self.texts.items():
            if name in ("title", "notes", "text"):
                continue
            kept = list(_within(values, budget))
            budget -= sum(len(value.encode()) for value in kept)
            for word in analysis.words(kept):
                vector.add(name + FIELD + word.exact, word.place)
                vector.add(name + FIELD + STEM + word.stem, word.place)
        return vector


def read(document: Mapping[str, object], *, strict: bool) -> Row:
    """Read a document as CKAN sends it.

    Raises:
        DocumentError: it has no `index_id`, or strict mode finds what Solr would refuse.
    """
    keys: dict[str, list[Value]] = {}
    texts: dict[str, list[str]] = {}
    payloads: dict[str, str] = {}
    labels: list[str] = []
    for name, raw in document.items():
        values = _values(name, raw, strict=strict)
        if not values:
            continue
        kind = fields.field(name).kind
        if kind is Kind.PAYLOAD:
            payloads[name] = str(values[0])
        elif name == "permission_labels":
            labels = [str(value) for value in values]
        elif kind is Kind.TEXT:
            texts[name] = [str(value) for value in values]
        elif kind is not Kind.NGRAM:
            keys[name] = values
    return _row(keys, texts, payloads, labels)


def _row(
    keys: dict[str, list[Value]], texts: dict[str, list[str]], payloads: dict[str, str], labels: list[str]
) -> Row:
    if not keys.get("index_id"):
        raise DocumentError("Document is missing mandatory uniqueKey field: index_id")
    singles = {name: str(keys[name][0]) if name in keys else None for name in fields.SCOPE_SINGLE}
    scope = Scope(**singles, labels=tuple(sorted(set(labels))))
    return Row(str(keys["index_id"][0]), scope, keys, texts, payloads)


def _values(name: str, raw: object, *, strict: bool) -> list[Value]:
    """Return the values of a field in its own form; None and, alone, '' are no values (pysolr drops them)."""
    if raw is None or raw == "":
        return []
    field = fields.field(name)
    elements = [raw]
    if isinstance(raw, list | tuple | set | frozenset):
        elements = [element for element in raw if element is not None]
    if len(elements) > 1 and not field.multiple:
        _refuse(strict, name, "multiple values in a single-valued field")
    values = (_value(name, field.kind, element, strict=strict) for element in elements)
    return [value for value in values if value is not None]


def _value(name: str, kind: Kind, raw: object, *, strict: bool) -> Value | None:
    if isinstance(raw, dict | list):
        _refuse(strict, name, "a nested value")
        return json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)
    text = _written(raw)
    if kind is Kind.DATE:
        moment = dates.instant(text)
        if moment is None:
            _refuse(strict, name, f"Invalid Date String:'{text[:100]}'")
        return dates.written(moment) if moment else None
    if kind is Kind.INTEGER:
        return _integer(name, text, strict=strict)
    return text


def _integer(name: str, text: str, *, strict: bool) -> int | None:
    try:
        return int(text)
    except ValueError:
        _refuse(strict, name, f"not an integer: '{text[:100]}'")
        return None


def _written(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, datetime | date):
        return raw.isoformat()
    return str(raw).replace("\x00", "")


def _within(values: Iterable[str], budget: int) -> Iterator[str]:
    """Yield values up to a number of bytes, the last one cut."""
    for value in values:
        if budget <= 0:
            return
        yield value if len(value) * 4 <= budget else value.encode()[:budget].decode("utf-8", "ignore")
        budget -= len(value.encode())


def _refuse(strict: bool, name: str, reason: str) -> None:
    if strict:
        raise DocumentError(f"ERROR: field '{name}': {reason}")
    _warn_once(name, reason.split(":")[0])


@lru_cache(maxsize=1000)
def _warn_once(name: str, reason: str) -> None:
    log.warning("Solr would refuse field %s of a document: %s", name, reason)
