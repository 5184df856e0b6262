"""Names of a chart's lines hide neither the curve nor the newest value."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.theme import charts
from ckanext.jambi.theme.chart_names import Box, Named, placed

BANDS = [(60.0, "60 Cukup"), (80.0, "80 Mutakhir"), (90.0, "90 Sangat mutakhir")]


def points(drawn: charts.Line) -> list[tuple[float, float]]:
    """Return the points of a curve without gaps, from its path."""
    return [tuple(map(float, each.split())) for each in drawn.path.removeprefix("M").split("L")]


def hidden(drawn: charts.Line) -> list[Named]:
    strokes = [*pairwise(points(drawn))]
    return [each for each in drawn.grid if any(each.box.is_crossed(*two) for two in strokes)]


@pytest.mark.parametrize(
    "values",
    [
        [98.0 - n for n in range(45)],  # fell from the top
        [53.0 + n for n in range(45)],  # rose from below
        [97.0] * 20 + [58.0] * 20,
        [58.0] * 20 + [97.0] * 20,
    ],
    ids=["falling", "rising", "step down", "step up"],
)
def test_f49_names_of_bands_lie_beside_the_curve(values: list[float]) -> None:
    drawn = charts.line(values, height=200, steps=BANDS)
    assert drawn.grid
    assert hidden(drawn) == []
    for one in drawn.grid:
        assert one.box.left >= 0
        assert one.box.right <= 100


def test_f49_who_fell_from_the_top_has_the_upper_names_at_the_other_end() -> None:
    drawn = charts.line([98.0 - n for n in range(45)], height=200, steps=BANDS)
    ends = {each.text: each.anchor for each in drawn.grid}
    assert ends["90 Sangat mutakhir"] == "end"
    assert ends["60 Cukup"] == "start"


@given(st.lists(st.floats(50, 100), min_size=1, max_size=53))
def test_f49_no_name_lies_on_another_or_on_the_newest_value(values: list[float]) -> None:
    drawn = charts.line(values, height=200, steps=BANDS)
    moved = [each.box for each in drawn.grid if (each.anchor, each.text_y) != ("start", each.y - 4)]
    assert all(not one.overlaps(other) for n, one in enumerate(moved) for other in moved[:n])


def test_without_a_free_place_the_name_stands_where_it_is_looked_for() -> None:
    everywhere = [Box(0, 100, 0, 200)]
    assert placed([(50.0, "x")], [], everywhere) == (Named(50.0, "x", 0.0, 46.0, "start"),)


@pytest.mark.parametrize(
    ("start", "end", "crossed"),
    [
        ((0, 0), (100, 100), True),
        ((0, 60), (100, 60), False),
        ((50, 0), (60, 200), False),
        ((20, 0), (21, 45), True),
    ],
)
def test_a_stroke_crosses_a_box_where_it_goes_through(start: tuple, end: tuple, crossed: bool) -> None:
    assert Box(10, 40, 20, 50).is_crossed(start, end) is crossed
