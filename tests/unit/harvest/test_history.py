"""The demonstration's past: who is asked when, and in which order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.harvest import history

UNTIL = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 09:00 WIB
LONG_AGO = UNTIL - timedelta(days=500)
ONE_HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("code", "every", "days"),
    [
        ("realtime", ONE_HOUR, 14),
        ("tiga_jam", timedelta(hours=3), 14),
        ("dua_kali_sehari", timedelta(hours=3), 14),
        ("harian", ONE_DAY, 90),
        ("mingguan", ONE_DAY, 365),
        ("bulanan", timedelta(days=4), 365),
        ("tahunan", timedelta(days=7), 365),
        ("insidental", timedelta(days=7), 365),
        (None, timedelta(days=7), 365),
        ("sewaktu-waktu bila perlu", timedelta(days=7), 365),
    ],
)
def test_a_source_is_asked_as_often_as_its_data_is_promised(code: Any, every: timedelta, days: int) -> None:
    assert history.pace(code) == history.Pace(every, timedelta(days=days))


def test_hours_are_counted_back_from_the_present_and_days_are_looked_at_after_noon() -> None:
    hourly = history.visits({"a": "realtime"}, LONG_AGO, UNTIL)
    assert len(hourly) == 14 * 24
    assert hourly[-1].at == UNTIL - ONE_HOUR
    daily = history.visits({"b": "harian"}, LONG_AGO, UNTIL)
    assert [one.at.hour for one in daily] == [6] * 90  # 13:00 WIB; today's lies after the present
    assert daily[-1].at == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_who_is_asked_at_one_instant_stands_in_one_visit() -> None:
    planned = history.visits({"b": "harian", "a": "mingguan"}, UNTIL - timedelta(days=3), UNTIL)
    assert [one.sources for one in planned] == [("a", "b")] * 3


@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["realtime", "harian", "bulanan", None])),
    st.integers(0, 400),
)
def test_visits_lie_in_order_between_the_two_instants(frequencies: dict[str, Any], days: int) -> None:
    after = UNTIL - timedelta(days=days)
    instants = [one.at for one in history.visits(frequencies, after, UNTIL)]
    assert instants == sorted(set(instants))
    assert all(after < at < UNTIL for at in instants)


def test_going_on_later_makes_the_visits_that_are_left() -> None:
    whole = history.visits({"a": "harian", "b": "realtime"}, LONG_AGO, UNTIL)
    for cut in (0, 10, 200):
        assert history.visits({"a": "harian", "b": "realtime"}, whole[cut].at, UNTIL) == whole[cut + 1 :]


def test_data_counts_from_the_day_on_which_its_past_begins() -> None:
    assert history.first_day("harian", UNTIL) == date(2026, 8, 26)
    assert history.first_day("bulanan", UNTIL) == date(2025, 11, 24)


def test_the_clock_is_set_before_anyone_is_asked_and_each_day_is_closed_once() -> None:
    said: list[Any] = []
    planned = history.visits({"a": "harian", "b": "dua_kali_sehari"}, UNTIL - timedelta(days=1), UNTIL)
    made = history.go(planned, said.append, said.append, lambda: said.append("day is over"))
    assert made == 8
    assert said[:2] == [planned[0].at, "b"]
    assert said.count("day is over") == 2
    assert said[-1] == "day is over"


def test_nothing_left_to_go_through_asks_nobody() -> None:
    assert history.go([], pytest.fail, pytest.fail, pytest.fail) == 0
