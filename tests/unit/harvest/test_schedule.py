"""Schedule: often after a change, ever more rarely without one, on a grid or at an hour, never in quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.clock import WIB
from ckanext.jambi.harvest.schedule import FLOOR, after_quiet, next_due, next_interval, with_jitter
from jambi_harvesters.definition import QuietHours, Trigger

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = QuietHours(time(7), time(16))
NIGHT = QuietHours(time(22), time(5))


def _wib(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


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
    assert next_interval(Trigger(every=every), current, changed=changed) == expected


def test_fixed_interval_does_not_stretch_or_shrink() -> None:
    trigger = Trigger(every=HOUR, adaptive=False)
    assert {next_interval(trigger, MINUTE, changed=changed) for changed in (True, False)} == {HOUR}


@given(
    every=st.timedeltas(FLOOR, timedelta(days=30)),
    current=st.timedeltas(FLOOR, timedelta(days=30)),
    changed=st.booleans(),
)
def test_interval_stays_between_floor_and_every(every: timedelta, current: timedelta, changed: bool) -> None:
    assert FLOOR <= next_interval(Trigger(every=every), current, changed=changed) <= every


@given(chance=st.floats(0, 1))
def test_jitter_is_at_most_ten_per_cent(chance: float) -> None:
    assert 0.9 * HOUR <= with_jitter(HOUR, chance) <= 1.1 * HOUR


@given(
    late=st.timedeltas(timedelta(), 30 * DAY),
    every=st.timedeltas(MINUTE, 2 * DAY),
)
def test_i06_grid_neither_drifts_nor_skips_nor_runs_twice(late: timedelta, every: timedelta) -> None:
    last = _wib(6)
    now = last + late
    due = next_due(Trigger(every=every, adaptive=False), None, every, last, now, 0.9)
    assert now < due <= now + every
    assert (due - last) % every == timedelta()


@pytest.mark.parametrize(
    ("now", "expected"),
    [(_wib(4), _wib(5, 30)), (_wib(5, 30), _wib(5, 30, day=25)), (_wib(23, 59), _wib(5, 30, day=25))],
)
def test_i06_hour_of_the_day_is_that_of_jambi(now: datetime, expected: datetime) -> None:
    due = next_due(Trigger(at=time(5, 30)), None, DAY, None, now.astimezone(UTC), 0.5)
    assert due == expected


@pytest.mark.parametrize(
    ("quiet", "due", "expected"),
    [
        (OFFICE, _wib(6, 59), _wib(6, 59)),
        (OFFICE, _wib(7), _wib(16)),
        (OFFICE, _wib(15, 59), _wib(16)),
        (OFFICE, _wib(16), _wib(16)),
        (NIGHT, _wib(23), _wib(5, day=25)),
        (NIGHT, _wib(4, 59), _wib(5)),
        (None, _wib(12), _wib(12)),
    ],
)
def test_quiet_hours_move_a_run_to_their_end(
    quiet: QuietHours | None, due: datetime, expected: datetime
) -> None:
    assert after_quiet(quiet, due.astimezone(UTC)) == expected


@given(offset=st.timedeltas(timedelta(), 3 * DAY), chance=st.floats(0, 1))
def test_no_run_ever_falls_into_quiet_hours(offset: timedelta, chance: float) -> None:
    due = next_due(Trigger(every=HOUR), NIGHT, HOUR, None, _wib(6) + offset, chance)
    assert not NIGHT.holds(due.astimezone(WIB).time())
