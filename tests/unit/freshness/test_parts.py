"""In which parts of the calendar the rows of a table lie (F13)."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.freshness.rules.periods import MOST_PARTS, parts, span
from ckanext.jambi.freshness.rules.spans import Span

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-S2", "2026-07-01", "2026-12-31"),
        ("2026-T1", "2026-01-01", "2026-04-30"),
        ("2026-W38", "2026-09-14", "2026-09-20"),
        ("2026-09-05", "2026-09-05", "2026-09-05"),
        (date(2026, 9, 5), "2026-09-05", "2026-09-05"),
        (datetime(2026, 9, 5, 20, tzinfo=UTC), "2026-09-06", "2026-09-06"),
    ],
)
def test_f13_cell_names_its_days(cell: object, first: str, last: str) -> None:
    assert span(cell) == Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("cell", [None, "", "kosong", "2026-13"])
def test_f13_other_cells_name_no_days(cell: object) -> None:
    assert span(cell) is None


def test_f13_parts_that_touch_are_one() -> None:
    cells = ("2026-03", "2026-01", "2026-02", "2026-06", "2026-06-30", "2026-07-02")
    found = parts(each for cell in cells if (each := span(cell)))

    assert found == (
        Span(date(2026, 1, 1), date(2026, 3, 31)),
        Span(date(2026, 6, 1), date(2026, 6, 30)),
        Span(date(2026, 7, 2), date(2026, 7, 2)),
    )


def _apart(count: int) -> list[Span]:
    """Return single days with a day between any two."""
    days = [date(2026, 1, 1) + timedelta(days=2 * n) for n in range(count)]
    return [Span(day, day) for day in days]


@pytest.mark.parametrize("more", [0, 1, 2, 7])
def test_f13_of_many_parts_the_oldest_are_taken_as_one(more: int) -> None:
    given_parts = _apart(MOST_PARTS + more)
    oldest = Span(given_parts[0].start, given_parts[more].end)
    assert parts(given_parts) == (oldest, *given_parts[more + 1 :])
    assert len(parts(given_parts)) == MOST_PARTS


def test_f13_sixty_parts_are_told_apart() -> None:
    assert len(parts(_apart(62))) == 60


def test_f13_days_within_a_later_part_end_with_it() -> None:
    first, second = Span(date(2026, 1, 1), date(2026, 1, 2)), Span(date(2026, 3, 1), date(2026, 3, 31))
    assert parts([first, second, Span(date(2026, 3, 5), date(2026, 3, 6))]) == (first, second)


def test_f13_few_parts_stay_as_they_are() -> None:
    assert parts(_apart(MOST_PARTS - 1)) == tuple(_apart(MOST_PARTS - 1))
    assert parts([]) == ()


@given(st.sets(DAYS, max_size=200))
def test_f13_few_parts_hold_every_day_and_the_latest_no_other(days: set[date]) -> None:
    found = parts(Span(day, day) for day in days)

    assert len(found) <= MOST_PARTS
    assert all(any(each.start <= day <= each.end for each in found) for day in days)
    assert all(one.end < next_one.start for one, next_one in itertools.pairwise(found))
    exact = found if len(found) < MOST_PARTS else found[1:]
    held = sum((each.end - each.start).days + 1 for each in exact)
    assert held == sum(1 for day in days if exact and day >= exact[0].start)
