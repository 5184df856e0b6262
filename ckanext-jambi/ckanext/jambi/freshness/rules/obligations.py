"""Obligations of a scheduled item: which periods are owed, and the four instants of each (F10, F11, F12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from ckanext.jambi.freshness.rules.exclusions import Interval, reach
from ckanext.jambi.freshness.rules.items import EVERY, Item, Terms, end_of_rule
from ckanext.jambi.freshness.rules.policy import IndexPolicy
from ckanext.jambi.freshness.rules.spans import DAYS, NOMINAL_DAYS, Span, first_full, from_span
from ckanext.jambi.working_days import EVERY_DAY, ONE_DAY, Calendar, civil_day, midnight

Rule = TypeVar("Rule")
MOST_KEPT, MOST_LISTS = 50_000, 1_000


@dataclass(frozen=True, slots=True)
class Known(Generic[Rule]):
    """What holds, such as a rule in force, and the instant at which it was recorded."""

    recorded_at: datetime
    rule: Rule


@dataclass(frozen=True, slots=True)
class Law:
    """What the rules were as known at some instant: policies and calendars, oldest first."""

    policies: tuple[Known[IndexPolicy], ...]
    calendars: tuple[Known[Calendar], ...]
    _duties: dict[tuple[object, ...], Duty] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _owed: dict[tuple[object, ...], tuple[Duty, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def policy_at(self, instant: datetime) -> IndexPolicy:
        """Return the policy in force at `instant`; the oldest before there was one."""
        return _in_force(self.policies, instant)

    def calendar_at(self, instant: datetime) -> Calendar:
        """Return the calendar in force at `instant`; the oldest before there was one."""
        return _in_force(self.calendars, instant)

    def kept(self, key: tuple[object, ...]) -> Duty | None:
        """Return a duty that these rules gave before."""
        return self._duties.get(key)

    def keep(self, key: tuple[object, ...], duty: Duty) -> Duty:
        """Keep a duty that these rules gave; so many that memory stays small."""
        if len(self._duties) >= MOST_KEPT:
            self._duties.clear()
        self._duties[key] = duty
        return duty

    def owed(self, key: tuple[object, ...], reckon: Callable[[], Iterable[Duty]]) -> tuple[Duty, ...]:
        """Return what items of one kind owe, reckoned once; the oldest such list gives way to a new one."""
        if key not in self._owed:
            if len(self._owed) >= MOST_LISTS:
                del self._owed[next(iter(self._owed))]
            self._owed[key] = tuple(reckon())
        return self._owed[key]


def _in_force(known: Sequence[Known[Rule]], instant: datetime) -> Rule:
    return next((each.rule for each in reversed(known) if each.recorded_at <= instant), known[0].rule)


@dataclass(frozen=True, slots=True)
class Duty:
    """One owed period with its instants and the rules that gave them; `event` for that of an event feed."""

    span: Span
    code: str
    soon_at: datetime
    due_at: datetime
    overdue_at: datetime
    delinquent_at: datetime
    policy_version: str
    calendar_version: str
    event: bool


def owed(item: Item, law: Law, until: datetime, excluded: Sequence[Interval] = ()) -> list[Duty]:
    """Return the duties of a scheduled item whose period has begun at `until`, oldest first.

    Items that promise the same since the same day owe the same.
    """
    last = civil_day(until)
    key = (item.versions, item.retired_from, last, *excluded)
    return [*law.owed(key, lambda: _owed(item, law, last, excluded))]


def _owed(item: Item, law: Law, last: date, excluded: Sequence[Interval]) -> Iterator[Duty]:
    return (duty_of(span, terms, law, excluded) for span, terms in _spans(item, last))


def ahead(
    item: Item, law: Law, now: datetime, until: datetime, excluded: Sequence[Interval] = ()
) -> list[Duty]:
    """Return the duties whose deadline lies after `now` and whose period has begun at `until`.

    Of data promised by the day or week only the next one: all others follow from it.
    """
    found = [each for each in owed(item, law, until, excluded) if each.overdue_at > now]
    often = next((each for each in found if each.code in DAYS), None)
    return [each for each in found if each.code not in DAYS or each is often]


def following(item: Item, law: Law, now: datetime, excluded: Sequence[Interval] = ()) -> Duty | None:
    """Return the first duty whose period has not begun at `now`; None for an item that ends before."""
    today = civil_day(now)
    longest = max(NOMINAL_DAYS.get(each.terms.promised.code, 0) for each in item.versions)
    horizon = max(today, item.versions[-1].counts_from) + timedelta(days=2 * longest)
    coming = ((span, each) for span, each in _spans(item, horizon) if span.start > today)
    return next((duty_of(span, each, law, excluded) for span, each in coming), None)


def duty_of(span: Span, terms: Terms, law: Law, excluded: Sequence[Interval] = ()) -> Duty:
    """Return the duty of one period; a later calendar counts while the period is not due yet (F12).

    Items of one frequency owe the same periods, so a law keeps what it gave once.
    """
    said = (terms.promised.code, terms.lag_days, terms.grace_days, terms.calendar, terms.event)
    key = (span, *said, tuple(excluded))
    found = law.kept(key)
    return found or law.keep(key, _duty(span, terms, law, excluded))


def _duty(span: Span, terms: Terms, law: Law, excluded: Sequence[Interval]) -> Duty:
    policy = law.policy_at(span.ends_at)
    if terms.calendar == EVERY:
        return _dated(span, terms, policy, EVERY_DAY, excluded)
    first, *later = law.calendars
    found = _dated(span, terms, policy, first.rule, excluded)
    for each in later:
        if each.recorded_at < found.due_at:
            found = _dated(span, terms, policy, each.rule, excluded)
    return found


def _dated(
    span: Span, terms: Terms, policy: IndexPolicy, calendar: Calendar, excluded: Sequence[Interval]
) -> Duty:
    """Count the lag from the first working day on or after the period's end, then the days of grace."""
    code = terms.promised.code
    of_policy = policy.lags[code]
    lag = of_policy.lag if terms.lag_days is None else terms.lag_days
    grace = of_policy.grace if terms.grace_days is None else terms.grace_days
    due = calendar.nth_from(span.end + ONE_DAY, lag)
    last_of_grace = calendar.nth_from(due + ONE_DAY, grace) if grace else due
    due_at, overdue_at = midnight(due), midnight(last_of_grace + ONE_DAY)
    delinquent_at = overdue_at + timedelta(days=of_policy.delinquent_days)
    return Duty(
        span,
        code,
        due_at - min(policy.rolling.soon_at_most, timedelta(days=NOMINAL_DAYS[code]) / 4),
        due_at,
        reach(due_at, overdue_at - due_at, excluded),
        reach(due_at, delinquent_at - due_at, excluded),
        policy.version,
        calendar.version,
        terms.event,
    )


def _spans(item: Item, last: date) -> Iterator[tuple[Span, Terms]]:
    """Yield the periods that have begun on `last`, by the version that governs each (F25)."""
    found = sorted(
        (span, place)
        for place, version in enumerate(item.versions)
        if version.terms.scheduled
        for span in _of_version(item, place, last)
    )
    for span, place in found:
        yield span, item.versions[place].terms


def _of_version(item: Item, place: int, last: date) -> Iterator[Span]:
    version, terms = item.versions[place], item.versions[place].terms
    first = first_full(terms.promised.code, version.counts_from, terms.anchor)
    ends = end_of_rule(item.versions, place)
    for span in from_span(terms.promised.code, first, terms.anchor):
        retired = item.retired_from is not None and span.end >= item.retired_from
        if span.start > last or retired or (ends is not None and span.start >= ends):
            return
        yield span
