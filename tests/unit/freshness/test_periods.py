"""Period cells and their last days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.freshness.rules.periods import Reached, instant, last_day


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026", date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2026/09", date(2026, 9, 30)),
        ("2026-Q3", date(2026, 9, 30)),
        ("2026Q4", date(2026, 12, 31)),
        ("2026-S1", date(2026, 6, 30)),
        ("2026-T2", date(2026, 8, 31)),
        ("2026-W01", date(2026, 1, 4)),
        ("2026-09-15", date(2026, 9, 15)),
        (" 2026-09-15 ", date(2026, 9, 15)),
        ("2026-09-30T17:30:00Z", date(2026, 10, 1)),
        ("2026-09-30T17:30:00", date(2026, 9, 30)),
        (datetime(2026, 9, 30, 17, 30, tzinfo=UTC), date(2026, 10, 1)),
        (date(2026, 9, 15), date(2026, 9, 15)),
        (2026, date(2026, 12, 31)),
        *[(cell, None) for cell in ("", None, "September", "2026-13", "2026-Q5", "2026-S3", "31/02/2026", 2)],
        *[(cell, None) for cell in ("2026-02-31", "2026-W60", "2026-00", "00-00-0000", "2026-Q0")],
    ],
)
def test_f17_cell_names_its_last_day(cell: object, day: date | None) -> None:
    assert last_day(cell) == day


def reached(*cells: object) -> Reached:
    found = Reached()
    for cell in cells:
        found = found.with_cell(cell, datetime(2026, 9, 30, 12, 0, tzinfo=UTC))
    return found


def test_f17_latest_ignores_cells_that_name_no_day() -> None:
    assert reached("-", "2026-08", None, "2026-09", "2025") == Reached(date(2026, 9, 30))
    assert reached("-", None) == Reached()


def test_f17_the_last_instant_is_one_that_is_over() -> None:
    cells = ("2026-09-30T10:00:00Z", "2026-09-30T18:00:00+07:00", "2026-09-30T13:00:00Z", "2026-09-30")
    assert reached(*cells) == Reached(date(2026, 9, 30), datetime(2026, 9, 30, 11, 0, tzinfo=UTC))
    noon = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)  # just now
    assert reached(*cells, "2026-09-30T12:00:00Z") == Reached(date(2026, 9, 30), noon)


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-09-30T17:30:00Z", datetime(2026, 9, 30, 17, 30, tzinfo=UTC)),
        ("2026-09-30 17:30", datetime(2026, 9, 30, 10, 30, tzinfo=UTC)),
        (datetime(2026, 9, 30, 17, 30), datetime(2026, 9, 30, 10, 30, tzinfo=UTC)),
        *[
            (cell, None)
            for cell in (
                "2026-09-30",
                "2026-W38",
                date(2026, 9, 30),
                "2026-09",
                2026,
                None,
                "",
                "kemarin sore",
            )
        ],
    ],
)
def test_f17_a_cell_with_a_time_of_day_names_an_instant(cell: object, at: datetime | None) -> None:
    assert instant(cell) == at


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.none(), st.datetimes(), st.dates()))
def test_s22_any_cell_is_read_or_not_and_nothing_breaks(cell: object) -> None:
    assert last_day(cell) is None or isinstance(last_day(cell), date)
    assert instant(cell) is None or instant(cell).tzinfo
