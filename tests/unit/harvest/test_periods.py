"""Periods: what a cell of a period column stands for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.harvest.periods import Span, coverage, parse, promised_months

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        (date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 5)),
        (datetime(2026, 1, 4, 18, tzinfo=UTC), date(2026, 1, 5), date(2026, 1, 5)),
        ("2026-01-04T18:00:00", date(2026, 1, 4), date(2026, 1, 4)),
        ("2026-01-05", date(2026, 1, 5), date(2026, 1, 5)),
        ("2026-01-04T18:00:00+00:00", date(2026, 1, 5), date(2026, 1, 5)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        (2026, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-S1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-s2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-T3", date(2026, 9, 1), date(2026, 12, 31)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026/2027", date(2026, 7, 1), date(2027, 6, 30)),
    ],
)
def test_known_forms(value: object, start: date, end: date) -> None:
    assert parse(value) == Span(start, end)


@pytest.mark.parametrize(
    "value", [None, "", "tidak ada", "2026-13", "2026-W60", "0000", "2026/2029", "31/02/2026"]
)
def test_s22_anything_else_is_no_period(value: object) -> None:
    assert parse(value) is None


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2026-S1", date(2026, 6, 30)),
        ("2026-S2", date(2026, 7, 1)),
        ("2027-S1", None),
        ("2026/2027", date(2026, 7, 1)),
        ("2027-01-01", None),
    ],
)
def test_s22_a_period_is_never_known_beyond_today(text: str, until: date | None) -> None:
    span = parse(text)
    assert span is not None
    assert span.known_until(TODAY) == until


def test_coverage_leaves_out_the_future() -> None:
    assert coverage(["2026-01", "2026-10", "2027-01", None], TODAY) == (date(2026, 1, 1), date(2026, 10, 31))


def test_coverage_of_nothing() -> None:
    assert coverage(["?", None], TODAY) == (None, None)


@given(cells=st.lists(st.one_of(st.text(max_size=12), st.dates(), st.none(), st.integers())))
def test_f17_coverage_never_lies_in_the_future(cells: list[object]) -> None:
    first, last = coverage(cells, TODAY)
    assert (first is None) == (last is None)
    assert first is None or last is None or first <= last <= TODAY


FIRSTS = [date(2026, 8, 1), "2026-09-01", None]


@pytest.mark.parametrize(
    ("frequency", "last"),
    [
        ("bulanan", date(2026, 9, 30)),
        ("triwulanan", date(2026, 9, 1)),
        ("harian", date(2026, 9, 1)),
        ("?", date(2026, 9, 1)),
    ],
)
def test_f13_a_month_named_by_its_first_day_is_the_month(frequency: str, last: date) -> None:
    assert coverage(FIRSTS, date(2026, 10, 9), promised_months(frequency)) == (date(2026, 8, 1), last)


def test_g12_a_named_month_that_still_runs_counts_by_its_first_day() -> None:
    assert coverage(FIRSTS, date(2026, 9, 9), 1) == (date(2026, 8, 1), date(2026, 9, 1))


def test_f13_days_among_first_days_are_days() -> None:
    assert coverage([*FIRSTS, "2026-09-02"], date(2026, 10, 9), 1) == (date(2026, 8, 1), date(2026, 9, 2))


@pytest.mark.parametrize(
    ("day", "last"), [("2026-07-01", date(2026, 9, 30)), ("2026-01-01", date(2026, 3, 31))]
)
def test_f13_a_quarter_named_by_its_first_day_is_the_quarter(day: str, last: date) -> None:
    assert coverage([day], date(2026, 12, 1), promised_months("triwulanan"))[1] == last
