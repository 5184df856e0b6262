"""How a dataset stands for an item, and the two halves of up-to-dateness: P now, T over the year (F21).

A scheduled dataset is judged by its oldest open obligation, a rolling one by its newest evidence; both
give stretches of time with the boundaries that judge them, and from there on one code serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from ckanext.jambi import frequency
from ckanext.jambi.frequency import Frequency
from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation, Outcome
from ckanext.jambi.freshness.rules.exclusions import Interval, counted, merged, reach
from ckanext.jambi.freshness.rules.items import Item, Reign, Terms, reigns
from ckanext.jambi.freshness.rules.policy import IndexPolicy
from ckanext.jambi.freshness.rules.states import State
from ckanext.jambi.freshness.rules.thresholds import Boundaries, rolling
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

ONE, ZERO = Fraction(1), Fraction(0)
_YEARLY = Frequency("tahunan", "P1Y", None, frequency.Interval(Fraction(12)))


@dataclass(frozen=True, slots=True)
class Case:
    """All that is needed to judge one dataset for one item.

    `events` are those of the dataset that had happened by then; `lenient` says that F25 lets the item be
    as needed, or an archive.
    """

    item: Item
    obligations: Sequence[Obligation]
    events: Sequence[Event]
    policy: IndexPolicy
    excluded: Sequence[Interval]
    lenient: bool

    @property
    def content(self) -> list[datetime]:
        """When new content came."""
        return [each.valid_at for each in self.events if each.act is Act.CONTENT]

    @property
    def attested(self) -> list[Obligation]:
        """The obligations that a statement alone closed."""
        return [each for each in self.obligations if each.outcome is Outcome.ATTESTED]


class Stretch(NamedTuple):
    """Time during which one set of boundaries judges; `credit` is what time in `fresh` or `due` counts.

    Without boundaries nothing can be judged: `unknown`. Boundaries without instants are an archive's.
    """

    start: datetime
    end: datetime
    boundaries: Boundaries | None
    credit: Fraction = ONE

    @property
    def good_until(self) -> datetime:
        """The end of the time in `fresh` or `due`."""
        if self.boundaries is None:
            return self.start
        return max(self.start, min(self.end, self.boundaries.overdue_at or self.end))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules say of a dataset for an item at an instant; `overdue` is when it was late by its age."""

    state: State
    boundaries: Boundaries | None
    present: Fraction
    trailing: Fraction
    overdue: tuple[Interval, ...] = ()

    @property
    def freshness(self) -> Fraction:
        """F of F21."""
        return (self.present + self.trailing) / 2


def judge(case: Case, now: datetime) -> Standing:
    """Judge a dataset for an item at `now` by the rule in force, over all rules since the item began."""
    ruled = [(reign.terms, each) for reign in reigns(case.item, now) for each in _stretches(case, reign)]
    terms, last = ruled[-1]
    in_time = trailing([each for _, each in ruled], now, case.policy, case.excluded)
    at_present = present(last.boundaries, now, case.excluded)
    if terms.scheduled:
        at_present = min(at_present, _cap(case, now))
    by_age = [each for terms, each in ruled if each.boundaries and not terms.scheduled]
    overdue = merged(Interval(each.good_until, each.end) for each in by_age)
    return Standing(_state(last.boundaries, now), last.boundaries, at_present, in_time, overdue)


def by_day(
    overdue: Iterable[Interval], period: Interval, excluded: Sequence[Interval] = ()
) -> dict[date, timedelta]:
    """Return how long each civil day of a period was overdue; excluded time does not count (F10)."""
    found: dict[date, timedelta] = {}
    for each in overdue:
        at, end = max(each.start, period.start), min(each.end, period.end)
        while at < end:
            day = civil_day(at)
            until = min(midnight(day + ONE_DAY), end)
            spent = counted(at, until, excluded)
            if spent:
                found[day] = found.get(day, timedelta()) + spent
            at = until
    return found


def _stretches(case: Case, reign: Reign) -> Iterator[Stretch]:
    if reign.terms.scheduled:
        return _of_obligations(case, reign.start, reign.end)
    return _of_evidence(case, reign)


def present(judge: Boundaries | None, now: datetime, excluded: Sequence[Interval] = ()) -> Fraction:
    """Return P: 1 until `overdue_at`, falling to 0 at `delinquent_at`; excluded time does not pass."""
    if judge is None:
        return ZERO
    if judge.overdue_at is None or judge.delinquent_at is None or now < judge.overdue_at:
        return ONE
    late = counted(judge.overdue_at, now, excluded)
    room = counted(judge.overdue_at, judge.delinquent_at, excluded)
    return max(ZERO, ONE - share(late, room))


def trailing(
    stretches: Sequence[Stretch], now: datetime, policy: IndexPolicy, excluded: Sequence[Interval] = ()
) -> Fraction:
    """Return T: the share of the trailing year, or of the life where shorter, spent in time (F21)."""
    begin = now - policy.scoring.trailing
    good, whole = ZERO, timedelta()
    in_full = timedelta()
    for each in stretches:
        if each.end <= begin:
            continue
        start = max(each.start, begin)
        whole += counted(start, each.end, excluded)
        spent = counted(start, each.good_until, excluded)
        if each.credit is ONE:
            in_full += spent
        else:
            good += each.credit * _micros(spent)
    if not whole:
        return ONE if stretches and stretches[-1].boundaries else ZERO
    return (good + _micros(in_full)) / _micros(whole)


def share(part: timedelta, whole: timedelta) -> Fraction:
    """Return an exact ratio of two lengths; 1 where the whole is nothing."""
    return Fraction(_micros(part), _micros(whole)) if whole else ONE


def _micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _state(judge: Boundaries | None, now: datetime) -> State:
    if judge is None:
        return State.UNKNOWN
    steps = (
        (judge.delinquent_at, State.DELINQUENT),
        (judge.overdue_at, State.OVERDUE),
        (judge.due_at, State.DUE),
    )
    return next((name for at, name in steps if at and now >= at), State.FRESH)


def _of_obligations(case: Case, since: datetime, until: datetime) -> Iterator[Stretch]:
    """Yield who judges when: the oldest open obligation, from the first content on (specification 4)."""
    first = min(case.content, default=None)
    if first is None or first > until:
        yield Stretch(since, until, None)
        return
    at, attested = max(since, first), case.attested
    if since < at:
        yield Stretch(since, at, None)
    for each in case.obligations:
        ends = until if each.closed_at is None else min(each.closed_at, until)
        if ends > at or each.closed_at is None:
            yield from _capped(each, case, attested, at, max(at, ends))
            at = max(at, ends)
        if each.closed_at is None:
            return
    yield Stretch(at, until, Boundaries(at))


def _capped(
    judge: Obligation, case: Case, attested: Sequence[Obligation], start: datetime, end: datetime
) -> Iterator[Stretch]:
    """Yield the time of one judge, at half credit where an attestation alone covers it (F19, F21)."""
    boundaries = _boundaries(judge, start)
    at = start
    for each in _declared(case, attested, start, end) if attested else ():
        if at < each.start:
            yield Stretch(at, each.start, boundaries)
        yield Stretch(each.start, each.end, boundaries, case.policy.scoring.declared)
        at = each.end
    if at < end or start == end:
        yield Stretch(at, end, boundaries)


def _declared(
    case: Case, attested: Sequence[Obligation], start: datetime, end: datetime
) -> Iterator[Interval]:
    """Yield when an attested obligation is past its deadline and no content has come since, no time twice."""
    at = start
    for each in sorted(attested, key=lambda each: each.duty.overdue_at):
        came = min((at for at in case.content if each.closed_at and at > each.closed_at), default=end)
        begins, until = max(each.duty.overdue_at, at), min(came, end)
        if begins < until:
            yield Interval(begins, until)
            at = until


def _boundaries(each: Obligation, evidence_at: datetime) -> Boundaries:
    duty = each.duty
    return Boundaries(evidence_at, duty.soon_at, duty.due_at, duty.overdue_at, duty.delinquent_at)


def _cap(case: Case, now: datetime) -> Fraction:
    """Return what P may be at most: max(P_k, 0.5) of an attested obligation until content comes (F19, F21).

    What was excused since, or stated to be empty, lifts nothing.
    """
    last = next((each for each in reversed(case.obligations) if _closed_by(each, now)), None)
    if last is None or last.outcome is not Outcome.ATTESTED or _has_content_since(case, last):
        return ONE
    held = present(_boundaries(last, last.duty.due_at), now, case.excluded)
    return max(held, case.policy.scoring.declared)


def _has_content_since(case: Case, last: Obligation) -> bool:
    return any(last.closed_at is not None and at > last.closed_at for at in case.content)


def _closed_by(each: Obligation, now: datetime) -> bool:
    is_closed = each.closed_at is not None and each.closed_at <= now
    return is_closed and each.outcome is not Outcome.EXCUSED and not each.nil


def rolling_rule(terms: Terms, lenient: bool) -> tuple[Frequency, frozenset[Act]]:
    """Return the frequency that judges and what counts as evidence (F10, F25)."""
    content = frozenset({Act.CONTENT})
    if terms.max_delay:
        seconds = Fraction(terms.max_delay // timedelta(seconds=1))
        return replace(terms.promised, interval=frequency.Interval(seconds=seconds)), content
    if terms.promised.code == frequency.STATIC_CODE:
        return (terms.promised if lenient else _YEARLY), content
    if terms.promised.code == frequency.AS_NEEDED_CODE:
        return terms.promised, content | {Act.CONFIRMED} if lenient else content
    return terms.promised, content


def _of_evidence(case: Case, reign: Reign) -> Iterator[Stretch]:
    """Yield one stretch for each evidence, and unknown time before the first."""
    promised, acts = rolling_rule(reign.terms, case.lenient)
    evidence = sorted(
        each.valid_at for each in case.events if each.act in acts and each.valid_at <= reign.end
    )
    begins = max(reign.start, evidence[0]) if evidence else reign.end
    if reign.start < begins or not evidence:
        yield Stretch(reign.start, begins, None)
    for at, until in zip(evidence, [*evidence[1:], reign.end], strict=False):
        if until >= max(at, reign.start):
            boundaries = shifted(rolling(promised, at, case.policy.rolling), case.excluded)
            yield Stretch(max(at, reign.start), until, boundaries)


def shifted(found: Boundaries | None, excluded: Sequence[Interval]) -> Boundaries | None:
    """Move the boundaries by the time excluded since the evidence (F16)."""
    if found is None or found.due_at is None or not excluded:
        return found
    start = found.evidence_at
    instants = (found.soon_at, found.due_at, found.overdue_at, found.delinquent_at)
    return Boundaries(start, *(reach(start, at - start, excluded) for at in instants if at))
