"""Duties by the clock: what must happen every so often, whoever runs it, once.

A room registers a `Tick` by the entry point group `jambi.ticks`. Due instants are rows in
PostgreSQL, leased by the database's clock, so that any number of workers run each duty once.
A long one is done apart, by CKAN's job worker; a job that is lost is made anew when its lease ends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from importlib.metadata import entry_points
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from redis.exceptions import RedisError
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.model import tick

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
ZONE = "Asia/Jakarta"


@dataclass(frozen=True, slots=True)
class Tick:
    """A duty: `run` commits what it does and may be called again after a crash.

    Attributes:
        interval: how long after its end it is due again.
        at: time of day (WIB) of a daily duty, in place of that; a new portal waits for it, too.
        apart: how long it may take at most, for one that would keep a worker from its runs.
    """

    name: str
    interval: timedelta
    run: Callable[[], None]
    at: time | None = None
    apart: timedelta | None = None


def registered() -> list[Tick]:
    """Return the duties of the rooms whose plugin is on; the names of entry points begin with the room."""
    found = entry_points(group="jambi.ticks")
    return [point.load() for point in found if p.plugin_loaded(f"jambi_{point.name.partition('_')[0]}")]


def run_due(duties: Iterable[Tick]) -> list[str]:
    """Run the duties that are due and that nobody else holds; return their names."""
    return [duty.name for duty in duties if _lease(duty) and (_send if duty.apart else _run)(duty)]


def run_apart(name: str) -> None:
    """Run a duty in the process of a background job, unless another job did so meanwhile."""
    is_due = sa.select(tick.c.name).where(tick.c.name == name, tick.c.due_at <= sa.func.clock_timestamp())
    for duty in registered():
        if duty.name == name and model.Session.scalar(is_due):
            _run(duty)


def _lease(duty: Tick) -> bool:
    """Take the duty if it is due; the row is made on first sight."""
    now = sa.func.clock_timestamp()
    first = now if duty.at is None else _next(duty)
    model.Session.execute(insert(tick).values(name=duty.name, due_at=first).on_conflict_do_nothing())
    free = sa.or_(tick.c.lease_until.is_(None), tick.c.lease_until < now)
    taken = model.Session.execute(
        sa.update(tick)
        .where(tick.c.name == duty.name, tick.c.due_at <= now, free)
        .values(lease_until=now + (duty.apart or LEASE))
        .returning(tick.c.name)
    ).first()
    model.Session.commit()
    return taken is not None


def _send(duty: Tick) -> bool:
    """Let the job worker run a duty; where no job can be made, a worker tries again after a while."""
    seconds = int((duty.apart or LEASE).total_seconds())
    try:
        tk.enqueue_job(run_apart, [duty.name], title=duty.name, rq_kwargs={"timeout": seconds})
    except RedisError as err:
        log.warning("Duty %s waits: no background job can be made: %s", duty.name, err)
        again = sa.func.clock_timestamp() + LEASE
        model.Session.execute(sa.update(tick).where(tick.c.name == duty.name).values(lease_until=again))
        model.Session.commit()
        return False
    return True


def _run(duty: Tick) -> bool:
    error = None
    try:
        duty.run()
    except Exception as err:
        model.Session.rollback()
        log.exception("Duty %s failed", duty.name)
        error = f"{type(err).__name__}: {err}"[:500]
    now = sa.func.clock_timestamp()
    model.Session.execute(
        sa.update(tick)
        .where(tick.c.name == duty.name)
        .values(lease_until=None, last_run_at=now, due_at=_next(duty), last_error=error)
    )
    model.Session.commit()
    return error is None


def _next(duty: Tick) -> sa.ColumnElement[Any]:
    """Return when a duty that ends now is due again."""
    now = sa.func.clock_timestamp()
    if duty.at is None:
        return now + duty.interval
    hour = timedelta(hours=duty.at.hour, minutes=duty.at.minute)
    today = sa.func.date_trunc("day", sa.func.timezone(ZONE, now) - hour)
    return sa.func.timezone(ZONE, today + duty.interval + hour)
