"""Credit over the year, by the rules and by a walk that looks at each day anew (F16, F19, F21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, item, judged, wib

from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation, Outcome
from ckanext.jambi.freshness.rules.exclusions import Interval, counted, merged
from ckanext.jambi.freshness.rules.items import starts
from ckanext.jambi.working_days import civil_day

DAY, HALF = timedelta(days=1), Fraction(1, 2)
ACTS = st.lists(
    st.tuples(st.integers(0, 520), st.sampled_from([Act.CONTENT, Act.CONTENT, Act.UNCHANGED, Act.NIL])),
    max_size=14,
)
FAULTS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 40)), max_size=2)
BEGIN = wib(2025, 9, 1)


@settings(max_examples=EXAMPLES, deadline=None)
@given(ACTS, FAULTS, st.sampled_from(["mingguan", "bulanan", "triwulanan", "P10D"]), st.integers(1, 520))
def test_f21_trailing_credit_is_what_a_walk_from_day_to_day_counts(
    found: list[tuple[int, Act]], away: list[tuple[int, int]], promised: str, days: int
) -> None:
    now = BEGIN + days * DAY
    events = [Event(n, act, BEGIN + at * DAY) for n, (at, act) in enumerate(sorted(found), 1)]
    known = [each for each in events if each.valid_at <= now]
    faults = merged(Interval(BEGIN + at * DAY, BEGIN + (at + length) * DAY) for at, length in away)
    one = item(promised, since=BEGIN - DAY)
    seen = judged(one, known, now, faults=faults).judged[0]
    assert seen.standing
    walk = Walk(known, seen.obligations, faults)
    first = max((starts(one.versions[0]) - civil_day(BEGIN)).days, days - 365)
    walked = (BEGIN + n * DAY for n in range(first, days))
    credit = [walk.credit(day) for day in walked if not any(each.start <= day < each.end for each in faults)]
    if credit:
        assert seen.standing.trailing == sum(credit) / len(credit)


@dataclass
class Walk:
    """What one day of a dataset counts, by F19 and F21, looked up anew for each day."""

    events: Sequence[Event]
    obligations: Sequence[Obligation]
    faults: Sequence[Interval]

    def credit(self, day: datetime) -> Fraction:
        content = [each.valid_at for each in self.events if each.act is Act.CONTENT and each.valid_at <= day]
        if not content:
            return Fraction(0)
        if not self.obligations:
            return Fraction(counted(max(content), day, self.faults) < 17 * DAY)  # 10, and the leeway of 7
        owed_then = (each for each in self.obligations if each.closed_at is None or each.closed_at > day)
        judge = next(owed_then, None)
        if judge and day >= judge.duty.overdue_at:
            return Fraction(0)
        return (
            HALF if any(self._is_word_alone(each, day, content) for each in self.obligations) else Fraction(1)
        )

    def _is_word_alone(self, each: Obligation, day: datetime, content: list[datetime]) -> bool:
        if each.outcome is not Outcome.ATTESTED or each.closed_at is None or each.duty.overdue_at > day:
            return False
        return not any(at > each.closed_at for at in content)
