"""How far a run has come: stage, n of m, pace, time left, what it waits for, its place in the queue (HV28).

Read from rows that the run writes at least every two seconds; nothing is asked of a worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.leases import NOW, TIMER
from ckanext.jambi.harvest.model import ENDED_STATES, host, incoming, run, source
from ckanext.jambi.harvest.queue import WAITING

SURE_AFTER_SECONDS = 10.0
WIDE, NARROW = 0.5, 0.2


def of(connection: Connection, found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how far a run has come, or None if it has ended.

    Returns:
        `stage`, `done`, `total` (null if nobody knows), `per_second`, `left_seconds` with
        `margin_seconds` (null without a pace), `wait_seconds` until the host may be asked again, and
        `place` in the queue (1 is next; null once it has begun).
    """
    if found["state"] in ENDED_STATES:
        return None
    now = connection.execute(sa.select(NOW)).scalar_one()
    done, total = _counts(connection, found)
    seconds = (now - found["started_at"]).total_seconds() if found["started_at"] else 0.0
    return {
        "stage": found["state"],
        "done": done,
        "total": total,
        **pace(done, total, seconds),
        "wait_seconds": _wait(connection, found, now),
        "place": _place(connection, found) if found["state"] == "queued" else None,
    }


def pace(done: int, total: int | None, seconds: float) -> dict[str, float | None]:
    """Return pace and time left by what was done so far; the margin narrows after ten seconds."""
    if not done or seconds <= 0:
        return {"per_second": None, "left_seconds": None, "margin_seconds": None}
    per_second = done / seconds
    left = None if total is None else max(total - done, 0) / per_second
    share = NARROW if seconds >= SURE_AFTER_SECONDS else WIDE
    margin = None if left is None else left * share
    return {"per_second": per_second, "left_seconds": left, "margin_seconds": margin}


def _counts(connection: Connection, found: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return (done, total) of the stage: records read, or records imported."""
    if found["state"] != "import":
        return found["seen"] or 0, found["expected"] or _last_seen(connection, found)
    own = sa.and_(incoming.c.run_id == found["id"], sa.not_(incoming.c.held), incoming.c.kind != "vanished")
    counted = sa.select(sa.func.count(), sa.func.count().filter(incoming.c.imported)).where(own)
    total, done = connection.execute(counted).one()
    return done, total


def _last_seen(connection: Connection, found: Mapping[str, Any]) -> int | None:
    """Return how much the last complete run read."""
    query = (
        sa.select(run.c.seen)
        .where(run.c.source_id == found["source_id"], run.c.complete, run.c.seen > 0, run.c.id != found["id"])
        .order_by(run.c.finished_at.desc())
        .limit(1)
    )
    seen: int | None = connection.scalar(query)
    return seen


def _wait(connection: Connection, found: Mapping[str, Any], now: datetime) -> float:
    query = (
        sa.select(host.c.free_at)
        .join(source, source.c.host == host.c.host)
        .where(source.c.source_id == found["source_id"])
    )
    free_at = connection.scalar(query)
    return max((free_at - now).total_seconds(), 0.0) if free_at else 0.0


def _place(connection: Connection, found: Mapping[str, Any]) -> int:
    """Return how many runs go first, and one: what somebody waits for goes before the rounds of the clock."""
    earlier, awaited = run.c.due_at < found["due_at"], run.c.trigger != TIMER
    first = sa.or_(earlier, awaited) if found["trigger"] == TIMER else sa.and_(earlier, awaited)
    before = sa.select(sa.func.count()).where(WAITING, first)
    return (connection.scalar(before) or 0) + 1
