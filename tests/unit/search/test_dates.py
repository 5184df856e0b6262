"""Dates and date arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.search.query import dates
from ckanext.jambi.search.query.errors import QueryError

NOW = datetime(2026, 3, 31, 14, 25, 36, 789_000, UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NOW", "2026-03-31T14:25:36.789Z"),
        ("NOW-7DAYS", "2026-03-24T14:25:36.789Z"),
        ("NOW/DAY-1MONTH", "2026-02-28T00:00:00.000Z"),
        ("NOW/MONTH+1YEAR", "2027-03-01T00:00:00.000Z"),
        ("NOW/YEAR", "2026-01-01T00:00:00.000Z"),
        ("NOW/HOUR+30MINUTES-1SECOND", "2026-03-31T14:29:59.000Z"),
        ("2024-01-01T00:00:00Z+1DATE", "2024-01-02T00:00:00.000Z"),
        ("2024-02-29T00:00:00Z+1YEAR", "2025-02-28T00:00:00.000Z"),
        ("2024", "2024-01-01T00:00:00.000Z"),
        ("2024-06-01T07:00:00+07:00", "2024-06-01T00:00:00.000Z"),
    ],
)
def test_sr04_the_start_of_a_range(text: str, expected: str) -> None:
    assert dates.written(dates.bound(text, NOW)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-06", "2025-06-30T23:59:59.999Z"),
        ("2024", "2024-12-31T23:59:59.999Z"),
        ("2024-02-28", "2024-02-28T23:59:59.999Z"),
        ("2024-02-28T10:00:00Z", "2024-02-28T10:00:00.000Z"),
    ],
)
def test_sr04_a_shortened_date_ends_with_all_that_it_names(text: str, expected: str) -> None:
    assert dates.written(dates.bound(text, NOW, last=True)) == expected


@pytest.mark.parametrize(
    "text", ["", "x", "NOW+", "NOW-7WEEKS", "NOW-7DAYS!", "2024-13", "2024-02-30", "NOW+9999YEARS"]
)
def test_sr03_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="Invalid Date"):
        dates.bound(text, NOW)


def test_contract_fractions_are_cut_to_three_digits() -> None:
    moment = dates.instant("2014-06-10T08:24:12.782257Z")
    assert moment is not None
    assert dates.written(moment) == "2014-06-10T08:24:12.782Z"


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_contract_written_dates_sort_as_the_instants_do(moment: datetime) -> None:
    text = dates.written(moment)
    assert len(text) == 24
    assert dates.instant(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
