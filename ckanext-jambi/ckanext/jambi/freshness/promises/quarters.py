"""The time of which a report speaks: a year, a quarter or a month (F39). Imports no CKAN."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

_PERIOD = re.compile(r"(?P<year>20\d\d)(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")
_YEAR, _QUARTER = 12, 3
_NUMBERS = ("I", "II", "III", "IV")


def interval(text: str) -> Interval:
    """Return the time (WIB) that `2026`, `2026-Q3` or `2026-09` names.

    Raises:
        ValueError: if it names none.
    """
    found = _PERIOD.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no period: write 2026, 2026-Q3 or 2026-09.")
    year, length, first = int(found["year"]), _YEAR, 1
    if found["quarter"]:
        length, first = _QUARTER, _QUARTER * int(found["quarter"]) - 2
    elif found["month"]:
        length, first = 1, int(found["month"])
    after = first + length - 1
    return Interval(
        midnight(date(year, first, 1)), midnight(date(year + after // _YEAR, after % _YEAR + 1, 1))
    )


def first_day(text: str) -> date:
    """Return the first day of a year, a quarter or a month."""
    return civil_day(interval(text).start)


def name(found: Interval) -> str:
    """Return how a year, a quarter or a month is written: the way back from `interval`."""
    first, last = civil_day(found.start), civil_day(found.end) - ONE_DAY
    months = (last.year - first.year) * _YEAR + last.month - first.month + 1
    if months == _YEAR:
        return str(first.year)
    return f"{first.year}-Q{last.month // _QUARTER}" if months == _QUARTER else f"{first:%Y-%m}"


def worded(text: str, _: Callable[[str], str], month: Callable[[date], str]) -> str:
    """Return a year, a quarter or a month in words.

    Args:
        text: as `interval` takes it.
        _: translates a message.
        month: writes the month of a day.
    """
    year, _dash, part = text.partition("-")
    if not part:
        return _("the year {year}").format(year=year)
    if part.startswith("Q"):
        return _("quarter {number} of {year}").format(number=_NUMBERS[int(part[1:]) - 1], year=year)
    return month(first_day(text))
