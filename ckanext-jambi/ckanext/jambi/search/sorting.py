"""Read the sort parameter and write it as ORDER BY: a total order, missing values always last. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ckanext.jambi.search import fields
from ckanext.jambi.search.conditions import Params
from ckanext.jambi.search.fields import Kind
from ckanext.jambi.search.query.errors import SortError, UnsupportedQueryError

_PART = re.compile(r"\s*(\S+)\s+(asc|desc)\s*", re.IGNORECASE)
_COLUMNS = {
    "score": "s.score",
    "metadata_modified": "s.modified",
    "metadata_created": "s.created",
    "name": "d.name",
    "id": "d.id",
    "title": "d.title_sort",
    "title_string": "d.title_sort",
    "indexed_ts": "d.indexed_at",
}


@dataclass(frozen=True)
class Sort:
    """One key of the order."""

    field: str
    descending: bool


BY_SCORE = (Sort("score", descending=True),)


def read(text: str | None) -> tuple[Sort, ...]:
    """Read `field direction, field direction`; nothing means by score.

    Raises:
        SortError: a part is no field with a direction.
        UnsupportedQueryError: the field has several values, or its words are cut.
    """
    if not text or not text.strip():
        return BY_SCORE
    return tuple(_read_part(part, text) for part in text.split(","))


def order_by(sorts: tuple[Sort, ...], params: Params) -> str:
    """Return the terms of ORDER BY on the scored hits (s) and the wide table (d)."""
    keys = [f"{_key(sort.field, params)} {'DESC' if sort.descending else 'ASC'} NULLS LAST" for sort in sorts]
    return ", ".join([*keys, "s.docno"])


def needs_documents(sorts: tuple[Sort, ...]) -> bool:
    """Return whether the order looks into the wide table."""
    apart = (sort for sort in sorts if not _COLUMNS.get(sort.field, "").startswith("s."))
    return any(sort.field in _COLUMNS or fields.field(sort.field).kind is not Kind.DATE for sort in apart)


def _read_part(part: str, text: str) -> Sort:
    match = _PART.fullmatch(part)
    if match is None or "(" in match.group(1):
        raise SortError(text, f"pos={text.find(part)}")
    name = match.group(1)
    field = fields.field(name)
    if name not in _COLUMNS and (field.multiple or field.kind in (Kind.TEXT, Kind.NGRAM, Kind.PAYLOAD)):
        raise UnsupportedQueryError(f"can not sort on multivalued or tokenized field: {name}")
    return Sort(name, match.group(2).lower() == "desc")


def _key(name: str, params: Params) -> str:
    if name in _COLUMNS:
        return _COLUMNS[name]
    if fields.field(name).kind is Kind.DATE:
        dated = f"x.docno = s.docno AND x.field = {params.bind(name, 'text')}"
        return f"(SELECT x.at FROM jambi_search_date x WHERE {dated})"  # noqa: S608 - what users send is bound
    value = f"(d.keys -> {params.bind(name, 'text')} ->> 0)"
    return f"{value}::bigint" if fields.field(name).kind is Kind.INTEGER else f'{value} COLLATE "C"'
