"""The time of which a report speaks (F39)."""

from __future__ import annotations

import pytest
from promises import wib

from ckanext.jambi.freshness.promises.quarters import interval, name
from ckanext.jambi.freshness.rules.exclusions import Interval


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", Interval(wib(2026, 1, 1), wib(2027, 1, 1))),
        ("2026-Q1", Interval(wib(2026, 1, 1), wib(2026, 4, 1))),
        ("2026-Q3", Interval(wib(2026, 7, 1), wib(2026, 10, 1))),
        ("2026-Q4", Interval(wib(2026, 10, 1), wib(2027, 1, 1))),
        ("2026-09", Interval(wib(2026, 9, 1), wib(2026, 10, 1))),
        ("2026-12", Interval(wib(2026, 12, 1), wib(2027, 1, 1))),
    ],
)
def test_f39_a_period_is_a_year_a_quarter_or_a_month(text: str, expected: Interval) -> None:
    assert interval(text) == expected
    assert name(expected) == text


@pytest.mark.parametrize("text", ["", "2026-Q5", "2026-13", "2026-00", "26-09", "2026-W38", "Q3"])
def test_f39_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        interval(text)
