"""The geometry of the drawings, and which numbers are drawn."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.theme import charts, series

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=60)


def coordinates(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]


@given(VALUES)
def test_every_point_lies_inside_the_drawing(values):
    drawn = charts.line(values, height=200)
    numbers = coordinates(drawn.path)
    assert all(0 <= x <= 100 for x in numbers[::2])
    assert all(charts.ROOM_ABOVE - 1 <= y <= drawn.base + 0.1 for y in numbers[1::2])


@given(VALUES)
def test_missing_reading_is_a_gap_and_a_hollow_dot(values):
    drawn = charts.line(values)
    missing = sum(value is None for value in values)
    known = [value is not None for value in values]
    runs = sum(now and not before for before, now in zip([False, *known], known, strict=False))
    assert len(drawn.holes) == missing
    assert drawn.path.count("M") == runs


def test_higher_value_is_drawn_higher_and_limits_stand_in_order():
    limits = [charts.Limit(13.87, "III", 3), charts.Limit(14.87, "I", 1)]
    drawn = charts.line([12.0, 13.0], limits=limits)
    ys = coordinates(drawn.path)[1::2]
    assert ys[0] > ys[1] > drawn.limits[0].y > drawn.limits[1].y
    assert drawn.last is not None
    assert drawn.last.y == ys[1]


def test_spark_needs_two_values():
    assert charts.spark([None, 3.0]) is None
    assert charts.spark([3.0, None, 3.0]) is not None


def test_bars_stand_on_the_ground_and_missing_ones_leave_their_place():
    drawn = charts.bars([0.0, None, 10.0], width=100, height=34)
    assert len(drawn.rects) == 2
    assert all(round(y + height, 1) == 34 for _, y, _, height in drawn.rects)
    assert drawn.rects[1][0] > 60


@given(st.floats(-1e5, 1e5), st.floats(0.001, 1e5))
def test_grid_steps_are_few_and_within_the_values(low, span):
    steps = charts.nice_steps([low, low + span])
    assert len(steps) <= 5
    assert all(low - 1e-6 * span - 1e-9 <= step <= low + span + 1e-6 * span + 1e-9 for step in steps)


ROWS = [{"bulan": f"2026-0{month}", "jumlah": str(month * 10)} for month in range(1, 7)]


def test_one_row_a_period_makes_a_curve():
    found = series.over_time(ROWS, "bulan", "jumlah", "harga")
    assert found is not None
    assert found.periods[0] == "2026-01"
    assert found.values[-1] == 60
    assert not found.summed


@pytest.mark.parametrize(
    ("measure", "drawn"), [("jumlah", True), ("volume", True), ("harga", False), ("", False)]
)
def test_rows_of_one_period_are_added_only_where_adding_means_something(measure, drawn):
    found = series.over_time(ROWS + ROWS, "bulan", "jumlah", measure)
    assert (found is not None) == drawn
    if found:
        assert found.summed
        assert found.values[-1] == 120


def test_oldest_period_is_left_out_when_rows_may_end_in_it():
    found = series.over_time(ROWS, "bulan", "jumlah", "jumlah", cut=True)
    assert found is not None
    assert found.periods[0] == "2026-02"


def test_constant_or_short_series_is_not_drawn():
    assert series.over_time(ROWS[:3], "bulan", "jumlah", "jumlah") is None
    constant = [row | {"jumlah": "5"} for row in ROWS]
    assert series.over_time(constant, "bulan", "jumlah", "jumlah") is None


def test_suppressed_cells_are_no_zeros():
    rows = [*ROWS, {"bulan": "2026-07", "jumlah": None}]
    found = series.over_time(rows, "bulan", "jumlah", "jumlah")
    assert found is not None
    assert found.values[-1] is None


@given(st.integers(1, 500))
def test_ticks_are_few_and_reach_the_end(count):
    places = series.thinned(count)
    assert len(places) <= 5
    assert places[-1] == count - 1


def test_the_later_the_data_the_higher_its_bar_and_all_stand_on_the_base():
    names = ("unknown", "fresh", "due", "overdue", "delinquent")
    drawn = charts.states([(20.0 * n, 20.0 * n + 20, name) for n, name in enumerate(names)])
    assert [each.state for each in sorted(drawn.steps, key=lambda each: each.height)] == list(names)
    assert {each.y + each.height for each in drawn.steps} == {drawn.base}
    assert sum(each.width for each in drawn.steps) == 100
    assert all(each.y >= 0 for each in drawn.steps)


def test_newest_value_among_the_limits_is_crowded_and_one_far_below_is_not():
    limits = [charts.Limit(13.87, "III", 3), charts.Limit(14.87, "I", 1)]
    assert charts.line([12.0, 14.2], limits=limits).is_crowded
    assert not charts.line([12.0, 12.1], limits=limits).is_crowded
    assert not charts.line([None, None], limits=limits).is_crowded


def test_step_that_would_lie_on_the_name_of_a_limit_is_left_out():
    limits = [charts.Limit(13.87, "III", 3)]
    drawn = charts.line([12.0, 14.2], limits=limits, steps=[(13.0, "13"), (14.0, "14")])
    assert [each.text for each in drawn.grid] == ["13"]
