"""When a source is due next: pure rules over its `trigger` (harvesting.md 5).

A source is asked again after one minute when it changed, and ever more rarely while it does not, up
to `every`.
"""

from __future__ import annotations

from datetime import timedelta

FLOOR = timedelta(minutes=1)
JITTER = 0.1


def next_interval(every: timedelta, current: timedelta | None, *, changed: bool) -> timedelta:
    """Return the distance to the next run before jitter: the floor on change, else doubled up to `every`."""
    if changed or current is None:
        return FLOOR
    return max(min(current * 2, every), FLOOR)


def with_jitter(interval: timedelta, chance: float) -> timedelta:
    """Return an interval moved by at most ten per cent; `chance` is a random number from 0 to 1."""
    return interval * (1 + JITTER * (2 * chance - 1))
