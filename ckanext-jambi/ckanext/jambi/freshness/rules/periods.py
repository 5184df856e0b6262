"""What a cell of a period column means as a last day: years, halves, quarters, months, weeks, days."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from ckanext.jambi.freshness.rules.credit import WIB

_YEAR = r"(?P<year>(?:19|20)\d{2})"
_PART = re.compile(rf"{_YEAR}[-/ ]?(?:(?P<kind>[QSTW])(?P<n>\d{{1,2}})|(?P<month>\d{{2}}))?", re.IGNORECASE)
_MONTHS = {"Q": 3, "S": 6, "T": 4}


def last_day(cell: object) -> date | None:
    """Return the last civil day (WIB) that a cell names, or None if it names none.

    Read are dates and instants, ISO texts of them, and `2026`, `2026-09`, `2026-Q3`, `2026-S1`,
    `2026-T2` (four months), `2026-W38`. An instant is the day on which it lies in WIB.
    """
    if isinstance(cell, datetime):
        return (cell.astimezone(WIB) if cell.tzinfo else cell).date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip() if cell is not None else ""
    found = _PART.fullmatch(text)
    return _of_part(found) if found else _of_iso(text)


def instant(cell: object) -> datetime | None:
    """Return the instant that a cell names, or None if it names a day or longer; without an offset in WIB."""
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=WIB)
    if not isinstance(cell, str) or len(cell.strip()) <= len("2026-09-30"):
        return None
    try:
        return instant(datetime.fromisoformat(cell.strip()))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the cells of a period column go: the last day, and where they name instants the last one."""

    day: date | None = None
    instant: datetime | None = None

    def with_cell(self, cell: object, now: datetime) -> Reached:
        """Return how far it goes with one cell more; an instant after `now` is foreseen, not reached."""
        day, at = last_day(cell), instant(cell)
        return Reached(
            max(filter(None, (self.day, day)), default=None),
            max(filter(None, (self.instant, at if at and at <= now else None)), default=None),
        )


def _of_iso(text: str) -> date | None:
    try:
        return last_day(datetime.fromisoformat(text))
    except ValueError:
        return None


def _of_part(found: re.Match[str]) -> date | None:
    year, kind = int(found["year"]), (found["kind"] or "").upper()
    if kind == "W":
        return _of_week(year, int(found["n"]))
    month = int(found["month"] or 12)
    if kind:
        month = int(found["n"]) * _MONTHS[kind]
    return date(year, month, monthrange(year, month)[1]) if 1 <= month <= 12 else None


def _of_week(year: int, week: int) -> date | None:
    try:
        return date.fromisocalendar(year, week, 7)
    except ValueError:
        return None
