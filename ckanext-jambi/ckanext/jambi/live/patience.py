"""How long a webhook waits after failures, and when a delivery is given up: pure rules."""

from __future__ import annotations

from datetime import timedelta

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
MAX_ATTEMPTS = 10
GIVE_UP = timedelta(hours=24)


def back_off(failures: int, asked: float | None = None) -> timedelta:
    """Return how long to wait after so many failures in a row.

    Args:
        asked: seconds that the receiver asked for (`Retry-After`); at most an hour is granted.
    """
    doublings = min(max(failures, 1) - 1, 20)
    wait = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    return wait if asked is None else max(wait, min(timedelta(seconds=asked), LONGEST_WAIT))


def is_dead(attempts: int, age: timedelta) -> bool:
    """Whether a delivery that failed again is given up."""
    return attempts >= MAX_ATTEMPTS or age >= GIVE_UP
