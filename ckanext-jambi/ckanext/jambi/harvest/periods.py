"""Read the period column of a table: which days do its values stand for? Pure, no CKAN.

Known forms: dates, instants, `2026`, `2026-01`, `2026-S1` (half-year), `2026-Q3`, `2026-T2`
(four months), `2026-W05`, `2026/2027` (a school year, July to June). Anything else is no period.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ckanext.jambi import frequency
from ckanext.jambi.clock import WIB
from ckanext.jambi.freshness.rules import spans
from ckanext.jambi.freshness.rules.periods import instant, parts

PART_MONTHS = {"S": 6, "Q": 3, "T": 4}
MONTHS_A_YEAR = 12
_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>0[1-9]|1[0-2])|-?(?P<part>S[12]|Q[1-4]|T[1-3])"
    r"|-?W(?P<week>\d{2})|/(?P<next>\d{4}))?$"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A period by its first and last day."""

    start: date
    end: date

    def known_until(self, today: date) -> date | None:
        """Return the last day the period tells of: its end, its start while it runs, else None.

        A period that still runs counts by its first day, so that touching its rows again earns no
        credit (freshness G12) and no date lies in the future.
        """
        if self.end <= today:
            return self.end
        return self.start if self.start <= today else None


def parse(value: object) -> Span | None:
    """Return the span of one cell, or None if it is no period."""
    if isinstance(value, datetime):
        day = value.astimezone(WIB).date() if value.tzinfo else value.date()
        return Span(day, day)
    if isinstance(value, date):
        return Span(value, value)
    text = str(value).strip() if value is not None else ""
    return _parse_form(text.upper()) or _parse_instant(text)


def coverage(values: Iterable[object], today: date, months: int = 0) -> tuple[date | None, date | None]:
    """Return the first day and the last known day of all cells.

    Args:
        months: length of the periods that the table is promised for, 0 for no whole months. Where every
            cell is the first day of such a period, as `2026-09-01` of a month, it stands for the period.
    """
    first: date | None = None
    last: date | None = None
    for span in _named([span for span in map(parse, set(values)) if span], months):
        until = span.known_until(today)
        if until is not None:
            first = min(first or span.start, span.start)
            last = max(last or until, until)
    return first, last


def rows_in(values: Iterable[object], months: int = 0) -> tuple[spans.Span, ...]:
    """Return the parts of the calendar in which rows lie; `months` as in `coverage`."""
    named = _named([span for span in map(parse, set(values)) if span], months)
    return parts(spans.Span(each.start, each.end) for each in named)


def last_instant(values: Iterable[object], now: datetime) -> datetime | None:
    """Return the last instant that cells name and that is over, None if they name days or longer."""
    return max((at for at in map(instant, set(values)) if at and at <= now), default=None)


def promised_months(frequency_text: object) -> int:
    """Return the length of the periods of a frequency if it is 1 to 12 whole months, else 0."""
    try:
        interval = frequency.parse(str(frequency_text or "")).interval
    except frequency.FrequencyError:
        return 0
    if interval is None or interval.seconds or interval.months.denominator != 1:
        return 0
    return int(interval.months) if interval.months <= MONTHS_A_YEAR else 0


def _named(spans: list[Span], months: int) -> list[Span]:
    """Return the periods that days name, if all of them are first days of one."""
    if not months or not all(_is_first_day(span, months) for span in spans):
        return spans
    return [_months(span.start.year, span.start.month, months) or span for span in spans]


def _is_first_day(span: Span, months: int) -> bool:
    return span.start == span.end and span.start.day == 1 and (span.start.month - 1) % months == 0


def _parse_instant(text: str) -> Span | None:
    try:
        return parse(datetime.fromisoformat(text)) if len(text) > 10 else parse(date.fromisoformat(text))
    except ValueError:
        return None


def _parse_form(text: str) -> Span | None:
    match = _FORM.match(text)
    if not match or not match["year"].strip("0"):
        return None
    year = int(match["year"])
    if match["month"]:
        return _months(year, int(match["month"]), 1)
    if match["part"]:
        length = PART_MONTHS[match["part"][0]]
        return _months(year, length * int(match["part"][1]) - length + 1, length)
    if match["week"]:
        return _week(year, int(match["week"]))
    if match["next"]:
        return _months(year, 7, 12) if int(match["next"]) == year + 1 else None
    return _months(year, 1, 12)


def _months(year: int, month: int, count: int) -> Span | None:
    ahead = month - 1 + count
    try:
        after = date(year + ahead // 12, ahead % 12 + 1, 1)
        return Span(date(year, month, 1), after - timedelta(days=1))
    except ValueError:
        return None


def _week(year: int, week: int) -> Span | None:
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
    return Span(monday, monday + timedelta(days=6))
