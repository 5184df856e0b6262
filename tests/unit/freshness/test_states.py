"""The state machine: boundaries belong to the later state, time alone only worsens (F4, F9, F15)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.frequency import parse
from ckanext.jambi.freshness.rules.states import Look, State, days_late, look, state
from ckanext.jambi.freshness.rules.thresholds import rolling

EVIDENCE = datetime(2026, 9, 1, 3, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MONTHLY = rolling(parse("bulanan"), EVIDENCE)
ORDER = list(State)
CODES = ["realtime", "harian", "mingguan", "bulanan", "tahunan", "insidental", "P1.5M", "sekali"]


def _days(days: float) -> datetime:
    return EVIDENCE + timedelta(days=days)


@pytest.mark.parametrize(
    ("now", "expected", "shown"),
    [
        (EVIDENCE - TICK, State.UNKNOWN, Look.UNKNOWN),
        (EVIDENCE, State.FRESH, Look.FRESH),
        (_days(23) - TICK, State.FRESH, Look.FRESH),
        (_days(23), State.FRESH, Look.SOON),
        (_days(30) - TICK, State.FRESH, Look.SOON),
        (_days(30), State.DUE, Look.DUE),
        (_days(44) - TICK, State.DUE, Look.DUE),
        (_days(44), State.OVERDUE, Look.OVERDUE),
        (_days(60) - TICK, State.OVERDUE, Look.OVERDUE),
        (_days(60), State.DELINQUENT, Look.DELINQUENT),
        (_days(9000), State.DELINQUENT, Look.DELINQUENT),
    ],
)
def test_f04_boundary_belongs_to_the_later_state(now: datetime, expected: State, shown: Look) -> None:
    assert (state(MONTHLY, now), look(MONTHLY, now)) == (expected, shown)


def test_f09_static_data_is_fresh_for_ever_and_shown_as_archive() -> None:
    static = rolling(parse("sekali"), EVIDENCE)
    assert (state(static, _days(9000)), look(static, _days(9000))) == (State.FRESH, Look.ARCHIVE)
    assert state(static, EVIDENCE - TICK) is State.UNKNOWN


def test_f09_without_boundaries_nothing_is_judged() -> None:
    assert (state(None, EVIDENCE), look(None, EVIDENCE)) == (State.UNKNOWN, Look.UNKNOWN)
    assert days_late(None, EVIDENCE) == 0


@pytest.mark.parametrize(("age", "late"), [(29, 0), (43, 0), (44, 0), (44.5, 0), (45, 1), (100, 56)])
def test_f48_days_late_count_whole_days_from_the_deadline(age: float, late: int) -> None:
    assert days_late(MONTHLY, _days(age)) == late


@given(
    st.sampled_from(CODES),
    st.timedeltas(timedelta(), timedelta(days=4000)),
    st.timedeltas(timedelta(), timedelta(days=4000)),
)
def test_f15_time_alone_only_worsens(code: str, one: timedelta, other: timedelta) -> None:
    boundaries = rolling(parse(code), EVIDENCE)
    earlier, later = sorted((one, other))
    before, after = state(boundaries, EVIDENCE + earlier), state(boundaries, EVIDENCE + later)
    assert ORDER.index(before) <= ORDER.index(after)


@given(
    st.sampled_from(CODES),
    st.timedeltas(timedelta(), timedelta(days=1500)),
    st.timedeltas(timedelta(), timedelta(days=1500)),
)
def test_f53_later_evidence_is_never_worse(code: str, age: timedelta, gain: timedelta) -> None:
    now = EVIDENCE + age + gain
    old, new = rolling(parse(code), EVIDENCE), rolling(parse(code), EVIDENCE + gain)
    assert ORDER.index(state(new, now)) <= ORDER.index(state(old, now))


@given(st.sampled_from(CODES), st.timedeltas(timedelta(), timedelta(days=1500)))
def test_f42_nothing_changes_before_the_next_change(code: str, age: timedelta) -> None:
    boundaries = rolling(parse(code), EVIDENCE)
    assert boundaries is not None
    now = EVIDENCE + age
    change = boundaries.after(now)
    if change is not None:
        assert look(boundaries, change - TICK) == look(boundaries, now) != look(boundaries, change)
