"""When a source is due next: pure rules over its `trigger` and `polite` (harvesting.md 5).

An adaptive source is asked again after one minute when it changed, and ever more rarely while it does
not, up to `every`. Others keep a grid, so that a slow run does not make the next one late. In quiet
hours nothing is polled; clock times are those of Jambi (WIB).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from ckanext.jambi.clock import WIB
from jambi_harvesters.definition import QuietHours, Trigger

FLOOR = timedelta(minutes=1)
JITTER = 0.1
DAY = timedelta(days=1)


def next_interval(trigger: Trigger, current: timedelta | None, *, changed: bool) -> timedelta:
    """Return the distance to the next run before jitter: the floor on change, else doubled up to `every`."""
    if not trigger.adaptive:
        return max(trigger.every, FLOOR)
    if changed or current is None:
        return FLOOR
    return max(min(current * 2, trigger.every), FLOOR)


def next_due(
    trigger: Trigger,
    quiet: QuietHours | None,
    interval: timedelta,
    last_due: datetime | None,
    now: datetime,
    chance: float,
) -> datetime:
    """Return the instant of the next run.

    Args:
        interval: as `next_interval` gave it.
        last_due: when this run was due; the grid of a source that is not adaptive goes on from there.
        now: aware instant.
        chance: random number from 0 to 1, for the jitter.
    """
    if trigger.at is not None:
        due = _next_at(trigger.at, now)
    elif trigger.adaptive:
        due = now + with_jitter(interval, chance)
    else:
        due = _on_grid(interval, last_due or now, now)
    return after_quiet(quiet, due)


def after_quiet(quiet: QuietHours | None, due: datetime) -> datetime:
    """Return an instant itself, or the end of the quiet hours that it falls into."""
    if quiet is None or not quiet.holds(due.astimezone(WIB).time()):
        return due
    return _next_at(quiet.until, due)


def with_jitter(interval: timedelta, chance: float) -> timedelta:
    """Return an interval moved by at most ten per cent; `chance` is a random number from 0 to 1."""
    return interval * (1 + JITTER * (2 * chance - 1))


def _next_at(at: time, now: datetime) -> datetime:
    local = now.astimezone(WIB)
    found = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return found if found > local else found + DAY


def _on_grid(interval: timedelta, last_due: datetime, now: datetime) -> datetime:
    steps = max((now - last_due) // interval + 1, 1)
    return last_due + steps * interval
