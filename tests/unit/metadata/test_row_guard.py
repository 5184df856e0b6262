from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.metadata.row_guard import Limit, rows_vanished_too_many

COUNTS = st.integers(min_value=0, max_value=10_000_000)


@pytest.mark.parametrize(
    ("vanished", "live", "opened", "held"),
    [
        (0, 100, 0, False),
        (3, 5, 0, False),
        (4, 5, 0, True),
        (10, 100, 0, False),
        (11, 100, 0, True),
        (6, 94, 6, True),
        (4, 94, 6, False),
        (0, 50, 50, False),
        (100_000, 1_000_000, 0, False),
        (100_001, 1_000_000, 0, True),
    ],
)
def test_m9_more_than_three_rows_and_a_tenth_are_held(
    vanished: int, live: int, opened: int, held: bool
) -> None:
    assert rows_vanished_too_many(vanished, live, opened, Limit()).held is held


def test_m9_rows_that_leave_a_moving_window_are_never_held() -> None:
    assert not rows_vanished_too_many(90, 100, 0, Limit(rolling=True)).held


def test_tightened_limit_holds_earlier() -> None:
    assert rows_vanished_too_many(2, 100, 0, Limit(count=1, share=0.01)).held


def test_share_is_exact_where_binary_fractions_are_not() -> None:
    assert Limit(count=0, share=0.1).allows(30) == 3
    assert Limit(count=0, share=Fraction(1, 3)).allows(9) == 3


@given(COUNTS, COUNTS, COUNTS)
def test_one_row_more_never_frees_a_held_version(vanished: int, live: int, opened: int) -> None:
    limit = Limit()
    if rows_vanished_too_many(vanished, live, opened, limit).held:
        assert rows_vanished_too_many(vanished + 1, live, opened, limit).held
