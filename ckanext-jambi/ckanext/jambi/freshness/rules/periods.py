"""What a cell of a period column means as a last day: years, halves, quarters, months, weeks, days."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ckanext.jambi.freshness.rules.credit import WIB
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.working_days import ONE_DAY

_YEAR = r"(?P<year>(?:19|20)\d{2})"
_PART = re.compile(rf"{_YEAR}[-/ ]?(?:(?P<kind>[QSTW])(?P<n>\d{{1,2}})|(?P<month>\d{{2}}))?", re.IGNORECASE)
_MONTHS = {"Q": 3, "S": 6, "T": 4}
MOST_PARTS = 60
"""How many parts of the calendar are told apart; what lies before the latest of them is taken as one."""


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


def span(cell: object) -> Span | None:
    """Return the days that a cell names, or None if it names none."""
    last = last_day(cell)
    if last is None:
        return None
    text = str(cell).strip()
    found = None if isinstance(cell, date) else _PART.fullmatch(text)
    return Span(_first_of_part(found, last) if found else last, last)


def parts(found: Iterable[Span]) -> tuple[Span, ...]:
    """Return the parts of the calendar in which rows lie, one after the other, with days between them."""
    merged: list[Span] = []
    for each in sorted(found):
        if merged and each.start <= merged[-1].end + ONE_DAY:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, each.end))
        else:
            merged.append(each)
    if len(merged) <= MOST_PARTS:
        return tuple(merged)
    latest = merged[-MOST_PARTS + 1 :]
    return (Span(merged[0].start, merged[-MOST_PARTS].end), *latest)


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


def _first_of_part(found: re.Match[str], last: date) -> date:
    """Return the first day of a year, half, quarter, month or week whose last day is known."""
    kind = (found["kind"] or "").upper()
    if kind == "W":
        return last - timedelta(days=6)
    months = _MONTHS[kind] if kind else 1 if found["month"] else 12
    return date(last.year, last.month - months + 1, 1)


def _of_week(year: int, week: int) -> date | None:
    try:
        return date.fromisocalendar(year, week, 7)
    except ValueError:
        return None
