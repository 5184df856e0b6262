"""Reference periods of a frequency: the days, weeks and calendar months of which an obligation speaks (F10).

`periods` says what a cell means; this says which periods there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ckanext.jambi.working_days import ONE_DAY, midnight

MONTHS = {
    "bulanan": 1,
    "triwulanan": 3,
    "caturwulanan": 4,
    "semesteran": 6,
    "tahunan": 12,
    "dua_tahunan": 24,
    "lima_tahunan": 60,
    "sepuluh_tahunan": 120,
}
DAYS = {"harian": 1, "mingguan": 7}
ROWS_IN = "rows_in"
"""Where `detail` of a row of the log says in which parts of the calendar rows lie."""
SCHEDULED = frozenset(MONTHS) | frozenset(DAYS)
"""Codes whose items have one obligation a period; all others are judged by the rolling rule (F10)."""
NOMINAL_DAYS = {
    "harian": 1,
    "mingguan": 7,
    "bulanan": 30,
    "triwulanan": 90,
    "caturwulanan": 120,
    "semesteran": 180,
    "tahunan": 365,
    "dua_tahunan": 730,
    "lima_tahunan": 1825,
    "sepuluh_tahunan": 3650,
}
_MONDAY = date(2024, 1, 1)
ANCHOR = date(2020, 1, 1)
"""Where periods of several years begin when an item names no anchor."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A reference period by its first and last day."""

    start: date
    end: date

    @property
    def starts_at(self) -> datetime:
        """The instant at which the period begins."""
        return midnight(self.start)

    @property
    def ends_at(self) -> datetime:
        """The instant at which the period is over."""
        return midnight(self.end + ONE_DAY)


def containing(code: str, day: date, anchor: date | None = None) -> Span:
    """Return the period of a scheduled code in which `day` lies.

    Raises:
        KeyError: if the code has no periods.
    """
    if code in DAYS:
        length = DAYS[code]
        start = day - timedelta(days=(day - _MONDAY).days % length)
        return Span(start, start + timedelta(days=length - 1))
    first = anchor or ANCHOR
    since = (day.year - first.year) * 12 + day.month - first.month
    return _of_months(first, since - since % MONTHS[code], MONTHS[code])


def first_full(code: str, day: date, anchor: date | None = None) -> Span:
    """Return the first period that begins on `day` or later (F25)."""
    found = containing(code, day, anchor)
    return found if found.start == day else containing(code, found.end + ONE_DAY, anchor)


def from_span(code: str, found: Span, anchor: date | None = None) -> Iterator[Span]:
    """Yield a period and all that follow."""
    while True:
        yield found
        found = containing(code, found.end + ONE_DAY, anchor)


def _of_months(anchor: date, since: int, count: int) -> Span:
    start = _month(anchor, since)
    return Span(start, _month(anchor, since + count) - ONE_DAY)


def _month(anchor: date, ahead: int) -> date:
    months = anchor.month - 1 + ahead
    return date(anchor.year + months // 12, months % 12 + 1, 1)
