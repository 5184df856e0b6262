"""Schedule: often after a change, ever more rarely without one, never beyond `every`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.harvest.schedule import FLOOR, next_interval, with_jitter

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("every", "current", "changed", "expected"),
    [
        (DAY, None, False, MINUTE),
        (DAY, MINUTE, False, 2 * MINUTE),
        (DAY, 20 * HOUR, False, DAY),
        (DAY, DAY, True, MINUTE),
        (MINUTE, MINUTE, False, MINUTE),
        (timedelta(seconds=5), MINUTE, False, MINUTE),
    ],
)
def test_hv33_next_interval(
    every: timedelta, current: timedelta | None, changed: bool, expected: timedelta
) -> None:
    assert next_interval(every, current, changed=changed) == expected


@given(
    every=st.timedeltas(FLOOR, timedelta(days=30)),
    current=st.timedeltas(FLOOR, timedelta(days=30)),
    changed=st.booleans(),
)
def test_interval_stays_between_floor_and_every(every: timedelta, current: timedelta, changed: bool) -> None:
    assert FLOOR <= next_interval(every, current, changed=changed) <= every


@given(chance=st.floats(0, 1))
def test_jitter_is_at_most_ten_per_cent(chance: float) -> None:
    assert 0.9 * HOUR <= with_jitter(HOUR, chance) <= 1.1 * HOUR
