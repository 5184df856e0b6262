"""Duties by the clock: what must happen every so often, whoever runs it, once.

A room registers a `Tick` by the entry point group `jambi.ticks`. Due instants are rows in
PostgreSQL, leased by the database's clock, so that any number of workers run each duty once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import entry_points

import ckan.plugins as p
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.model import tick

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Tick:
    """A duty: `run` commits what it does and may be called again after a crash."""

    name: str
    interval: timedelta
    run: Callable[[], None]


def registered() -> list[Tick]:
    """Return the duties of the rooms whose plugin is on; the names of entry points begin with the room."""
    found = entry_points(group="jambi.ticks")
    return [point.load() for point in found if p.plugin_loaded(f"jambi_{point.name.partition('_')[0]}")]


def run_due(duties: Iterable[Tick]) -> list[str]:
    """Run the duties that are due and that nobody else holds; return their names."""
    return [duty.name for duty in duties if _lease(duty) and _run(duty)]


def _lease(duty: Tick) -> bool:
    """Take the duty if it is due; the row is made on first sight."""
    now = sa.func.clock_timestamp()
    model.Session.execute(insert(tick).values(name=duty.name, due_at=now).on_conflict_do_nothing())
    free = sa.or_(tick.c.lease_until.is_(None), tick.c.lease_until < now)
    taken = model.Session.execute(
        sa.update(tick)
        .where(tick.c.name == duty.name, tick.c.due_at <= now, free)
        .values(lease_until=now + LEASE)
        .returning(tick.c.name)
    ).first()
    model.Session.commit()
    return taken is not None


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
        .values(lease_until=None, last_run_at=now, due_at=now + duty.interval, last_error=error)
    )
    model.Session.commit()
    return error is None
