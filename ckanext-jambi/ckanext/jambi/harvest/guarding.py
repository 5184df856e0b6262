"""Apply the guards to what a run gathered, in one transaction (harvesting.md 6, stage `guard`).

The rules are in `guard` and `diff`; here the figures are counted, held records are marked, and a
quarantine is opened for each reason. Killed here, the whole stage is computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi import outbox
from ckanext.jambi.harvest import diff, guard, rows
from ckanext.jambi.harvest.guard import Hold, Reason
from ckanext.jambi.harvest.model import incoming, quarantine, record, run
from ckanext.jambi.harvest.transactions import batch_transaction
from ckanext.jambi.harvest.work import Work

SAMPLES = 10


def apply_guards(work: Work) -> None:
    """Judge the run's change set and move the run on to `import`."""
    with batch_transaction(work.lease, state="import") as connection:
        stated = connection.execute(sa.select(run).where(run.c.id == work.lease.run_id)).one()
        kept = connection.execute(sa.select(incoming).where(incoming.c.run_id == work.lease.run_id)).all()
        pairs = _renames(connection, work, kept)
        facts = _facts(connection, work, stated, kept, len(pairs))
        verdict = guard.judge(facts, work.limit, work.definition.guard.min_rows)
        holds = [*verdict.holds, *_hold_tables(connection, work, kept)]
        _hold(connection, work, _held_guids(verdict, kept, pairs))
        open_quarantines(connection, work, holds, _samples(kept, pairs))
        model.Session.commit()


def open_quarantines(
    connection: Connection,
    work: Work,
    holds: Sequence[Hold],
    samples: Sequence[str] = (),
    error: str | None = None,
) -> None:
    """Open a quarantine for each hold; a newer run supersedes an open one and keeps its history."""
    for hold in holds:
        own = sa.and_(
            quarantine.c.source_id == work.lease.source_id,
            quarantine.c.reason == hold.reason.value,
            quarantine.c.state == "open",
        )
        connection.execute(sa.update(quarantine).where(own).values(state="superseded", decided_at=work.now))
        connection.execute(
            sa.insert(quarantine).values(
                id=model.types.make_uuid(),
                source_id=work.lease.source_id,
                run_id=work.lease.run_id,
                reason=hold.reason.value,
                summary={"gone": hold.gone, "live": hold.live, "error": error},
                samples=list(samples),
                opened_at=work.now,
            )
        )
    outbox.emit_many([_opened(work, hold) for hold in holds])


def live_records(connection: Connection, source_id: str) -> dict[str, str | None]:
    """Return guid and hash of the records of a source that are public or drafts, and not missing."""
    query = sa.select(record.c.guid, record.c.hash).where(
        record.c.source_id == source_id, record.c.package_id.is_not(None), record.c.missing_since.is_(None)
    )
    return {row.guid: row.hash for row in connection.execute(query)}


def _opened(work: Work, hold: Hold) -> outbox.Event:
    return outbox.Event(
        kind="quarantine.opened",
        organization_id=work.organization_id,
        source_id=work.lease.source_id,
        payload={"source": work.source["name"], "reason": hold.reason.value},
    )


def _facts(connection: Connection, work: Work, stated: Any, kept: Sequence[Any], renamed: int) -> guard.Facts:
    own = record.c.source_id == work.lease.source_id
    live = sa.and_(own, record.c.package_id.is_not(None), record.c.missing_since.is_(None))
    buried = sa.and_(own, record.c.missing_since > work.now - guard.WINDOW)
    count = sa.func.count()
    figures = connection.execute(
        sa.select(count.filter(live).label("live"), count.filter(buried).label("buried")).select_from(record)
    ).one()
    return guard.Facts(
        complete=stated.complete,
        seen=stated.seen,
        live=figures.live,
        vanished=sum(item.kind == "vanished" for item in kept),
        buried=figures.buried,
        renamed=renamed,
    )


def _renames(connection: Connection, work: Work, kept: Sequence[Any]) -> list[tuple[str, str]]:
    gone = {item.guid: item.hash for item in kept if item.kind == "vanished"}
    new = {item.guid: item.hash for item in kept if item.kind == "new"}
    return diff.rename_pairs(gone, new)


def _hold_tables(connection: Connection, work: Work, kept: Sequence[Any]) -> list[Hold]:
    """Hold each table that lost too many rows; the public one stays as it is."""
    holds = []
    for item in kept:
        verdict = rows.judge(connection, work, item) if item.content.get("table") else None
        if verdict and verdict.held:
            _hold(connection, work, [item.guid])
            holds.append(Hold(Reason.ROWS_VANISHED, verdict.vanished, verdict.allowed))
    return holds


def _held_guids(verdict: guard.Verdict, kept: Sequence[Any], pairs: Sequence[tuple[str, str]]) -> list[str]:
    held = {guid for pair in pairs for guid in pair}
    for item in kept:
        if not (verdict.buries if item.kind == "vanished" else verdict.imports):
            held.add(item.guid)
    return sorted(held)


def _hold(connection: Connection, work: Work, guids: Sequence[str]) -> None:
    if guids:
        connection.execute(
            sa.update(incoming)
            .where(incoming.c.run_id == work.lease.run_id, incoming.c.guid.in_(guids))
            .values(held=True)
        )


def _samples(kept: Sequence[Any], pairs: Sequence[tuple[str, str]]) -> list[str]:
    gone = [item.guid for item in kept if item.kind == "vanished"]
    return [f"{old} → {new}" for old, new in pairs][:SAMPLES] or sorted(gone)[:SAMPLES]
