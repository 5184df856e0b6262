"""A past for the demonstration: its clock goes through a year, and sources are harvested at their own pace.

Nothing is put into tables: each visit is a run like any other, at the instant that the portal's clock
shows. So that a year takes minutes, a source is asked as often as its data is promised, and not every
minute; data promised every day has a past of some months, data promised every hour of some weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ckanext.jambi import frequency
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

ONE_HOUR = timedelta(hours=1)
LOOKED_AT = timedelta(hours=13)
"""Sources promised by the day or less often are asked in the early afternoon (WIB)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a source is asked, and for how long before the present."""

    every: timedelta
    past: timedelta


YEARLY = Pace(timedelta(days=7), timedelta(days=365))


@dataclass(frozen=True, slots=True)
class Visit:
    """An instant and the sources that are asked then."""

    at: datetime
    sources: tuple[str, ...]


def pace(code: object) -> Pace:
    """Return the pace for a frequency, in any spelling.

    A seventh of its interval, from a day to a week. Data promised more than once a day is asked for at its
    interval, from one hour to three.
    """
    interval = frequency.normalise(code if isinstance(code, str) else None).interval
    if interval is None:
        return YEARLY
    if interval.nominal < ONE_DAY:
        return Pace(max(min(interval.nominal, timedelta(hours=3)), ONE_HOUR), timedelta(days=14))
    past = timedelta(days=90) if interval.nominal < timedelta(days=7) else YEARLY.past
    return Pace(min(max(interval.nominal / 7 // ONE_DAY * ONE_DAY, ONE_DAY), YEARLY.every), past)


def visits(frequencies: Mapping[str, object], after: datetime, until: datetime) -> list[Visit]:
    """Return who is asked when, after one instant and before another, the earliest first.

    Args:
        frequencies: sources by name, with the frequency of their data.
        after: aware; visits at or before it are over already.
        until: aware; the present of the demonstration.
    """
    asked: dict[datetime, list[str]] = {}
    for name, code in sorted(frequencies.items()):
        for at in _instants(pace(code), until):
            if after < at < until:
                asked.setdefault(at, []).append(name)
    return [Visit(at, tuple(asked[at])) for at in sorted(asked)]


def _instants(paced: Pace, until: datetime) -> Iterator[datetime]:
    if paced.every < ONE_DAY:
        yield from (until - paced.every * step for step in range(1, paced.past // paced.every + 1))
        return
    today = civil_day(until)
    for back in range(0, paced.past // ONE_DAY + 1, paced.every // ONE_DAY):
        yield midnight(today - timedelta(days=back)) + LOOKED_AT


def first_day(code: object, until: datetime) -> date:
    """Return the day (WIB) from which on data with this frequency is asked for at its pace."""
    return civil_day(until - pace(code).past)


def go(
    planned: Sequence[Visit],
    set_clock: Callable[[datetime], None],
    ask: Callable[[str], Any],
    end_of_day: Callable[[], Any],
) -> int:
    """Go through visits: set the clock, ask the sources, and close each civil day; return the runs made."""
    made = 0
    for number, visit in enumerate(planned):
        set_clock(visit.at)
        for name in visit.sources:
            ask(name)
            made += 1
        following = planned[number + 1].at if number + 1 < len(planned) else None
        if following is None or civil_day(following) > civil_day(visit.at):
            end_of_day()
    return made
