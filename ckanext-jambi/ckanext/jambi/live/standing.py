"""How the portal stands now: its worker, its sources, and how soon changes are public (web.md 7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ckanext.jambi.harvest import breaker
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import ACTIVE_STATES, run, source
from ckanext.jambi.model import event, tick

SPAN = timedelta(hours=24)
TOLD = {"push": "push", "ping": "ping"}
"""Triggers by which a system tells that it changed; all others are the portal's own asking."""


def now(connection: Connection) -> dict[str, Any]:
    """Return the state of engine, sources, events and latencies; instants as text, spans in seconds."""
    at = connection.execute(sa.select(NOW)).scalar_one()
    return {
        "at": at.isoformat(),
        "engine": _engine(connection, at),
        "sources": _sources(connection),
        "events": _events(connection),
        "latency": _latencies(connection),
    }


def _engine(connection: Connection, at: datetime) -> dict[str, Any]:
    """Return what waits and what is at work; `silent_seconds` since a worker gave a sign, None if never."""
    waits = sa.and_(run.c.state == "queued", run.c.due_at <= NOW)
    last = sa.select(sa.func.max(tick.c.last_run_at)).scalar_subquery()
    asked = sa.select(
        sa.func.count().filter(waits).label("waiting"),
        sa.func.min(run.c.due_at).filter(waits).label("oldest"),
        sa.func.count().filter(run.c.lease_until > NOW).label("working"),
        last.label("last"),
    ).where(run.c.state.in_(ACTIVE_STATES))
    found = connection.execute(asked).one()
    return {
        "waiting": found.waiting,
        "oldest_waiting_seconds": _seconds(at, found.oldest),
        "working": found.working,
        "silent_seconds": _seconds(at, found.last),
    }


def _sources(connection: Connection) -> dict[str, int]:
    counts = dict.fromkeys((health.value for health in breaker.Health), 0)
    states = sa.select(source.c.state, source.c.failures, source.c.probe_failures)
    for state, failures, probed in connection.execute(states):
        counts[breaker.health(state, failures, probed or 0).value] += 1
    return counts


def _events(connection: Connection) -> dict[str, Any]:
    query = sa.select(sa.func.count().label("count"), sa.func.max(event.c.emitted_at).label("newest")).where(
        event.c.public, event.c.emitted_at > NOW - SPAN
    )
    found = connection.execute(query).one()
    return {"last_day": found.count, "newest_at": found.newest.isoformat() if found.newest else None}


def _latencies(connection: Connection) -> list[dict[str, Any]]:
    """Return, by what started them, how long runs of a day took from their due time to their end.

    Only runs that changed something count; what a system pushed or told is due when it told.
    """
    spent = sa.func.extract("epoch", run.c.finished_at - run.c.due_at)
    way = sa.case(TOLD, value=run.c.trigger, else_="poll")
    query = (
        sa.select(
            way.label("way"),
            sa.func.count().label("runs"),
            sa.func.percentile_cont(0.5).within_group(spent).label("median"),
            sa.func.percentile_cont(0.95).within_group(spent).label("p95"),
        )
        .where(run.c.finished_at > NOW - SPAN, run.c.new + run.c.changed + run.c.vanished > 0)
        .group_by(way)
        .order_by(way)
    )
    return [_latency(row) for row in connection.execute(query)]


def _latency(row: Row[Any]) -> dict[str, Any]:
    return {
        "way": row.way,
        "runs": row.runs,
        "median_seconds": round(float(row.median), 3),
        "p95_seconds": round(float(row.p95), 3),
    }


def _seconds(at: datetime, since: datetime | None) -> float | None:
    return None if since is None else max(round((at - since).total_seconds(), 1), 0.0)
