"""What a person decides: held change sets, and records that their source no longer lists (HV26).

A decision binds to the change set that was shown: who approves names its hash, and what is applied is
that kept content, by a run of its own, whatever the source says meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi import clock, outbox
from ckanext.jambi.harvest import changes, diff, queue, schemas, screening
from ckanext.jambi.harvest.errors import DecisionRefusedError
from ckanext.jambi.harvest.guard import Reason
from ckanext.jambi.harvest.model import incoming, quarantine, record, source

SHOWN_CHANGES = 200


def show(connection: Connection, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a quarantine would change: counts, the first 200 changes, whether it can be approved."""
    held = incoming.c.quarantine_id == found["id"]
    counts = connection.execute(
        sa.select(incoming.c.kind, sa.func.count().label("number")).where(held).group_by(incoming.c.kind)
    )
    parts = connection.execute(
        sa.select(incoming, record.c.package_id.label("present"))
        .outerjoin(
            record,
            sa.and_(record.c.source_id == found["source_id"], record.c.guid == incoming.c.guid),
        )
        .where(held)
        .order_by(incoming.c.kind, incoming.c.position, incoming.c.guid)
        .limit(SHOWN_CHANGES)
    ).all()
    return {
        "counts": {row.kind: row.number for row in counts},
        "changes": [_change(part) for part in parts],
        "approvable": found["state"] == changes.OPEN and _approvable(found, bool(parts)),
    }


def decide(
    connection: Connection, found: Mapping[str, Any], *, approve: bool, change_hash: str, note: str, by: str
) -> str | None:
    """Decide an open quarantine; return the id of the run that applies it, if one is needed.

    Raises:
        DecisionRefusedError: if it is not open any more, is another change set than the one shown,
            cannot be approved, or a run of the source is at work (to reject: the run that holds it).
    """
    connection.execute(
        sa.select(source.c.source_id).where(source.c.source_id == found["source_id"]).with_for_update()
    )
    fresh = connection.execute(sa.select(quarantine).where(quarantine.c.id == found["id"])).mappings()
    now_found = dict(fresh.one())
    _require_decidable(connection, now_found, approve, change_hash)
    connection.execute(
        sa.update(quarantine)
        .where(quarantine.c.id == found["id"])
        .values(
            state=changes.APPROVED if approve else changes.REJECTED,
            decided_by=by,
            decided_at=clock.now(),
            note=note,
        )
    )
    _tell(found, approve)
    if approve:
        return _apply(connection, now_found, by)
    changes.discard(connection, [found["id"]])
    return None


def restore(connection: Connection, source_id: str, guid: str) -> str:
    """Keep the dataset of a vanished record public though its source does not list it; return its id.

    Raises:
        DecisionRefusedError: if the record has not vanished.
    """
    package_id = connection.execute(
        sa.update(record)
        .where(
            record.c.source_id == source_id,
            record.c.guid == diff.key(guid),
            record.c.missing_since.is_not(None),
            record.c.package_id.is_not(None),
        )
        .values(missing_since=None, tombstone_until=None, kept_since=clock.now())
        .returning(record.c.package_id)
    ).scalar()
    if package_id is None:
        raise DecisionRefusedError(tk._("This record has not vanished; there is nothing to restore."))
    return package_id


def _change(part: Any) -> dict[str, Any]:
    content = part.content
    table = content.get("table")
    return {
        "guid": part.guid,
        "kind": part.kind,
        "title": (content.get("fields") or {}).get("title"),
        "package_id": part.present or part.package_id,
        "rows": table["rows"] if table else None,
    }


def _approvable(found: Mapping[str, Any], kept: bool) -> bool:
    if found["reason"] in screening.REASONS:
        return found["reason"] == Reason.PERSONAL_DATA_REVIEW
    return kept or (found["reason"] == Reason.SCHEMA_DRIFT and bool(schemas.only_new(_columns(found))))


def _columns(found: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    return (found["summary"] or {}).get("columns") or ()


def _require_decidable(
    connection: Connection, found: Mapping[str, Any], approve: bool, change_hash: str
) -> None:
    if found["state"] != changes.OPEN:
        raise DecisionRefusedError(tk._("This was decided already, or a newer run has taken its place."))
    if found["change_hash"] != change_hash:
        raise DecisionRefusedError(
            tk._("This is another change set than the one you were shown; look at it again.")
        )
    kept = connection.scalar(sa.select(sa.exists().where(incoming.c.quarantine_id == found["id"])))
    if approve and not _approvable(found, bool(kept)):
        raise DecisionRefusedError(
            tk._("This cannot be approved: correct the source or its definition, then run it again.")
        )
    # What a run held is part of how it ends: that run itself must have ended before anything is discarded.
    if queue.at_work(connection, found["source_id"], None if approve else found["run_id"]):
        raise _at_work()


def _apply(connection: Connection, found: Mapping[str, Any], by: str) -> str:
    if found["reason"] == Reason.SCHEMA_DRIFT:
        schemas.approve(connection, found["source_id"], schemas.only_new(_columns(found)), by)
        return queue.enqueue(connection, found["source_id"], "decision", mode="complete")
    if found["reason"] == Reason.PERSONAL_DATA_REVIEW:
        changes.discard(connection, [found["id"]])
        return queue.enqueue(connection, found["source_id"], "decision", mode="complete")
    run_id = queue.enqueue_decision(connection, found["source_id"], found["id"])
    if run_id is None:
        raise _at_work()
    return run_id


def _at_work() -> DecisionRefusedError:
    return DecisionRefusedError(tk._("A run of this source is at work; decide when it has ended."))


def _tell(found: Mapping[str, Any], approve: bool) -> None:
    decision = changes.APPROVED if approve else changes.REJECTED
    outbox.emit(
        outbox.Event(
            kind="quarantine.decided",
            source_id=found["source_id"],
            payload={"reason": found["reason"], "decision": decision},
        )
    )
