"""Excluded time stops the clock (F16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, wib

from ckanext.jambi.freshness.rules.exclusions import Interval, counted, merged, reach

HOUR = timedelta(hours=1)
START = wib(2026, 9, 1)


def at(hour: float) -> datetime:
    return START + hour * HOUR


@pytest.mark.parametrize(
    ("excluded", "hours", "reached"),
    [
        ([], 10, 10),
        ([(2, 5)], 10, 13),
        ([(-5, -1)], 10, 10),
        ([(-5, 1)], 10, 11),
        ([(10, 12)], 10, 10),  # the boundary is reached before
        ([(9, 12)], 10, 13),
        ([(2, 5), (12, 20)], 10, 21),
        ([(2, 5), (4, 6)], 10, 14),
        ([(3, 3)], 10, 10),
    ],
)
def test_f16_a_length_is_reached_when_so_much_time_counted(
    excluded: list, hours: float, reached: float
) -> None:
    intervals = merged(Interval(at(one), at(other)) for one, other in excluded)
    assert reach(START, hours * HOUR, intervals) == at(reached)


spans = st.lists(st.tuples(st.integers(-50, 200), st.integers(0, 50)), max_size=8)


@settings(max_examples=EXAMPLES)
@given(spans, st.integers(0, 150))
def test_f16_what_is_reached_has_counted_exactly_that_long(found: list[tuple[int, int]], hours: int) -> None:
    excluded = merged(Interval(at(start), at(start + length)) for start, length in found)
    end = reach(START, hours * HOUR, excluded)
    assert counted(START, end, excluded) == hours * HOUR
    assert end >= at(hours)


@settings(max_examples=EXAMPLES)
@given(spans)
def test_f16_merged_intervals_are_in_order_and_apart(found: list[tuple[int, int]]) -> None:
    made = merged(Interval(at(start), at(start + length)) for start, length in found)
    assert all(one.end < other.start for one, other in pairwise(made))
    assert all(one.start < one.end for one in made)


def test_f16_an_empty_interval_is_dropped() -> None:
    assert merged([Interval(at(1), at(1)), Interval(at(3), at(4))]) == (Interval(at(3), at(4)),)
    assert merged([Interval(at(3), at(4)), Interval(at(9), at(1))]) == (Interval(at(3), at(4)),)


def test_f16_intervals_that_touch_are_one() -> None:
    assert merged([Interval(at(3), at(4)), Interval(at(1), at(3))]) == (Interval(at(1), at(4)),)


def test_f16_what_lies_within_a_later_interval_ends_with_it() -> None:
    found = merged([Interval(at(0), at(3)), Interval(at(10), at(20)), Interval(at(12), at(14))])
    assert [*found] == [Interval(at(0), at(3)), Interval(at(10), at(20))]


def test_f16_nothing_counts_backwards() -> None:
    assert counted(at(5), at(2), []) == timedelta()
