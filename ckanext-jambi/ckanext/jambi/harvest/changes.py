"""Held change sets: kept whole until a person decides, applied exactly as they were shown (HV26).

What a run holds stays in `jambi_harvest_incoming` under its quarantine after the run has ended. An
approved change set is adopted by a run of its own, which reads nothing from the source. Its hash is
over guid, kind and content hash of each part, so that a later reading with other content is another
change set, and the same one is not asked about again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.leases import Lease
from ckanext.jambi.harvest.model import chunk, incoming, quarantine, record, run
from jambi_harvesters.canonical import canonical_json

OPEN, APPROVED, REJECTED, SUPERSEDED = "open", "approved", "rejected", "superseded"


class Applying(Protocol):
    """What applies a change set: a run, by its lease and its row."""

    lease: Lease
    run: Mapping[str, Any]


def digest(parts: Iterable[Sequence[str]]) -> str:
    """Return the hash of a change set; the order of its parts is irrelevant."""
    return sha256(canonical_json(sorted([list(part) for part in parts]))).hexdigest()


def discard(connection: Connection, quarantine_ids: Sequence[str]) -> None:
    """Forget the content that was kept for quarantines."""
    held = sa.select(incoming.c.run_id, incoming.c.guid).where(incoming.c.quarantine_id.in_(quarantine_ids))
    _delete_chunks(connection, held)
    connection.execute(sa.delete(incoming).where(incoming.c.quarantine_id.in_(quarantine_ids)))


def clear(connection: Connection, run_id: str, kept: Sequence[str] = ()) -> None:
    """Forget what a run gathered, but for what waits for a decision, and the records of `kept` guids."""
    loose = sa.and_(incoming.c.run_id == run_id, incoming.c.quarantine_id.is_(None))
    if kept:
        loose &= incoming.c.guid != sa.all_(sa.cast(kept, sa.ARRAY(sa.Text)))
    _delete_chunks(connection, sa.select(incoming.c.run_id, incoming.c.guid).where(loose))
    connection.execute(sa.delete(incoming).where(loose))


def adopt(connection: Connection, work: Applying) -> None:
    """Give a run the change set that was approved for it; a repeated call finds it already there."""
    run_id, wanted = work.lease.run_id, work.run["quarantine_id"]
    same = sa.and_(chunk.c.run_id == incoming.c.run_id, chunk.c.guid == incoming.c.guid)
    connection.execute(sa.update(chunk).where(same, incoming.c.quarantine_id == wanted).values(run_id=run_id))
    connection.execute(
        sa.update(incoming)
        .where(incoming.c.quarantine_id == wanted)
        .values(run_id=run_id, held=False, reason=None, quarantine_id=None)
    )
    _rename(connection, work, wanted)
    _count(connection, run_id)


def _rename(connection: Connection, work: Applying, quarantine_id: str) -> None:
    """Let renamed records keep their datasets: the new guid takes the place of the old one."""
    summary = connection.execute(
        sa.select(quarantine.c.summary).where(quarantine.c.id == quarantine_id)
    ).scalar_one()
    for old, new in (summary or {}).get("pairs") or ():
        own = record.c.source_id == work.lease.source_id
        if not _free(connection, own, new):
            continue
        moved = connection.execute(
            sa.update(record)
            .where(own, record.c.guid == old)
            .values(guid=new, hash=None)
            .returning(record.c.package_id)
        ).scalar()
        if moved is None:
            continue
        mine = incoming.c.run_id == work.lease.run_id
        connection.execute(sa.delete(incoming).where(mine, incoming.c.guid == old))
        connection.execute(
            sa.update(incoming).where(mine, incoming.c.guid == new).values(kind="changed", package_id=moved)
        )


def _free(connection: Connection, own: sa.ColumnElement[bool], guid: str) -> bool:
    """Whether a record may take an id: nothing stands there, or one that could never be imported."""
    named = sa.and_(own, record.c.guid == guid)
    connection.execute(sa.delete(record).where(named, record.c.package_id.is_(None)))
    return not connection.scalar(sa.select(sa.exists().where(named)))


def _count(connection: Connection, run_id: str) -> None:
    kinds: dict[str, Any] = {
        kind: sa.select(sa.func.count())
        .select_from(incoming)
        .where(incoming.c.run_id == run_id, incoming.c.kind == kind)
        .scalar_subquery()
        for kind in ("new", "changed", "vanished")
    }
    connection.execute(sa.update(run).where(run.c.id == run_id).values(complete=True, **kinds))


def _delete_chunks(connection: Connection, keys: sa.Select[Any]) -> None:
    own = sa.tuple_(chunk.c.run_id, chunk.c.guid).in_(keys)
    connection.execute(sa.delete(chunk).where(own))
