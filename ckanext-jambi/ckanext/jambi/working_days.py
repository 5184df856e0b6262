"""Civil days in Asia/Jakarta: which are working days, by a calendar that cites its decree (freshness F12).

A calendar is a version of a file in `config/calendar/`; whoever needs a working day is handed one. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from ckanext.jambi.clock import WIB

ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class ClosedKind(StrEnum):
    """Why nobody works on a day that is no weekend."""

    NATIONAL = "libur_nasional"
    JOINT_LEAVE = "cuti_bersama"


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which nobody works, and what says so; `confirmed` once a person has read the decree."""

    day: date
    kind: ClosedKind
    name: str
    decree: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """One version of the calendar; `weekends` are closed days too.

    Days outside the years it lists are judged by their weekday alone, until a later version knows them.
    """

    version: str
    days: tuple[ClosedDay, ...] = ()
    weekends: bool = True
    _closed: frozenset[date] = field(default=frozenset(), compare=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the closed days where they are found at once."""
        object.__setattr__(self, "_closed", frozenset(each.day for each in self.days))

    @classmethod
    def read(cls, body: Mapping[str, object]) -> Calendar:
        """Read a calendar file's mapping (`config/calendar/v1.yaml`).

        Raises:
            ValueError: if a row lacks its decree, names no kind, or a day stands twice.
        """
        decrees, rows = body["decrees"], body["days"]
        if not isinstance(decrees, Mapping) or not isinstance(rows, Sequence):
            raise ValueError("A calendar needs `decrees` and `days`.")
        days = tuple(sorted((_closed_day(row, decrees) for row in rows), key=lambda each: each.day))
        if len({each.day for each in days}) != len(days):
            raise ValueError("A day stands twice in the calendar.")
        return cls(str(body["version"]), days)

    def is_working(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return not (self.weekends and day.weekday() >= _SATURDAY) and day not in self._closed

    def nth_from(self, start: date, n: int) -> date:
        """Return the n-th working day, counted from the first one on or after `start`; 0 counts as 1."""
        day, left = start, max(n, 1)
        while True:
            left -= self.is_working(day)
            if not left:
                return day
            day += ONE_DAY

    def between(self, start: date, end: date) -> int:
        """Return how many working days lie in [start, end)."""
        return sum(self.is_working(start + n * ONE_DAY) for n in range((end - start).days))


EVERY_DAY = Calendar("setiap_hari", weekends=False)
"""The calendar of items that are served seven days a week."""


@lru_cache(maxsize=16_384)
def midnight(day: date) -> datetime:
    """Return the instant at which `day` begins in WIB."""
    return datetime(day.year, day.month, day.day, tzinfo=WIB).astimezone(UTC)


def civil_day(instant: datetime) -> date:
    """Return the day in WIB on which `instant` lies."""
    return instant.astimezone(WIB).date()


def _closed_day(row: object, decrees: Mapping[object, object]) -> ClosedDay:
    if not isinstance(row, Sequence) or len(row) < 4 or row[1] not in list(ClosedKind):
        raise ValueError(f"{row!r} is no closed day: [day, kind, name, decree].")
    day, kind, name, decree = row[:4]
    if not isinstance(day, date) or decree not in decrees:
        raise ValueError(f"{row!r} names no day or a decree that the file does not list.")
    confirmed = len(row) > 4 and row[4] is True
    return ClosedDay(day, ClosedKind(kind), str(name), str(decree), confirmed)
