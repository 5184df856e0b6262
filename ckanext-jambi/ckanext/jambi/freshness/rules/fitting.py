"""Whether the rows of a table are what its data dictionary says of each column (F22). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ckanext.jambi.freshness.rules import periods

MONTHS = (
    *("januari", "februari", "maret", "april", "mei", "juni"),
    *("juli", "agustus", "september", "oktober", "november", "desember"),
)
_WORDS = frozenset({"ya", "tidak", "true", "false", "y", "t", "1", "0"})


@dataclass(frozen=True, slots=True)
class Column:
    """What a data dictionary says of a column: type, whether it must be filled, values it may hold."""

    type: str = ""
    needed: bool = False
    values: frozenset[str] = frozenset()


Judge = Callable[[object], bool]


def judge_of(column: Column) -> Judge | None:
    """Return what tells whether a cell fits a column; None where every cell does."""
    of_type = _TYPES.get(column.type)
    if of_type is None and not column.needed and not column.values:
        return None

    def fits(cell: object) -> bool:
        if cell is None or cell == "":
            return not column.needed
        if column.values and str(cell) not in column.values:
            return False
        return of_type is None or of_type(cell)

    return fits


def judges_of(names: Sequence[str], columns: Mapping[str, Column]) -> list[tuple[int, Judge]]:
    """Return what has to be looked at in a row, by the place of the cell."""
    found = ((at, judge_of(columns[name])) for at, name in enumerate(names) if name in columns)
    return [(at, fits) for at, fits in found if fits]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def _is_whole(cell: object) -> bool:
    return _is_number(cell) and cell == int(cell)  # type: ignore[call-overload]


def _is_year(cell: object) -> bool:
    text = str(cell)
    return len(text) == len("2026") and text.isdecimal()


def _is_month(cell: object) -> bool:
    text = str(cell).strip().casefold()
    return text in MONTHS or (text.isdecimal() and 1 <= int(text) <= len(MONTHS)) or _is_day(cell)


def _is_day(cell: object) -> bool:
    return isinstance(cell, date) or periods.last_day(cell) is not None


def _is_instant(cell: object) -> bool:
    return isinstance(cell, datetime) or periods.instant(cell) is not None


def _is_yes_or_no(cell: object) -> bool:
    return isinstance(cell, bool) or str(cell).strip().casefold() in _WORDS


_TYPES: Mapping[str, Judge] = {
    "bilangan": _is_whole,
    "desimal": _is_number,
    "tahun": _is_year,
    "bulan": _is_month,
    "tanggal": _is_day,
    "waktu": _is_instant,
    "ya_tidak": _is_yes_or_no,
}
