"""What the Daftar Data demands of a dataset, and how it and the age of the data judge (specification 4, F15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promises import GOOD, PLAIN, item, wib

from ckanext.jambi.frequency import parse
from ckanext.jambi.freshness.rules import schedule
from ckanext.jambi.freshness.rules.assessing import Docket, Track, assess
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.schedule import (
    INSTANTS,
    Demand,
    age,
    by_age,
    demand,
    is_scheduled,
    strictest,
)
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.freshness.rules.states import State, state
from ckanext.jambi.freshness.rules.thresholds import Boundaries, rolling

AUGUST = Span(date(2026, 8, 1), date(2026, 8, 31))


def demanded(now: datetime, *events: Event, promised: str = "bulanan") -> Demand | None:
    docket = Docket(item(promised), (Track("p", events, (), GOOD),))
    (judged,) = assess(docket, PLAIN, now).judged
    return demand(docket, judged, PLAIN, now)


def content(at: datetime, last_day: date) -> Event:
    return Event(1, Act.CONTENT, at, last_day)


def test_schedule_the_oldest_open_period_is_demanded() -> None:
    found = demanded(wib(2026, 9, 20), content(wib(2026, 8, 5), date(2026, 7, 31)))
    assert found is not None
    assert (found.span, found.begun) == (AUGUST, True)
    assert found.due_at == wib(2026, 9, 14)


def test_f11_a_period_that_is_over_before_its_time_demands_the_next_one() -> None:
    found = demanded(wib(2026, 1, 2, 12), content(wib(2026, 1, 2, 8), date(2026, 1, 2)), promised="harian")
    assert found is not None
    assert found.span == Span(date(2026, 1, 3), date(2026, 1, 3))
    assert found.begun


def test_f25_before_its_first_period_an_item_demands_that_one_and_has_not_begun() -> None:
    docket = Docket(item("tahunan", since=wib(2026, 11, 24)), (Track("p", (), (), GOOD),))
    now = wib(2026, 11, 25)
    found = demand(docket, assess(docket, PLAIN, now).judged[0], PLAIN, now)
    assert found is not None
    assert (found.span, found.begun) == (Span(date(2027, 1, 1), date(2027, 12, 31)), False)


@pytest.mark.parametrize("promised", ["realtime", "insidental", "sekali"])
def test_f10_data_without_periods_demands_none(promised: str) -> None:
    assert demanded(wib(2026, 9, 20), promised=promised) is None


def test_f25_an_item_that_ends_before_its_next_period_demands_nothing_more() -> None:
    one = replace(item("bulanan", since=wib(2026, 8, 20)), retired_from=date(2026, 9, 1))
    docket = Docket(one, (Track("p", (), (), GOOD),))
    now = wib(2026, 8, 25)
    assert demand(docket, assess(docket, PLAIN, now).judged[0], PLAIN, now) is None


NOON = wib(2026, 9, 1, 12)
days = st.integers(1, 60).map(lambda n: timedelta(days=n))
demands = st.builds(
    lambda code, begun, start, *gaps: Demand(
        code, AUGUST, *(NOON + start + sum(gaps[: n + 1], timedelta()) for n in range(4)), begun
    ),
    st.sampled_from("ABC"),
    st.booleans(),
    days,
    *[days] * 4,
)


def alone(each: Demand, now: datetime) -> State:
    return state(Boundaries(NOON, *(getattr(each, name) for name in INSTANTS)), now)


@given(st.lists(demands, min_size=1, max_size=4), st.integers(0, 400))
def test_schedule_the_strictest_demand_is_at_any_time_in_the_worst_state(
    several: list[Demand], day: int
) -> None:
    now = NOON + timedelta(days=day)
    found = strictest(several)
    assert found is not None
    assert alone(found, now) == max((alone(each, now) for each in several), key=list(State).index)
    assert found.begun == any(each.begun for each in several)


def test_schedule_the_item_of_the_earliest_deadline_is_named() -> None:
    late = Demand("A", AUGUST, *(NOON + timedelta(days=n) for n in (1, 2, 9, 10)), begun=True)
    early = replace(
        late, item_id="B", overdue_at=NOON + timedelta(days=5), delinquent_at=NOON + timedelta(days=20)
    )
    found = strictest([late, early])
    assert found is not None
    assert found.item_id == "B"
    assert found.delinquent_at == late.delinquent_at
    assert strictest([]) is None


@given(demands, st.integers(0, 400), st.integers(0, 400))
def test_f15_an_item_that_has_not_begun_never_improves_the_state(owed: Demand, age: int, day: int) -> None:
    evidence_at = NOON - timedelta(days=age)
    by_age = rolling(parse("mingguan"), evidence_at)
    now = NOON + timedelta(days=day)
    judged = schedule.boundaries(replace(owed, begun=False), by_age, evidence_at)
    order = list(State).index
    assert order(state(judged, now)) >= order(state(by_age, now))


def test_schedule_an_item_that_has_begun_judges_alone() -> None:
    owed = Demand("A", AUGUST, *(NOON + timedelta(days=n) for n in (50, 51, 52, 53)), begun=True)
    by_age = rolling(parse("harian"), NOON)
    found = schedule.boundaries(owed, by_age, NOON)
    assert found == Boundaries(NOON, *(getattr(owed, name) for name in INSTANTS))
    assert is_scheduled(owed, by_age)


@pytest.mark.parametrize("spelling", ["tidak_diketahui", "sekali"])
def test_schedule_where_age_judges_nothing_the_schedule_does(spelling: str) -> None:
    owed = Demand("A", AUGUST, *(NOON + timedelta(days=n) for n in (1, 2, 3, 4)), begun=False)
    by_age = rolling(parse(spelling), NOON)
    found = schedule.boundaries(owed, by_age, NOON)
    assert found is not None
    assert found.overdue_at == owed.overdue_at
    assert is_scheduled(owed, by_age)


def test_schedule_the_basis_is_what_gives_the_deadline() -> None:
    owed = Demand("A", AUGUST, *(NOON + timedelta(days=n) for n in (50, 51, 52, 53)), begun=False)
    assert not is_scheduled(owed, rolling(parse("harian"), NOON))
    assert is_scheduled(owed, rolling(parse("tahunan"), NOON))
    assert not is_scheduled(None, rolling(parse("harian"), NOON))


def test_schedule_where_both_give_the_same_deadline_the_schedule_is_named() -> None:
    by_age = rolling(parse("harian"), NOON)
    assert by_age is not None
    assert by_age.overdue_at is not None
    owed = Demand("A", AUGUST, *(by_age.overdue_at + timedelta(days=n) for n in (-2, -1, 0, 1)), begun=False)
    assert is_scheduled(owed, by_age)


def test_schedule_without_evidence_nothing_can_be_judged() -> None:
    owed = Demand("A", AUGUST, *(NOON + timedelta(days=n) for n in (1, 2, 3, 4)), begun=False)
    assert schedule.boundaries(owed, None, None) is None


@pytest.mark.parametrize(
    ("promised", "values", "lenient", "text"),
    [
        ("realtime", {"max_delay": timedelta(hours=6)}, False, "PT21600S"),
        ("tiga_jam", {}, False, "tiga_jam"),
        ("R/P1.5M", {}, False, "P1.5M"),
        ("insidental", {}, False, "insidental"),
        ("sekali", {}, True, "sekali"),
        ("sekali", {}, False, "tahunan"),  # outside of the fifth an archive is judged by the year (F25)
    ],
)
def test_f10_an_item_without_periods_judges_as_the_score_is_judged(
    promised: str, values: dict, lenient: bool, text: str
) -> None:
    one, at = item(promised, **values), wib(2026, 6, 1, 8)
    fault = Interval(at + timedelta(hours=1), at + timedelta(hours=3))
    docket = Docket(one, (Track("a", (Event(1, Act.CONTENT, at),)),), (fault,), (), lenient)
    now = at + timedelta(days=20)
    rule = age(docket, now)
    assert rule is not None
    assert (rule.frequency, rule.excluded) == (text, (fault,))
    (judged,) = assess(docket, PLAIN, now).judged
    assert by_age(rule, at, V1.rolling) == judged.standing.boundaries


def test_f25_a_confirmation_counts_for_the_age_where_the_item_may_be_as_needed() -> None:
    at, said = wib(2026, 1, 1), wib(2026, 6, 1)
    track = Track("a", (Event(1, Act.CONTENT, at), Event(2, Act.CONFIRMED, said)))
    inside, outside = (
        age(Docket(item("insidental"), (track,), lenient=each), said) for each in (True, False)
    )
    assert (inside.confirmed_at, outside.confirmed_at) == (said, None)
    assert by_age(inside, at, V1.rolling).evidence_at == said
    assert by_age(inside, None, V1.rolling) is None
    assert age(Docket(item("bulanan"), (track,)), said) is None
