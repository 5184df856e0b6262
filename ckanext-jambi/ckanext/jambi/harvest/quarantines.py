"""Open quarantines for what a run holds (harvesting.md 8, HV26); at most one a source and reason is open.

A newer run supersedes an open one unless it holds the very same change set: that one is already asked
about, or was rejected, and is not asked about again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi import outbox
from ckanext.jambi.harvest import changes
from ckanext.jambi.harvest.guard import Hold
from ckanext.jambi.harvest.leases import Lease
from ckanext.jambi.harvest.model import incoming, quarantine

SAMPLES = 10


class Holding(Protocol):
    """What holds: a run, its source, and when."""

    lease: Lease
    source: Mapping[str, Any]
    organization_id: str
    now: datetime


def open_for(
    connection: Connection,
    work: Holding,
    holds: Sequence[Hold],
    *,
    whole: bool = False,
    error: str | None = None,
) -> None:
    """Hold the records that `holds` name, and open what is not open yet.

    Args:
        whole: the source was read to its proven end: what waits there and is not held again is superseded.
            Otherwise only a quarantine of the same reason is.
        error: what the source's answer raised, for those who decide.
    """
    waiting = _waiting(connection, work, holds, error)
    known = _known(connection, work.lease.source_id)
    reasons = None if whole else {hold.reason.value for hold in holds}
    _supersede(connection, work, {digest for _, digest in waiting}, reasons)
    fresh = [(hold, digest) for hold, digest in waiting if (hold.reason.value, digest) not in known]
    for hold, digest in fresh:
        _open(connection, work, hold, digest, error)
    outbox.emit_many([_opened(work, hold) for hold, _ in fresh])


def settled(connection: Connection, work: Holding, reasons: Set[str] | None = None) -> None:
    """Supersede what still waits, for any of `reasons` or for all, where a run holds nothing any more."""
    _supersede(connection, work, set(), reasons)


def _waiting(
    connection: Connection, work: Holding, holds: Sequence[Hold], error: str | None
) -> list[tuple[Hold, str]]:
    """Mark what is held, each record by the first hold that names it; return each hold with its hash."""
    parts = _parts(connection, work.lease.run_id)
    waiting = []
    for hold in holds:
        own = [parts.pop(guid) for guid in hold.guids if guid in parts]
        _mark(connection, work.lease.run_id, hold, [part.guid for part in own])
        waiting.append((hold, _change_hash(hold, own, error)))
    return waiting


def _parts(connection: Connection, run_id: str) -> dict[str, Any]:
    columns = (incoming.c.guid, incoming.c.kind, incoming.c.hash)
    rows = connection.execute(sa.select(*columns).where(incoming.c.run_id == run_id))
    return {row.guid: row for row in rows}


def _mark(connection: Connection, run_id: str, hold: Hold, guids: Sequence[str]) -> None:
    if guids:
        connection.execute(
            sa.update(incoming)
            .where(incoming.c.run_id == run_id, incoming.c.guid.in_(guids))
            .values(held=True, reason=hold.reason.value)
        )


def _change_hash(hold: Hold, own: Sequence[Any], error: str | None) -> str:
    parts = [(part.guid, part.kind, part.hash) for part in own]
    return changes.digest(parts or [(hold.reason.value, error or "", str(hold.detail))])


def _known(connection: Connection, source_id: str) -> set[tuple[str, str]]:
    """Return (reason, change hash) of what is open or was rejected."""
    states = (changes.OPEN, changes.REJECTED)
    rows = connection.execute(
        sa.select(quarantine.c.reason, quarantine.c.change_hash).where(
            quarantine.c.source_id == source_id, quarantine.c.state.in_(states)
        )
    )
    return {(row.reason, row.change_hash) for row in rows}


def _supersede(connection: Connection, work: Holding, still: set[str], reasons: Set[str] | None) -> None:
    among = sa.true() if reasons is None else quarantine.c.reason.in_(reasons)
    gone = connection.scalars(
        sa.update(quarantine)
        .where(
            quarantine.c.source_id == work.lease.source_id,
            quarantine.c.state == changes.OPEN,
            among,
            sa.or_(quarantine.c.change_hash.is_(None), quarantine.c.change_hash.not_in(still)),
        )
        .values(state=changes.SUPERSEDED, decided_at=work.now)
        .returning(quarantine.c.id)
    ).all()
    if gone:
        changes.discard(connection, gone)


def _open(connection: Connection, work: Holding, hold: Hold, digest: str, error: str | None) -> None:
    quarantine_id = model.types.make_uuid()
    connection.execute(
        sa.insert(quarantine).values(
            id=quarantine_id,
            source_id=work.lease.source_id,
            run_id=work.lease.run_id,
            reason=hold.reason.value,
            summary={"gone": hold.gone, "live": hold.live, "error": error, **hold.detail},
            samples=_samples(hold),
            change_hash=digest,
            opened_at=work.now,
        )
    )
    connection.execute(
        sa.update(incoming)
        .where(incoming.c.run_id == work.lease.run_id, incoming.c.reason == hold.reason.value)
        .values(quarantine_id=quarantine_id)
    )


def _samples(hold: Hold) -> list[str]:
    pairs: Any = hold.detail.get("pairs") or ()
    return [f"{old} → {new}" for old, new in pairs][:SAMPLES] or sorted(hold.guids)[:SAMPLES]


def _opened(work: Holding, hold: Hold) -> outbox.Event:
    payload: Mapping[str, Any] = {"source": work.source["name"], "reason": hold.reason.value}
    return outbox.Event(
        kind="quarantine.opened",
        organization_id=work.organization_id,
        source_id=work.lease.source_id,
        payload=dict(payload),
    )
