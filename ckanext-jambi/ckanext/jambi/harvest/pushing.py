"""Pushes: rows that a system sends are kept until a run of their own has read them (HV32).

Each push gets a run, and the runs of a source follow one another in the order of its pushes. A body is
deleted when its run has ended, whatever became of it; that the push was made is remembered by its key, so
that sent again it has no second effect.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.connections import RESOLVERS, Connected
from ckanext.jambi.harvest.errors import PushBacklogError, PushChangedError, PushGoneError
from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import push, run, source
from ckanext.jambi.harvest.work import Work
from jambi_harvesters.pushed import PushedConnector

MAX_WAITING = 20


@dataclass(frozen=True, slots=True)
class Push:
    """What a system sent: `mode` is partial or complete, `key` names this push for good."""

    source_id: str
    key: str
    mode: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The run that applies a push, and whether the push was made before."""

    run_id: str
    repeated: bool


def known(connection: Connection, wanted: Push) -> Accepted | None:
    """Return what became of a push of the same key, None if there was none.

    Raises:
        PushChangedError: if that one had another body or mode.
    """
    own = sa.and_(push.c.source_id == wanted.source_id, push.c.key == wanted.key)
    found = connection.execute(sa.select(push.c.run_id, push.c.digest).where(own)).first()
    if found is None:
        return None
    if found.digest != _digest(wanted):
        raise PushChangedError(wanted.key)
    return Accepted(found.run_id, True)


def accept(connection: Connection, wanted: Push) -> Accepted:
    """Keep a push, and put its run into the queue if the source is at rest.

    Raises:
        PushChangedError: if a push of this key with another body or mode was made before.
        PushBacklogError: if too many pushes of the source wait.
    """
    waiting = sa.and_(push.c.source_id == wanted.source_id, push.c.state == "waiting")
    if (connection.scalar(sa.select(sa.func.count()).where(waiting)) or 0) >= MAX_WAITING:
        raise PushBacklogError(
            f"{MAX_WAITING} pushes of this source wait already; send this one again later."
        )
    row = {
        "run_id": str(uuid.uuid4()),
        "source_id": wanted.source_id,
        "key": wanted.key,
        "mode": wanted.mode,
        "media_type": wanted.media_type,
        "digest": _digest(wanted),
        "body": wanted.body,
    }
    statement = insert(push).values(**row).on_conflict_do_nothing(index_elements=["source_id", "key"])
    made = connection.execute(statement.returning(push.c.run_id)).scalar()
    if made is None:
        before = known(connection, wanted)
        return before or accept(connection, wanted)
    enqueue_waiting(connection)
    return Accepted(made, False)


def enqueue_waiting(connection: Connection) -> int:
    """Delete the bodies of runs that have ended, then queue the oldest push of each source at rest."""
    _forget(connection)
    oldest = (
        sa.select(push.c.run_id, push.c.source_id, sa.literal("push"), push.c.received_at)
        .join(source, source.c.source_id == push.c.source_id)
        .where(push.c.state == "waiting", source.c.state == "active")
        .order_by(push.c.source_id, push.c.number)
        .distinct(push.c.source_id)
    )
    statement = insert(run).from_select(["id", "source_id", "trigger", "due_at"], oldest)
    made = connection.scalars(statement.on_conflict_do_nothing().returning(run.c.id)).all()
    if made:
        connection.execute(sa.update(push).where(push.c.run_id.in_(made)).values(state="queued"))
    return len(made)


def opened(work: Work, known_columns: Sequence[str] | None) -> Connected:
    """Return the connector that reads the push of a run in place of its source.

    Raises:
        PushGoneError: if the body is not there any more.
    """
    with work.lease.engine.connect() as connection:
        found = connection.execute(sa.select(push).where(push.c.run_id == work.lease.run_id)).first()
    if found is None or found.body is None:
        raise PushGoneError("The body of this push is not there any more; push it again under a new key.")
    connector = PushedConnector(
        work.definition,
        found.media_type,
        bytes(found.body),
        partial=found.mode == "partial",
        now=work.now,
        resolvers=RESOLVERS,
        known_columns=known_columns,
    )
    return Connected(connector)


def _forget(connection: Connection) -> None:
    ended = sa.and_(run.c.id == push.c.run_id, run.c.finished_at.is_not(None))
    statement = sa.update(push).where(push.c.state == "queued", ended).values(state="ended", body=None)
    connection.execute(statement.values(ended_at=NOW))


def _digest(wanted: Push) -> str:
    return sha256(f"{wanted.mode}\n{wanted.media_type}\n".encode() + wanted.body).hexdigest()
