"""Periods of the city's data and the instants at which they are released.

A step numbers its periods, so that a period is found by arithmetic and never by walking a calendar. All
instants are in WIB (fixed UTC+7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ckanext.jambi.clock import WIB

from .chance import Chance

EPOCH = date(2025, 1, 1)
"""The first day of the city's histories (`periode_mulai` of the demo catalogue)."""

DAY_LENGTH = timedelta(days=1)
_ZERO = datetime(2000, 1, 1, tzinfo=WIB)


@dataclass(frozen=True)
class Period:
    """One period: its number within its step, its first instant and the first instant after it."""

    index: int
    start: datetime
    end: datetime

    @property
    def day(self) -> date:
        """Return the civil day on which the period begins."""
        return self.start.date()


Release = Callable[[Chance, Period], datetime]
"""When a period becomes public."""


@dataclass(frozen=True)
class Step:
    """A way of cutting time: the number of the period an instant lies in, and each period's start."""

    number: Callable[[datetime], int]
    start: Callable[[int], datetime]

    def period(self, index: int) -> Period:
        """Return the period numbered `index`."""
        return Period(index, self.start(index), self.start(index + 1))


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant of a civil day in WIB."""
    return datetime.combine(day, time(hour, minute), WIB)


def _regular(length: timedelta, offset: timedelta = timedelta()) -> Step:
    zero = _ZERO + offset
    return Step(lambda instant: (instant - zero) // length, lambda index: zero + index * length)


def _civil(number: Callable[[date], int], first: Callable[[int], date]) -> Step:
    return Step(lambda instant: number(instant.astimezone(WIB).date()), lambda index: at(first(index)))


HOUR = _regular(timedelta(hours=1))
THREE_HOURS = _regular(timedelta(hours=3), timedelta(hours=1))
"""BMKG's hours are 00, 03, … UTC: 07, 10, … WIB."""
HALF_DAY = _regular(timedelta(hours=12), timedelta(hours=6))
DAY = _civil(date.toordinal, date.fromordinal)
WEEK = _civil(lambda day: (day.toordinal() - 1) // 7, lambda index: date.fromordinal(index * 7 + 1))
MONTH = _civil(lambda day: day.year * 12 + day.month - 1, lambda index: date(index // 12, index % 12 + 1, 1))
SEMESTER = _civil(
    lambda day: day.year * 2 + (day.month > 6), lambda index: date(index // 2, 7 if index % 2 else 1, 1)
)
YEAR = _civil(lambda day: day.year, lambda index: date(index, 1, 1))


def is_workday(day: date) -> bool:
    """Return whether offices are open: Monday to Friday (public holidays are not simulated)."""
    return day.weekday() < 5


def days_later(days: int, hour: int) -> Release:
    """Release a day's period `days` days later at `hour` o'clock WIB."""
    return lambda _chance, period: at(period.day + days * DAY_LENGTH, hour)


def monthly_on(day: int, hour: int = 8) -> Release:
    """Release a month's period on a day of the month that follows."""
    return lambda _chance, period: period.end + timedelta(days=day - 1, hours=hour)


def after_end(days: int, hour: int) -> Release:
    """Release a period `days` days after its end, at `hour` o'clock WIB."""
    return lambda _chance, period: period.end + timedelta(days=days, hours=hour)


def soon(least: int, most: int) -> Release:
    """Release a period `least` to `most` minutes after its first instant."""
    return lambda chance, period: (
        period.start + timedelta(minutes=chance.whole(least, most, "soon", period.index))
    )
