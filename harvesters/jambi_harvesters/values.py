"""Turn what a source wrote into a typed cell, by what the definition declares of the column.

A value that is not what it should be raises `BadValueError`; what that means for the row is the
contract's business (`tables.py`). Notes are facts a steward should know although nothing failed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from jambi_harvesters.bad_values import BadValueError
from jambi_harvesters.canonical import canonical_json
from jambi_harvesters.dates import is_zero_date, parse_day, parse_instant
from jambi_harvesters.definition import Field, Schema
from jambi_harvesters.numbers import exact, parse_number, whole
from jambi_harvesters.record import Cell

Resolvers = Mapping[str, Callable[..., str | None]]
Note = str
Read = tuple[Cell, Note]

TRUE_WORDS = frozenset({"true", "ya", "yes", "y", "1", "benar"})
FALSE_WORDS = frozenset({"false", "tidak", "no", "n", "0", "salah"})
AREA_PARTS = {"nama": "area_name", "bps": "area_bps"}
SPREADSHEET_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"}
)
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean_text(value: object) -> str:
    """Return a text without control characters, direction overrides and outer blanks (S24)."""
    text = value if isinstance(value, str) else _spelled(value)
    return (text if text.isprintable() else _UNWANTED.sub("", text)).strip()


class ValueReader:
    """Reads the values of one declared column.

    Args:
        resolvers: `area(text, level)`, `area_name(code)`, `area_bps(code)`, `organization(text)`; None means
            unknown.
    """

    def __init__(self, field: Field, schema: Schema, resolvers: Resolvers) -> None:
        self._field = field
        self._schema = schema
        self._resolvers = resolvers
        self._missing = {one.strip().casefold() for one in schema.missing} | {""}
        self._forms = tuple(field.format.split("|")) if field.format else schema.date_formats
        self._read: Callable[[object], Read] = getattr(self, f"_{field.type}")

    def __call__(self, raw: object) -> Read:
        """Return the cell and a note, which is empty if there is nothing to note.

        Raises:
            BadValueError: if the value is not what the column declares.
        """
        if raw is None:
            return None, ""
        if isinstance(raw, str):
            raw = clean_text(raw)
            if raw.casefold() in self._missing:
                return None, ""
            if raw in SPREADSHEET_ERRORS:
                return None, "spreadsheet_error"
        return self._read(raw)

    def _text(self, raw: object) -> Read:
        try:
            text = clean_text(raw)
        except ValueError:
            raise BadValueError("bad_form") from None
        if self._field.format is None:
            return text, ""
        bare = text.lstrip("'")
        if not any(_fits(bare, picture) for picture in self._field.format.split("|")):
            raise BadValueError("bad_form")
        return bare, "apostrophe_removed" if bare != text else ""

    def _decimal(self, raw: object) -> Read:
        return self._number(raw), ""

    def _integer(self, raw: object) -> Read:
        return whole(self._number(raw)), ""

    def _number(self, raw: object) -> Decimal:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
            raise BadValueError("not_a_number")
        if isinstance(raw, str):
            decimal = self._schema.dialect.decimal
            return parse_number(raw, self._schema.locale, decimal, self._field.format)
        return exact(Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw))

    def _boolean(self, raw: object) -> Read:
        word = _spelled(raw).casefold()
        if word in TRUE_WORDS:
            return True, ""
        if word in FALSE_WORDS:
            return False, ""
        raise BadValueError("not_a_boolean")

    def _date(self, raw: object) -> Read:
        if isinstance(raw, str) and is_zero_date(raw):
            return None, "zero_date"
        return parse_day(_dateable(raw), self._forms, self._schema.timezone), ""

    def _timestamp(self, raw: object) -> Read:
        if isinstance(raw, str) and is_zero_date(raw):
            return None, "zero_date"
        return parse_instant(_dateable(raw), self._forms, self._schema.timezone), ""

    def _geometry(self, raw: object) -> Read:
        try:
            value = json.loads(raw, parse_float=Decimal) if isinstance(raw, str) else raw
            if isinstance(value, Mapping) and {"type", "coordinates"} <= set(value):
                return canonical_json(value).decode("utf-8", "replace"), ""
        except (ValueError, RecursionError, InvalidOperation):
            pass
        raise BadValueError("not_a_geometry")

    def _area(self, raw: object) -> Read:
        level, _, wanted = (self._field.format or "").partition(":")
        code = self._resolve("area", clean_text(raw).lstrip("'"), level or None)
        if code is None:
            return None, "unknown_area"
        return (self._resolve(AREA_PARTS[wanted], code) if wanted in AREA_PARTS else code), ""

    def _organization(self, raw: object) -> Read:
        slug = self._resolve("organization", clean_text(raw))
        return slug, "" if slug else "unknown_organization"

    def _resolve(self, name: str, *args: Any) -> str | None:
        resolver = self._resolvers.get(name)
        return resolver(*args) if resolver else None


def column_text(value: Cell) -> str:
    """Return a cell as it stands in a title or an identifier."""
    if value is None:
        return ""
    return _spelled(value)


def _spelled(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping | Sequence | bool | int | float | Decimal):
        return canonical_json(value).decode("utf-8", "replace")
    return str(value)


def _dateable(raw: object) -> object:
    if isinstance(raw, datetime | date | str):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise BadValueError("not_a_date")
    return _spelled(raw)


def _fits(text: str, picture: str) -> bool:
    """Compare a text with a picture: # is a digit, A a letter, anything else itself."""
    return len(text) == len(picture) and all(map(_fits_one, text, picture))


def _fits_one(char: str, wanted: str) -> bool:
    if wanted == "#":
        return char.isascii() and char.isdigit()
    if wanted == "A":
        return char.isalpha()
    return char == wanted
