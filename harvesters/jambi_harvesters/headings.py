"""Find the declared columns among the headings of a table, whatever their case, spacing or punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from jambi_harvesters.definition import Schema
from jambi_harvesters.errors import ColumnChange, SchemaDriftError, UnreadableError

SHEET_COLUMN = "_lembar"
MAX_COLUMNS = 1_000

_NOT_ID = re.compile(r"[^a-z0-9]+")


def fold(heading: str) -> str:
    """Return the form by which headings are compared."""
    return " ".join(unicodedata.normalize("NFKC", heading).split()).casefold()


def column_id(heading: str) -> str:
    """Return a heading as a column id: small ASCII letters, digits and _ (`#` and the like go, ckan#9529)."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode("ascii").casefold()
    return _NOT_ID.sub("_", plain).strip("_")


def join_headings(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one heading a column from heading rows whose upper cells were merged across columns."""
    width = max((len(row) for row in rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    spread = [_spread(row) for row in padded[:-1]] + padded[-1:]
    return [" ".join(_distinct(row[at] for row in spread)) for at in range(width)]


def renamed(headings: Sequence[str], rename: Mapping[str, str]) -> list[str]:
    """Replace headings that the definition knows under another name."""
    table = {fold(old): new for old, new in rename.items()}
    return [table.get(fold(heading), heading) for heading in headings]


def locate(headings: Sequence[str], schema: Schema) -> list[int]:
    """Return where each declared column stands.

    Raises:
        SchemaDriftError: if one is missing.
        UnreadableError: if one stands there twice.
    """
    names = renamed(headings, schema.rename)
    exact = _places([fold(name) for name in names])
    loose = _places([column_id(name) for name in names])
    found, missing = [], []
    for field in schema.fields:
        places = exact.get(fold(field.path)) or loose.get(column_id(field.path)) or exact.get(field.name, [])
        if len(places) > 1:
            raise _doubled(field.path)
        found.extend(places)
        if not places:
            missing.append(ColumnChange(field.path, "missing", expected=field.type))
    if missing:
        raise SchemaDriftError(missing)
    return found


def dropped_places(headings: Sequence[str], drop: Sequence[str]) -> frozenset[int]:
    """Return the places of columns that must not leave memory."""
    unwanted = {fold(name) for name in drop} | {column_id(name) for name in drop}
    return frozenset(
        at for at, name in enumerate(headings) if fold(name) in unwanted or column_id(name) in unwanted
    )


def check_width(width: int) -> None:
    """Refuse a table that is wider than any real one.

    Raises:
        UnreadableError: above 1,000 columns.
    """
    if width > MAX_COLUMNS:
        raise UnreadableError(
            what="The table",
            what_id="Tabel",
            reason=f"it has more than {MAX_COLUMNS} columns",
            alasan=f"kolomnya lebih dari {MAX_COLUMNS}",
        )


def _doubled(heading: str) -> UnreadableError:
    return UnreadableError(
        what="The table",
        what_id="Tabel",
        reason=f"the heading {heading} occurs twice",
        alasan=f"judul kolom {heading} muncul dua kali",
    )


def _places(names: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        if name:
            found.setdefault(name, []).append(at)
    return found


def _spread(row: Sequence[str]) -> list[str]:
    out, last = [], ""
    for cell in row:
        last = cell or last
        out.append(last)
    return out


def _distinct(parts: object) -> list[str]:
    return [part for part in dict.fromkeys(parts) if part]  # type: ignore[call-overload]
