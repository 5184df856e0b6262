from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.live.patience import LONGEST_WAIT, back_off, is_dead


@pytest.mark.parametrize(
    ("failures", "asked", "seconds"),
    [
        (0, None, 15),
        (1, None, 15),
        (2, None, 30),
        (5, None, 240),
        (9, None, 3_600),
        (10_000, None, 3_600),
        (1, 60.0, 60),
        (1, 1.0, 15),
        (1, 1e9, 3_600),
    ],
)
def test_hv34_webhook_waits_longer_with_each_failure(
    failures: int, asked: float | None, seconds: int
) -> None:
    assert back_off(failures, asked) == timedelta(seconds=seconds)


@given(st.integers(0, 10**6))
def test_hv34_wait_never_falls_and_has_an_end(failures: int) -> None:
    assert back_off(failures) <= back_off(failures + 1) <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("attempts", "hours", "dead"), [(1, 0, False), (9, 23, False), (10, 0, True), (1, 24, True)]
)
def test_hv34_delivery_is_given_up_after_ten_attempts_or_a_day(attempts: int, hours: int, dead: bool) -> None:
    assert is_dead(attempts, timedelta(hours=hours)) is dead
