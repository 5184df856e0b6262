"""What a dataset of the city contains at an instant: the true rows, before a system writes them its way.

A series gains exactly the rows of each newly released period; a register is a list whose entries change.
Both are pure functions of (chance, instant).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from ckanext.jambi.clock import WIB

from .chance import Chance
from .periods import EPOCH, Period, Release, Step, at

Row = tuple[Any, ...]
MakePeriod = Callable[[Chance, Period], list[Row]]

CORRECTED_EVERY = 5
"""Of every fifth period, one row is first published with a figure that the next release corrects."""


class Content(Protocol):
    """The rows of one dataset."""

    def rows(self, chance: Chance, now: datetime) -> list[Row]:
        """Return the rows that are public at `now` (aware)."""


@dataclass(frozen=True)
class Series:
    """Rows that come period by period and stay.

    Attributes:
        step: how time is cut.
        release: when a period becomes public.
        make: the rows of a period, final.
        first: the day of the first period.
        window: how many of the newest periods the system still shows; None is all of them.
        corrects: position of the number that may be corrected once; None is never.
    """

    step: Step
    release: Release
    make: MakePeriod
    first: date = EPOCH
    window: int | None = None
    corrects: int | None = None

    def periods(self, chance: Chance, now: datetime) -> list[Period]:
        """Return the periods that are public at `now`, oldest first."""
        last = self.step.number(now)
        first = self.step.number(at(self.first))
        if self.window:
            first = max(first, last - 2 * self.window)
        candidates = map(self.step.period, range(first, last + 1))
        released = [period for period in candidates if self.release(chance, period) <= now]
        return released[-self.window :] if self.window else released

    def rows(self, chance: Chance, now: datetime) -> list[Row]:
        """Return the rows of all public periods; the newest may hold a figure that is not final."""
        periods = self.periods(chance, now.astimezone(WIB))
        rows = [row for period in periods for row in _made(self.make, chance, period)]
        if self.corrects is None or not periods or periods[-1].index % CORRECTED_EVERY:
            return rows
        newest = len(_made(self.make, chance, periods[-1]))
        return _first_changed(rows, len(rows) - newest, self.corrects, 1)


@dataclass(frozen=True)
class Register:
    """A list as it stands at an instant.

    Attributes:
        make: the whole list.
        changes: names of the columns whose values move while an entry stays the same entry.
    """

    make: Callable[[Chance, datetime], list[Row]]
    changes: tuple[str, ...] = ()

    def rows(self, chance: Chance, now: datetime) -> list[Row]:
        """Return the list at `now`."""
        return self.make(chance, now.astimezone(WIB))


def touched(rows: list[Row], column: int, times: int) -> list[Row]:
    """Return `rows` with one value of the last rows changed by `times`: a correction made by hand."""
    return _first_changed(rows, 0, column, times) if times else rows


@lru_cache(maxsize=8192)
def _made(make: MakePeriod, chance: Chance, period: Period) -> list[Row]:
    return make(chance, period)


def _first_changed(rows: list[Row], start: int, column: int, by: int) -> list[Row]:
    """Return a copy in which the first filled value of `column` at or after row `start` differs by `by`."""
    for index in range(start, len(rows)):
        value = rows[index][column]
        if value is not None:
            row = rows[index]
            changed = (*row[:column], _shifted(value, by), *row[column + 1 :])
            return [*rows[:index], changed, *rows[index + 1 :]]
    return rows


def _shifted(value: object, by: int) -> object:
    if isinstance(value, int | Decimal):
        return value + by
    return f"{value} (ralat {by})"
