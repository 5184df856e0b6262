"""Which clauses the sentence has (F48)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ckanext.jambi.frequency import parse
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.freshness.rules.statement import Clause, Known, Owed, Part, parts, shows_time
from ckanext.jambi.freshness.rules.thresholds import rolling

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


def _known(code: str, age: float, **more: object) -> Known:
    evidence_at = NOW - timedelta(days=age)
    return Known(rolling(parse(code), evidence_at), evidence_at=evidence_at, **more)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (_known("bulanan", 3), []),
        (_known("bulanan", 25), [(Clause.NEXT_BY, NOW + timedelta(days=5))]),
        (_known("bulanan", 35), [(Clause.DUE_SINCE, NOW - timedelta(days=5))]),
        (_known("bulanan", 44.5), [(Clause.LATE_DAYS, 0)]),
        (_known("bulanan", 56), [(Clause.LATE_DAYS, 12)]),
        (_known("bulanan", 90), [(Clause.LATE_DAYS, 46)]),
        (_known("sekali", 900), []),
        (_known("bulanan", -1), []),  # of what is dated ahead nobody knows whether it is late
        (_known("tidak_diketahui", 3), [(Clause.NO_FREQUENCY, None)]),
    ],
)
def test_f48_clause_on_time_follows_the_state(known: Known, expected: list[Part]) -> None:
    assert parts(known, NOW) == [*expected, (Clause.LAST_CHANGED, known.evidence_at)]


OWED = Owed(Span(date(2026, 10, 1), date(2026, 10, 31)), NOW, 3)


@pytest.mark.parametrize(
    ("age", "clause"),
    [
        (3, None),
        (25, Clause.OWED_BY),
        (35, Clause.OWED_SINCE),
        (50, Clause.OWED_LATE),
        (90, Clause.OWED_LATE),
        (-1, None),
    ],
)
def test_f48_by_the_schedule_the_period_is_named(age: float, clause: Clause | None) -> None:
    known = _known("bulanan", age, owed=OWED)
    expected = [(clause, OWED)] if clause else []
    assert parts(known, NOW) == [*expected, (Clause.LAST_CHANGED, known.evidence_at)]


def test_f48_period_comes_first_and_the_change_last() -> None:
    known = _known("bulanan", 50, period_end=date(2026, 9, 30), checked_at=NOW - timedelta(hours=2))
    order = [Clause.DATA_UP_TO, Clause.CHECKED_DAYS_AGO, Clause.LATE_DAYS, Clause.LAST_CHANGED]
    assert [clause for clause, _ in parts(known, NOW)] == order


@pytest.mark.parametrize(("hours", "days"), [(0, 0), (7, 0), (9, 1), (32, 1), (33, 2), (-1, 0), (-24, 0)])
def test_f48_days_since_the_check_are_civil_days_in_wib(hours: int, days: int) -> None:
    known = Known(None, checked_at=NOW - timedelta(hours=hours))
    assert parts(known, NOW)[0] == (Clause.CHECKED_DAYS_AGO, days)


def test_f48_silent_source_is_said_instead_of_the_check() -> None:
    known = Known(None, checked_at=NOW, reachable=False)
    assert parts(known, NOW) == [(Clause.UNREACHABLE, None), (Clause.NO_EVIDENCE, None)]


def test_f48_dataset_without_resource_says_only_that() -> None:
    assert parts(_known("bulanan", 3, has_resource=False), NOW) == [(Clause.NO_RESOURCE, None)]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("realtime", True),
        ("dua_kali_sehari", True),
        ("harian", False),
        ("mingguan", False),
        ("tahunan", False),
        ("sekali", False),
    ],
)
def test_f48_time_of_day_is_shown_below_one_day(code: str, shown: bool) -> None:
    assert shows_time(rolling(parse(code), NOW)) is shown
    assert shows_time(None) is False
