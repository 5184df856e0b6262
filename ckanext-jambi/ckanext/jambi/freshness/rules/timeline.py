"""In which state a dataset was when, as known now: the rules of the present at every change (F50). Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import accumulate

from ckanext.jambi.freshness.rules.schedule import Demand, boundaries, strictest
from ckanext.jambi.freshness.rules.states import State, state
from ckanext.jambi.freshness.rules.thresholds import Boundaries

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Owed:
    """A demand and when it was met; None while it is open."""

    demand: Demand
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Promised:
    """An item of the dataset: since when it stands for it, until when, and its periods, oldest first."""

    since: datetime
    until: datetime | None
    periods: Sequence[Owed]
    _met_until: Sequence[datetime] = field(default=(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep by when a period and all before it were closed: the oldest open one is found at once."""
        closings = (each.closed_at or NEVER for each in self.periods)
        object.__setattr__(self, "_met_until", tuple(accumulate(closings, max)))

    def at(self, now: datetime) -> Demand | None:
        """Return the oldest period that was open at `now`."""
        place = bisect_right(self._met_until, now)
        return self.periods[place].demand if place < len(self.periods) else None

    def judges(self, now: datetime) -> bool:
        """Whether the item was in force at `now`."""
        return self.since <= now and (self.until is None or now < self.until)

    def has_begun(self, now: datetime) -> bool:
        """Whether one of its periods was closed by `now`."""
        return any(one.closed_at and one.closed_at <= now for one in self.periods)


@dataclass(frozen=True, slots=True)
class Band:
    """A time in one state."""

    start: datetime
    end: datetime
    state: State


ByAge = Callable[[datetime], Boundaries | None]


def bands(
    evidence: Sequence[datetime],
    promised: Sequence[Promised],
    by_age: ByAge,
    since: datetime,
    until: datetime,
) -> list[Band]:
    """Return the states from `since` to `until`, neighbours of one state as one band.

    `evidence` are the instants of credited content, oldest first; `by_age` gives the rolling boundaries
    of one of them.
    """
    changes = sorted({since, *(at for at in _changes(evidence, promised, by_age) if since < at < until)})
    found: list[Band] = []
    for start, end in zip(changes, [*changes[1:], until], strict=True):
        name = _state(evidence, promised, by_age, start)
        if found and found[-1].state is name:
            found[-1] = Band(found[-1].start, end, name)
        else:
            found.append(Band(start, end, name))
    return found


def _changes(evidence: Iterable[datetime], promised: Iterable[Promised], by_age: ByAge) -> Iterator[datetime]:
    for at in evidence:
        yield at
        yield from _instants(by_age(at))
    for item in promised:
        yield item.since
        if item.until:
            yield item.until
        for one in item.periods:
            if one.closed_at:
                yield one.closed_at
            yield from _instants(one.demand)


def _instants(found: Boundaries | Demand | None) -> Iterator[datetime]:
    if found:
        yield from filter(None, (found.due_at, found.overdue_at, found.delinquent_at))


def _state(evidence: Sequence[datetime], promised: Sequence[Promised], by_age: ByAge, now: datetime) -> State:
    place = bisect_right(evidence, now)
    if not place:
        return State.UNKNOWN
    newest = evidence[place - 1]
    judging = [each for each in promised if each.judges(now)]
    begun = any(each.has_begun(now) for each in judging)
    owed = strictest([demand for each in judging if (demand := each.at(now))])
    if owed is None and begun:
        return State.FRESH  # all that was owed had come
    judge = replace(owed, begun=begun) if owed else None
    return state(boundaries(judge, by_age(newest), newest), now)
