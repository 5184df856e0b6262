"""The calendar that ships, and how working days are counted (F12)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.jambi.working_days import EVERY_DAY, Calendar, ClosedKind, civil_day, midnight

FILE = Path(__file__).parents[3] / "config" / "calendar" / "v1.yaml"
BODY = yaml.safe_load(FILE.read_text("utf-8"))
CALENDAR = Calendar.read(BODY)
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(1461)]


def test_f12_every_row_cites_its_decree_and_none_claims_to_be_read() -> None:
    assert all(each.decree in BODY["decrees"] for each in CALENDAR.days)
    assert not any(each.confirmed for each in CALENDAR.days)


@pytest.mark.parametrize(
    ("year", "national", "joint"), [(2024, 19, 10), (2025, 17, 11), (2026, 17, 8), (2027, 17, 0)]
)
def test_f12_each_year_has_the_days_that_its_decree_counts(year: int, national: int, joint: int) -> None:
    found = Counter(each.kind for each in CALENDAR.days if each.day.year == year)
    assert (found[ClosedKind.NATIONAL], found[ClosedKind.JOINT_LEAVE]) == (national, joint)


def test_f12_an_estimated_year_says_so() -> None:
    assert {each.decree for each in CALENDAR.days if each.day.year == 2027} == {"perkiraan-2027"}
    assert "NOT A DECREE" in BODY["decrees"]["perkiraan-2027"]["source"]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 24), True),
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 3, 23), False),  # joint leave
        (date(2026, 12, 25), False),
        (date(2026, 12, 28), True),
        (date(2028, 1, 3), True),  # beyond the calendar: the weekday alone
    ],
)
def test_f12_a_day_is_worked_or_not(day: date, works: bool) -> None:
    assert CALENDAR.is_working(day) is works


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 30])
def test_f12_the_nth_working_day_is_never_a_closed_one(n: int) -> None:
    for start in DAYS:
        found = CALENDAR.nth_from(start, n)
        assert CALENDAR.is_working(found)
        assert CALENDAR.between(start, found + timedelta(days=1)) == max(n, 1)


def test_f12_every_day_is_served_by_its_own_calendar() -> None:
    assert all(EVERY_DAY.is_working(day) for day in DAYS)


def test_f04_a_civil_day_begins_at_midnight_in_wib() -> None:
    assert midnight(date(2026, 11, 24)).isoformat() == "2026-11-23T17:00:00+00:00"
    assert civil_day(midnight(date(2026, 11, 24)) - timedelta(microseconds=1)) == date(2026, 11, 23)


ROW = [date(2026, 1, 1), "libur_nasional", "Tahun Baru", "skb", False]


@pytest.mark.parametrize(
    "rows",
    [
        [[*ROW[:3], "other"]],
        [[ROW[0], "libur", *ROW[2:]]],
        [ROW, ROW],
        [["1 Jan", *ROW[1:]]],
        [ROW[:2]],
        ["x"],
    ],
)
def test_f12_a_row_without_decree_kind_or_day_is_refused(rows: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"day|twice"):
        Calendar.read({"version": 2, "decrees": {"skb": {}}, "days": rows})


def test_f12_a_calendar_needs_decrees_and_days() -> None:
    with pytest.raises(ValueError, match="decrees"):
        Calendar.read({"version": 2, "decrees": [], "days": []})


def test_f12_a_confirmed_row_is_read_as_such() -> None:
    found = Calendar.read({"version": 2, "decrees": {"skb": {}}, "days": [[*ROW[:4], True]]})
    assert found.days[0].confirmed
    assert not found.is_working(ROW[0])
