"""The harvest room's checks: no stock consumers, a worker that lives, sources that may publish (HV04)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.doctor import Check, UnwellError
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import ACTIVE_STATES, run, source
from ckanext.jambi.model import tick

ROOM = "jambi_harvest"
PROCESSES = Path("/proc")
STOCK = re.compile(r"\bharvester\0(?:-[^\0]*\0)*(?:gather-consumer|fetch-consumer|run)\0")
SILENT = timedelta(minutes=2)


def consumers() -> str:
    """No queue consumer or cron of ckanext-harvest runs on this machine."""
    found = sorted(_stock_processes())
    if found:
        raise UnwellError(
            f"ckanext-harvest's own consumers run here: process {', '.join(map(str, found))}.",
            "End them and take them out of cron and supervisor: two engines would harvest the same sources.",
        )
    return "No consumers of ckanext-harvest run here"


def worker() -> str:
    """A worker was at work within the last minutes."""
    leased = sa.select(sa.func.max(run.c.lease_until)).where(run.c.state.in_(ACTIVE_STATES)).scalar_subquery()
    ticked = sa.select(sa.func.max(tick.c.last_run_at)).scalar_subquery()
    with model.meta.engine.connect() as connection:
        silence = connection.scalar(sa.select(NOW - sa.func.greatest(leased, ticked)))
    if silence is None or silence > SILENT:
        since = "ever" if silence is None else f"for {int(silence.total_seconds() // 60)} minutes"
        raise UnwellError(
            f"No worker was at work {since}.",
            "Start one: ckan jambi harvest worker (a service that restarts)",
        )
    return "A worker is at work"


def approvals() -> str:
    """Active sources may publish."""
    waiting = sa.and_(
        source.c.state == "active", source.c.approved_hash.is_distinct_from(source.c.definition_hash)
    )
    with model.meta.engine.connect() as connection:
        names = connection.scalars(sa.select(source.c.name).where(waiting).order_by(source.c.name)).all()
    if names:
        raise UnwellError(
            f"Without approval, so that their new datasets stay private drafts: {', '.join(names)}.",
            "A reviewer approves them: ckan jambi source approve, or the source's page.",
            warning=True,
        )
    return "All active sources may publish"


def _stock_processes() -> Iterator[int]:
    for entry in PROCESSES.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if STOCK.search((entry / "cmdline").read_bytes().decode(errors="replace")):
                    yield int(entry.name)


CHECKS = (
    Check("consumers", consumers, ROOM),
    Check("worker", worker, ROOM),
    Check("approvals", approvals, ROOM),
)
