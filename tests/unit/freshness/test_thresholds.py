"""Rolling thresholds, as a table and as properties (F6, F7, F9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.frequency import parse
from ckanext.jambi.freshness.rules.thresholds import V1, Boundaries, Policy, ages, rolling

EVIDENCE = datetime(2026, 9, 1, 3, tzinfo=UTC)
TABLE = [
    ("harian", 1, 2, 3),
    ("P2D", 2, 4, 6),
    ("mingguan", 7, 14, 21),
    ("P2W", 14, 21, 28),
    ("bulanan", 30, 44, 60),
    ("P2M", 60, 84, 108),
    ("triwulanan", 90, 120, 150),
    ("caturwulanan", 120, 147, 174),
    ("semesteran", 180, 210, 240),
    ("P300D", 300, 342, 384),
    ("tahunan", 365, 425, 455),
    ("insidental", 365, 425, 455),
    ("dua_tahunan", 730, 785, 840),
    ("lima_tahunan", 1825, 1880, 1935),
    ("sepuluh_tahunan", 3650, 3705, 3760),
    ("R/P1.5M", 45, 59, 75),
    ("P1Y6M", 545, 605, 635),
    ("P36H", 1.5, 2.5, 3.5),
    ("P6D", 6, 8, 10),
]


@pytest.mark.parametrize(("text", "due", "overdue", "delinquent"), TABLE)
def test_f06_f07_boundaries_in_days(text: str, due: float, overdue: float, delinquent: float) -> None:
    found = rolling(parse(text.replace("P36H", "PT36H")), EVIDENCE)
    assert found is not None
    instants = (found.due_at, found.overdue_at, found.delinquent_at)
    assert instants == tuple(EVIDENCE + timedelta(days=days) for days in (due, overdue, delinquent))


@pytest.mark.parametrize(
    ("text", "hours"), [("realtime", 1), ("tiga_jam", 3), ("PT12H", 12), ("PT15M", 0.25)]
)
def test_f07_below_one_day_the_length_counts_once_twice_thrice(text: str, hours: float) -> None:
    interval = parse(text).interval
    assert interval is not None
    assert ages(interval.nominal) == tuple(timedelta(hours=hours * times) for times in (1, 2, 3))


def test_f09_static_data_is_never_due_and_unknown_is_not_judged() -> None:
    static = rolling(parse("sekali"), EVIDENCE)
    assert static is not None
    assert static.due_at is static.soon_at is static.overdue_at is static.delinquent_at is None
    assert rolling(parse("tidak_diketahui"), EVIDENCE) is None
    assert rolling(parse("bulanan"), None) is None


@pytest.mark.parametrize(
    ("text", "ahead"), [("bulanan", 7), ("mingguan", 1.75), ("harian", 0.25), ("tahunan", 7)]
)
def test_f11_soon_is_a_quarter_of_the_interval_and_at_most_a_week(text: str, ahead: float) -> None:
    found = rolling(parse(text), EVIDENCE)
    assert found is not None
    assert found.due_at is not None
    assert found.soon_at == found.due_at - timedelta(days=ahead)


def test_f36_boundaries_stop_at_the_end_of_the_calendar() -> None:
    found = rolling(parse("P100Y"), datetime(9990, 1, 1, tzinfo=UTC))
    assert found is not None
    assert found.due_at == datetime.max.replace(tzinfo=UTC)


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=36_500)))
def test_f07_ages_ascend_and_begin_with_the_length(length: timedelta) -> None:
    due, overdue, delinquent = ages(length)
    assert length == due < overdue < delinquent


@given(st.integers(1, 36_500), st.integers(1, 36_500))
def test_f07_a_longer_interval_is_never_due_earlier(one: int, other: int) -> None:
    short, long = sorted((timedelta(days=one), timedelta(days=other)))
    assert ages(short)[0] <= ages(long)[0]


UNORDERED = [[row] for row in ([1, 1, 2], [1, 2, 2], [2, 1, 3], [1, 3, 2], [-1, 2, 3])]


@pytest.mark.parametrize(
    "days", [[], [[1, 2]], [[3, 2, 1]], [[0, 1, 2]], [[7, 14, 21], [1, 2, 3]], *UNORDERED]
)
def test_f05_policy_with_bad_rows_is_refused(days: list[list[int]]) -> None:
    body = {"version": 2, "rolling": {"days": days, "soon_at_most_days": 7, "as_needed_days": 365}}
    with pytest.raises((ValueError, TypeError)):
        Policy.read(body)


def test_f05_policy_reads_its_file_form() -> None:
    body = {
        "version": 1,
        "rolling": {
            "days": [[row.due, row.overdue, row.delinquent] for row in V1.rows],
            "soon_at_most_days": 7,
            "as_needed_days": 365,
        },
    }
    assert Policy.read(body) == V1


@pytest.mark.parametrize("days", [[[7, 14, 21], [1, 2, 3]], []])
def test_f05_a_policy_whose_rows_do_not_ascend_is_told_so(days: list[list[int]]) -> None:
    body = {"version": 2, "rolling": {"days": days, "soon_at_most_days": 7, "as_needed_days": 365}}
    with pytest.raises(ValueError, match="must ascend and exist"):
        Policy.read(body)


def test_f04_the_next_change_lies_ahead() -> None:
    found = rolling(parse("bulanan"), EVIDENCE)
    assert found
    changes = [found.soon_at, found.due_at, found.overdue_at, found.delinquent_at]
    assert [found.after(at) for at in (EVIDENCE, *changes) if at] == [*changes, None]
    assert Boundaries(EVIDENCE).after(EVIDENCE) is None
