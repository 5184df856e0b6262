"""P and T of up-to-dateness, scheduled and rolling (F15, F16, F19, F21, F25)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, PLAIN, Acts, changed, content, item, judged, wib

from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.exclusions import Interval, counted, merged
from ckanext.jambi.freshness.rules.judging import by_day
from ckanext.jambi.freshness.rules.obligations import Known, Law, owed
from ckanext.jambi.freshness.rules.policy import V1

HALF = Fraction(1, 2)
JULY, AUGUST, SEPTEMBER = date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30)
SINCE = wib(2026, 8, 31)  # September is the first full period
FIRST = content(1, wib(2026, 9, 1), AUGUST)


def standing(
    now: datetime, *events: Event, promised: str = "bulanan", since: datetime = SINCE, **values: object
):
    found = judged(item(promised, since=since), events, now, **values).judged[0].standing
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("now", "state", "present"),
    [
        (wib(2026, 9, 5), "fresh", 1),
        (wib(2026, 10, 14) - timedelta(microseconds=1), "fresh", 1),
        (wib(2026, 10, 14), "due", 1),
        (wib(2026, 10, 20) - timedelta(microseconds=1), "due", 1),
        (wib(2026, 10, 20), "overdue", 1),  # no point is lost before overdue_at
        (wib(2026, 10, 28), "overdue", HALF),
        (wib(2026, 11, 5), "delinquent", 0),
        (wib(2027, 3, 1), "delinquent", 0),
    ],
)
def test_f21_the_state_and_present_credit_of_a_schedule(now: datetime, state: str, present: Fraction) -> None:
    found = standing(now, FIRST)
    assert (found.state, found.present) == (state, present)


def test_f21_the_oldest_open_obligation_judges() -> None:
    found = standing(wib(2026, 11, 10), FIRST, content(2, wib(2026, 11, 2), SEPTEMBER))
    assert found.boundaries is not None
    assert found.boundaries.due_at == wib(2026, 11, 13)  # October's tenth working day
    assert found.state == "fresh"


def test_f21_trailing_credit_is_the_share_of_time_not_overdue() -> None:
    # life begins 1 September; overdue from 20 October; 10 of 59 days are lost on 30 October
    assert standing(wib(2026, 10, 30), FIRST).trailing == Fraction(49, 59)


def test_f21_trailing_credit_looks_back_a_year_and_no_further() -> None:
    months = [(2025, n) for n in range(10, 13)] + [(2026, n) for n in range(1, 13)] + [(2027, 1), (2027, 2)]
    events = [content(1, wib(2025, 1, 5), date(2024, 12, 31))] + [
        content(n, wib(year, month, 5), date(year, month, 1) - timedelta(days=1))
        for n, (year, month) in enumerate(months, start=2)
    ]
    assert standing(wib(2026, 3, 1), *events, since=wib(2024, 12, 31)).trailing < 1
    assert standing(wib(2027, 3, 1), *events, since=wib(2024, 12, 31)).trailing == 1


def test_f21_time_before_the_first_evidence_counts_nothing() -> None:
    # 30 of 40 days unknown, then fresh
    found = standing(wib(2026, 10, 11), content(1, wib(2026, 10, 1), SEPTEMBER))
    assert found.trailing == Fraction(10, 40)


@pytest.mark.parametrize("now", [wib(2026, 9, 1), wib(2026, 10, 1), wib(2027, 1, 1)])
def test_f21_without_evidence_the_state_is_unknown(now: datetime) -> None:
    found = standing(now)
    assert (found.state, found.present, found.trailing) == ("unknown", 0, 0)


def test_f19_an_attested_period_holds_at_most_half_from_its_deadline_on() -> None:
    stated = Event(2, Act.UNCHANGED, wib(2026, 10, 2))
    before = standing(wib(2026, 10, 19), FIRST, stated)
    after = standing(wib(2026, 11, 10), FIRST, stated)
    assert (before.present, before.trailing) == (1, 1)
    assert (after.state, after.present) == ("fresh", HALF)
    # 49 days at full credit, 21 at half, of 70
    assert after.trailing == (49 + Fraction(21, 2)) / 70


def test_f21_attested_credit_is_never_above_that_of_the_next_obligation() -> None:
    stated = Event(2, Act.UNCHANGED, wib(2026, 10, 2))
    assert standing(wib(2027, 3, 1), FIRST, stated).present == 0


def test_f19_content_ends_the_cap() -> None:
    stated = Event(2, Act.UNCHANGED, wib(2026, 10, 2))
    found = standing(wib(2026, 11, 10), FIRST, stated, content(3, wib(2026, 11, 3), date(2026, 10, 31)))
    assert found.present == 1


def test_f19_half_credit_ends_when_content_comes() -> None:
    stated = Event(2, Act.UNCHANGED, wib(2026, 10, 2))
    came = content(3, wib(2026, 10, 25), date(2026, 10, 15))  # a part of October: it closes nothing
    # half from the deadline of September on 20 October until content came, five days of 70
    assert standing(wib(2026, 11, 10), FIRST, stated, came).trailing == 1 - Fraction(5, 2) / 70


def test_f19_each_attested_period_counts_half_in_its_own_time() -> None:
    now = wib(2027, 1, 10)
    events = [
        FIRST,
        Event(2, Act.UNCHANGED, wib(2026, 10, 2)),  # September
        content(3, wib(2026, 11, 3), date(2026, 10, 31)),
        Event(4, Act.UNCHANGED, wib(2026, 12, 2)),  # November
    ]
    november = owed(item("bulanan", since=SINCE), PLAIN, now)[2]
    half = (wib(2026, 11, 3) - wib(2026, 10, 20)) + (now - november.overdue_at)
    found = standing(now, *events)
    assert found.trailing == 1 - Fraction(half // HOUR, 2) / Fraction((now - wib(2026, 9, 1)) // HOUR)


def test_f16_a_portal_fault_gives_back_exactly_its_time() -> None:
    fault = Interval(wib(2026, 10, 16), wib(2026, 10, 18))
    plain = standing(wib(2026, 10, 28), FIRST)
    helped = standing(wib(2026, 10, 30), FIRST, faults=[fault])
    assert helped.present == plain.present == HALF
    assert helped.boundaries is not None
    assert helped.boundaries.overdue_at == wib(2026, 10, 22)


def test_f16_a_fault_moves_the_boundaries_of_a_rolling_item_and_none_of_an_archive() -> None:
    fault, first = Interval(wib(2026, 9, 20), wib(2026, 9, 25)), content(1, wib(2026, 9, 1))
    at = wib(2026, 10, 15)  # the 44th day, of which five do not count
    states = [standing(at, first, promised="P30D", faults=faults).state for faults in ([], [fault])]
    assert states == ["overdue", "due"]
    archive = standing(at, first, promised="sekali", may_be_lenient=True, faults=[fault])
    assert (archive.state, archive.present) == ("fresh", 1)
    assert standing(at, promised="P30D", faults=[fault]).state == "unknown"


def test_f21_at_its_first_instant_an_item_is_in_time_if_there_is_content() -> None:
    assert standing(wib(2026, 9, 1), FIRST).trailing == 1
    assert standing(wib(2026, 9, 1)).trailing == 0


@pytest.mark.parametrize("act", [Act.NIL, Act.PARDON, Act.UNCHANGED, Act.COMPLETE, Act.CONFIRMED])
def test_f21_nothing_but_content_makes_a_dataset_known(act: Act) -> None:
    assert standing(wib(2026, 10, 5), Event(1, act, wib(2026, 10, 2))).state == "unknown"


def test_f16_excluded_time_is_in_neither_part_of_the_share() -> None:
    fault = Interval(wib(2026, 10, 22), wib(2026, 10, 27))  # within the time that is lost
    found = standing(wib(2026, 10, 30), FIRST, faults=[fault])
    assert found.trailing == Fraction(49, 54)


@pytest.mark.parametrize(
    ("days", "state", "present"),
    [(0.5, "fresh", 1), (30, "due", 1), (44, "overdue", 1), (52, "overdue", HALF), (60, "delinquent", 0)],
)
def test_f10_an_unscheduled_interval_is_judged_by_its_evidence(
    days: float, state: str, present: Fraction
) -> None:
    # P30D equals no code: judged by the row of 30 days
    found = standing(wib(2026, 9, 1) + timedelta(days=days), content(1, wib(2026, 9, 1)), promised="P30D")
    assert (found.state, found.present) == (state, present)


@pytest.mark.parametrize("hours", [1, 0, -1, -24 * 20])
def test_f21_time_before_the_first_evidence_of_a_rolling_item_counts_nothing(hours: int) -> None:
    since, now = wib(2026, 9, 1), wib(2026, 9, 11)  # an item recorded on 31 August counts from 1 September
    first = since + timedelta(hours=hours)
    found = standing(now, content(1, first), promised="P30D")
    unknown = max(timedelta(), first - since)
    late = first + 44 * timedelta(days=1)
    assert found.trailing == 1 - Fraction(unknown // timedelta(hours=1), 240)
    assert late > now


def test_f21_an_item_is_known_from_its_first_evidence_on_and_not_before() -> None:
    assert standing(wib(2026, 9, 11), promised="P30D").state == "unknown"
    assert standing(wib(2026, 9, 11), promised="P30D").trailing == 0


def test_f10_a_stated_longest_delay_sets_the_rolling_length() -> None:
    one = item("realtime", since=SINCE, max_delay=timedelta(hours=2))
    at = wib(2026, 9, 2)
    states = [
        judged(one, [content(1, at)], at + timedelta(hours=h)).judged[0].standing.state for h in (1, 2, 4, 6)
    ]
    assert states == ["fresh", "due", "overdue", "delinquent"]


def test_f21_rolling_time_overdue_is_lost() -> None:
    evidence = [content(1, wib(2026, 9, 1)), content(2, wib(2026, 9, 11))]
    # an hourly promise: overdue two hours after each evidence, over ten days
    found = standing(wib(2026, 9, 21), *evidence, promised="realtime")
    assert found.trailing == Fraction(4, 20 * 24)


@pytest.mark.parametrize(("lenient", "state"), [(True, "fresh"), (False, "delinquent")])
def test_f25_a_confirmation_counts_for_as_needed_inside_the_share_only(lenient: bool, state: str) -> None:
    events = [content(1, wib(2026, 9, 1)), Event(2, Act.CONFIRMED, wib(2027, 12, 1))]
    found = standing(wib(2028, 1, 1), *events, promised="insidental", may_be_lenient=lenient)
    assert found.state == state


@pytest.mark.parametrize("promised", ["dua_kali_sehari", "realtime", "P30D"])
def test_f25_a_confirmation_counts_for_nothing_else(promised: str) -> None:
    events = [content(1, wib(2026, 9, 1)), Event(2, Act.CONFIRMED, wib(2027, 12, 31))]
    found = standing(wib(2028, 1, 1), *events, promised=promised, may_be_lenient=True)
    assert found.state == "delinquent"


@pytest.mark.parametrize("promised", ["P30D", "bulanan", "insidental", "sekali"])
def test_f25_of_an_item_that_has_not_begun_nothing_is_known_without_evidence(promised: str) -> None:
    found = standing(SINCE, promised=promised)
    assert (found.state, found.present, found.trailing) == ("unknown", 0, 0)


@pytest.mark.parametrize(("lenient", "state"), [(True, "fresh"), (False, "delinquent")])
def test_f25_an_archive_outside_the_share_counts_as_yearly(lenient: bool, state: str) -> None:
    found = standing(wib(2027, 8, 1), content(1, wib(2025, 1, 1)), promised="sekali", may_be_lenient=lenient)
    assert found.state == state


def test_f25_an_archive_that_nobody_reviewed_for_a_year_counts_as_yearly() -> None:
    one = content(1, wib(2025, 1, 1))
    assert standing(wib(2027, 8, 30), one, promised="sekali", may_be_lenient=True).state == "fresh"
    assert standing(wib(2027, 8, 31), one, promised="sekali", may_be_lenient=True).state == "delinquent"


def test_f25_lost_time_stays_lost_when_the_rule_gets_lenient() -> None:
    one = item("bulanan", since=wib(2024, 12, 31))
    relaxed = changed(one, wib(2026, 1, 10), "insidental")
    now = wib(2026, 12, 1)
    first = [content(1, wib(2025, 1, 2), date(2024, 12, 31))]
    before = judged(one, first, now).judged[0].standing
    after = judged(relaxed, first, now, may_be_lenient=True).judged[0].standing
    assert before is not None
    assert before == after


PERIODS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 16)), max_size=12)


def acts(found: list[tuple[int, int]]) -> list[Event]:
    made = Acts()
    for n, (days, month) in enumerate(sorted(found)):
        last_day = date(2025 + (8 + month) // 12, (8 + month) % 12 + 1, 1) - timedelta(days=1)
        made.observe(wib(2025, 9, 1) + timedelta(days=days), f"{n}", last_day)
    return made.events


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    PERIODS,
    st.sampled_from(["bulanan", "mingguan", "harian", "realtime", "P30D"]),
    st.integers(1, 400),
    st.integers(1, 4000),
)
def test_f15_time_alone_never_improves_a_state(found: list, promised: str, days: int, hours: int) -> None:
    order = ["fresh", "due", "overdue", "delinquent"]
    events = acts(found)
    now = wib(2025, 9, 2) + timedelta(days=days)
    known = [each for each in events if each.valid_at <= now]
    one = standing(now, *known, promised=promised, since=wib(2025, 8, 31))
    other = standing(now + timedelta(hours=hours), *known, promised=promised, since=wib(2025, 8, 31))
    if one.state == "unknown":
        assert other.state == "unknown"
    else:
        assert order.index(other.state) >= order.index(one.state)
        assert other.present <= one.present


HOUR = timedelta(hours=1)
WHOLE = Interval(wib(2026, 1, 1), wib(2027, 1, 1))


@pytest.mark.parametrize(
    ("excluded", "hours"),
    [
        ([], {date(2026, 9, 1): 12, date(2026, 9, 2): 6}),
        ([Interval(wib(2026, 9, 1, 18), wib(2026, 9, 2))], {date(2026, 9, 1): 6, date(2026, 9, 2): 6}),
    ],
)
def test_f10_overdue_time_of_an_item_without_periods_is_told_by_civil_day(
    excluded: list[Interval], hours: dict[date, int]
) -> None:
    events = [content(1, wib(2026, 9, 1)), content(2, wib(2026, 9, 2, 6))]  # overdue after twelve hours
    found = standing(wib(2026, 9, 2, 12), *events, promised="PT6H", faults=excluded)
    assert by_day(found.overdue, WHOLE, excluded) == {day: n * HOUR for day, n in hours.items()}
    assert standing(wib(2026, 12, 1), FIRST).overdue == ()  # what has periods has obligations


INTERVALS = st.lists(
    st.builds(
        lambda start, length: Interval(SINCE + start * HOUR, SINCE + (start + length) * HOUR),
        st.integers(0, 3_000),
        st.integers(0, 400),
    ),
    max_size=6,
)


@settings(max_examples=4 * EXAMPLES)
@given(INTERVALS, INTERVALS)
def test_f10_the_days_add_up_to_the_overdue_time(overdue: list[Interval], excluded: list[Interval]) -> None:
    late, out = merged(overdue), merged(excluded)
    days = by_day(late, WHOLE, out)
    whole = (counted(max(each.start, WHOLE.start), min(each.end, WHOLE.end), out) for each in late)
    assert sum(days.values(), timedelta()) == sum(whole, timedelta())
    assert all(timedelta() < each <= 24 * HOUR for each in days.values())


def test_f10_time_is_overdue_by_the_rule_that_held_then() -> None:
    events, now = [content(1, wib(2026, 9, 1))], wib(2026, 12, 1)
    aged = item("P5D", since=SINCE)  # overdue on 8 September
    for one, late in [
        (aged, Interval(wib(2026, 9, 8), now)),
        (changed(item("bulanan", since=SINCE), wib(2026, 10, 5), "P5D"), Interval(wib(2026, 10, 6), now)),
        (changed(aged, wib(2026, 9, 5), "bulanan"), Interval(wib(2026, 9, 8), wib(2026, 11, 1))),
    ]:
        (found,) = judged(one, events, now).judged
        assert found.standing
        assert found.standing.overdue == (late,)
        assert found.standing.boundaries
    assert found.standing.boundaries.due_at == wib(2026, 11, 13)  # the oldest that is owed: October


def test_f29_an_upheld_appeal_holds_for_instants_before_its_decision() -> None:
    # a later revision tells the index of the period's last instant, which lies before the decision
    pardon = Event(2, Act.PARDON, wib(2026, 11, 20), SEPTEMBER, date(2026, 9, 1))
    assert standing(wib(2026, 10, 28), FIRST).present == HALF
    assert standing(wib(2026, 10, 28), FIRST, pardon).present == 1


def test_f19_the_cap_of_an_attestation_ends_when_content_comes() -> None:
    stated = Event(2, Act.UNCHANGED, wib(2026, 10, 10), SEPTEMBER, date(2026, 9, 1))
    now = wib(2026, 11, 10)  # September's deadline has passed, October's has not
    assert standing(now, FIRST, stated).present == HALF
    came = content(3, wib(2026, 11, 1), date(2026, 10, 15))  # a part of October
    assert standing(now, FIRST, stated, came).present == 1


def test_f19_the_cap_of_an_attestation_holds_from_the_instant_of_its_submission() -> None:
    stated = wib(2026, 11, 10)  # past the deadline of September, before that of October
    assert standing(stated, FIRST, Event(2, Act.UNCHANGED, stated)).present == HALF


def test_f19_a_nil_statement_does_not_end_the_cap_of_the_attested_period_before() -> None:
    stated = [Event(2, Act.UNCHANGED, wib(2026, 10, 2)), Event(3, Act.NIL, wib(2026, 11, 2))]
    assert standing(wib(2026, 11, 25), FIRST, *stated).present == HALF


def test_f19_an_excused_period_does_not_end_the_cap_of_the_attested_one_before() -> None:
    stated = Event(2, Act.UNCHANGED, wib(2026, 10, 2))
    pardoned = Event(3, Act.PARDON, wib(2026, 11, 20), date(2026, 10, 31), date(2026, 10, 1))
    assert standing(wib(2026, 11, 25), FIRST, stated, pardoned).present == HALF


def test_f19_of_attested_periods_the_ones_after_content_count_half_once() -> None:
    generous = replace(V1, scoring=replace(V1.scoring, declared_in_a_row=2))
    law = Law((Known(SINCE, generous),), PLAIN.calendars)
    events = [
        Event(2, Act.UNCHANGED, wib(2026, 10, 2)),  # September
        content(3, wib(2026, 11, 3), date(2026, 10, 31)),
        Event(4, Act.UNCHANGED, wib(2026, 12, 2)),  # November
        Event(5, Act.UNCHANGED, wib(2027, 1, 4)),  # December
    ]
    now = wib(2027, 2, 1)
    november = owed(item("bulanan", since=SINCE), law, now)[2]
    half = (wib(2026, 11, 3) - wib(2026, 10, 20)) + (now - november.overdue_at)
    found = standing(now, FIRST, *events, law=law)
    assert found.trailing == 1 - Fraction(half // HOUR, 2) / ((now - wib(2026, 9, 1)) // HOUR)


def test_f19_attested_periods_that_overlap_count_half_once() -> None:
    generous = replace(V1, scoring=replace(V1.scoring, declared_in_a_row=3))
    law = Law((Known(SINCE, generous),), PLAIN.calendars)
    stated = [Event(n, Act.UNCHANGED, wib(2026, 8 + n, 2)) for n in (2, 3, 4)]
    now = wib(2027, 1, 10)  # the deadline of December lies ahead
    found = standing(now, FIRST, *stated, law=law)
    half = Fraction((now - wib(2026, 10, 20)) // HOUR, 2)
    assert found.trailing == 1 - half / ((now - wib(2026, 9, 1)) // HOUR)


def test_f16_where_all_time_is_excluded_the_evidence_tells_whether_it_was_in_time() -> None:
    now, away = wib(2026, 9, 5), [Interval(SINCE, wib(2026, 9, 5))]
    assert standing(now, content(1, wib(2026, 9, 3)), faults=away).trailing == 1
    assert standing(now, faults=away).trailing == 0


def test_f25_evidence_under_a_later_rule_says_nothing_of_the_time_before_it() -> None:
    one = changed(item("P30D", since=SINCE), wib(2026, 9, 20), "P5D")  # overdue seven days after evidence
    events = [content(1, wib(2026, 9, 1)), content(2, wib(2026, 9, 25))]
    found = judged(one, events, wib(2026, 10, 1)).judged[0].standing
    assert found
    assert found.trailing == 1 - Fraction(4, 30)  # from 21 to 25 September
