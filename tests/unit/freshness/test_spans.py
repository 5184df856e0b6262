"""Reference periods of every frequency: without a gap, by the calendar or counted from an anchor (F10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.freshness.rules.spans import (
    NOMINAL_DAYS,
    SCHEDULED,
    Span,
    containing,
    first_full,
    from_span,
)

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
ANCHORS = st.none() | st.builds(date, st.integers(2010, 2030), st.integers(1, 12), st.just(1))


def span(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("harian", "2026-09-17", ("2026-09-17", "2026-09-17")),
        ("mingguan", "2026-09-17", ("2026-09-14", "2026-09-20")),
        ("mingguan", "2026-09-14", ("2026-09-14", "2026-09-20")),
        ("mingguan", "2023-12-31", ("2023-12-25", "2023-12-31")),
        ("bulanan", "2026-02-28", ("2026-02-01", "2026-02-28")),
        ("bulanan", "2026-12-01", ("2026-12-01", "2026-12-31")),
        ("triwulanan", "2026-09-30", ("2026-07-01", "2026-09-30")),
        ("triwulanan", "2026-10-01", ("2026-10-01", "2026-12-31")),
        ("caturwulanan", "2026-09-17", ("2026-09-01", "2026-12-31")),
        ("caturwulanan", "2026-08-31", ("2026-05-01", "2026-08-31")),
        ("semesteran", "2026-06-30", ("2026-01-01", "2026-06-30")),
        ("tahunan", "2024-02-29", ("2024-01-01", "2024-12-31")),
        ("dua_tahunan", "2023-05-05", ("2022-01-01", "2023-12-31")),
        ("lima_tahunan", "2019-12-31", ("2015-01-01", "2019-12-31")),
        ("sepuluh_tahunan", "2026-01-01", ("2020-01-01", "2029-12-31")),
    ],
)
def test_f10_a_day_lies_in_its_period(code: str, day: str, expected: tuple[str, str]) -> None:
    assert containing(code, date.fromisoformat(day)) == span(*expected)


@pytest.mark.parametrize(
    ("code", "anchor", "day", "expected"),
    [
        ("tahunan", "2020-07-01", "2026-06-30", ("2025-07-01", "2026-06-30")),
        ("tahunan", "2030-07-01", "2026-07-01", ("2026-07-01", "2027-06-30")),
        ("triwulanan", "2026-02-01", "2026-01-31", ("2025-11-01", "2026-01-31")),
        ("dua_tahunan", "2021-12-01", "2025-12-01", ("2025-12-01", "2027-11-30")),
    ],
)
def test_f10_periods_are_counted_from_the_anchor(
    code: str, anchor: str, day: str, expected: tuple[str, str]
) -> None:
    assert containing(code, date.fromisoformat(day), date.fromisoformat(anchor)) == span(*expected)


@given(st.sampled_from(sorted(SCHEDULED)), DAYS, ANCHORS)
def test_f10_periods_follow_each_other_without_gap(code: str, day: date, anchor: date | None) -> None:
    found = containing(code, day, anchor)
    assert found.start <= day <= found.end
    assert containing(code, found.start, anchor) == containing(code, found.end, anchor) == found
    first, second, third = islice(from_span(code, found, anchor), 3)
    assert first == found
    assert (second.start - first.end, third.start - second.end) == (timedelta(days=1), timedelta(days=1))
    assert first_full(code, day, anchor) == (found if found.start == day else second)


def test_f04_a_period_ends_with_the_midnight_after_its_last_day() -> None:
    found = span("2026-09-01", "2026-09-30")
    assert found.starts_at == datetime(2026, 8, 31, 17, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 9, 30, 17, tzinfo=UTC)


def test_f10_what_has_no_periods_names_none() -> None:
    with pytest.raises(KeyError):
        containing("insidental", date(2026, 9, 17))


def test_f07_nominal_lengths_are_those_of_the_specification() -> None:
    assert NOMINAL_DAYS == {
        **{"harian": 1, "mingguan": 7, "bulanan": 30, "triwulanan": 90, "caturwulanan": 120},
        **{"semesteran": 180, "tahunan": 365, "dua_tahunan": 730, "lima_tahunan": 1825},
        "sepuluh_tahunan": 3650,
    }
    assert set(NOMINAL_DAYS) == SCHEDULED
