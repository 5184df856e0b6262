"""The right to work on a run: a lease by the database's clock, a fencing token, an advisory lock (HV14).

A lease is lost in three ways: its time runs out, its holder's connection closes (then the advisory
lock is free and another worker need not wait for the time), or it is given back. Every commit of a
run carries `fence`, so that a worker which slept through the loss changes nothing (HV15).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ckanext.jambi.freshness import pulse
from ckanext.jambi.harvest.errors import AbortRequestedError, LeaseLostError
from ckanext.jambi.harvest.model import ACTIVE_STATES, run, source, token

log = logging.getLogger(__name__)

LEASE = sa.text("interval '15 seconds'")
HEARTBEAT_SECONDS = 3.0
HEARTBEAT_THREAD = "jambi-heartbeat"
LOCK_CLASS = 0x4A48
NOW = sa.func.clock_timestamp()
TIMER, PUSH = "timer", "push"
_OF_CLOCK = sa.and_(run.c.trigger == TIMER, run.c.state == "queued")
CLAIMS = sa.literal_column("(SELECT last_value FROM jambi_harvest_token)", sa.BigInteger)
# So many claims in a row prefer what somebody waits for; the one after them takes what is due longest.
PREFERRED_CLAIMS = 3


@dataclass(slots=True)
class Lease:
    """A held run; `connection` lives as long as the lease and holds its advisory lock.

    Attributes:
        ours: the source has a definition of ours, and is not another harvester's.
        ending: the run is about to end, so that a wish to abort it is no news any more.
        pause: how long nobody may take the run once it is given back.
    """

    engine: Engine
    connection: Connection
    run_id: str
    source_id: str
    token: int
    ours: bool = True
    ending: bool = False
    pause: timedelta | None = None

    def fence(self, connection: Connection, **values: Any) -> None:
        """Prove inside a transaction that the run is still ours, and write `values` to its row.

        Raises:
            LeaseLostError: if another worker holds it.
            AbortRequestedError: if somebody asked for the run to end.
        """
        statement = (
            sa.update(run)
            .where(run.c.id == self.run_id, run.c.lease_token == self.token)
            .values(lease_until=NOW + LEASE, **values)
            .returning(run.c.abort_requested, run.c.state)
        )
        found = connection.execute(statement).first()
        if found is None:
            raise LeaseLostError(f"Run {self.run_id} was taken over by another worker.")
        if found.abort_requested and not self.ending and found.state not in ("finish", "aborted"):
            raise AbortRequestedError(f"Run {self.run_id} was asked to end.")

    @contextmanager
    def transaction(self, **values: Any) -> Iterator[Connection]:
        """Open a fenced transaction; `values` go to the run's row with the same commit."""
        with self.engine.begin() as connection:
            self.fence(connection, **values)
            yield connection

    def release(self) -> None:
        """Give the lease and the lock back; a run that has not ended is free for the next worker.

        Where the database is away, both end with the connection.
        """
        values: dict[str, Any] = {"lease_owner": None, "lease_token": None, "lease_until": None}
        if self.pause:
            values["due_at"] = NOW + self.pause
        own = sa.and_(run.c.id == self.run_id, run.c.lease_token == self.token)
        try:
            with self.connection.begin():
                self.connection.execute(sa.update(run).where(own).values(**values))
                self.connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK_CLASS, _lock(self.token))))
        except sa.exc.SQLAlchemyError as err:
            log.warning("Lease of run %s ends with its connection: %s", self.run_id, err)
            self.connection.invalidate()
        self.connection.close()


def claim(engine: Engine, owner: str, run_id: str | None = None, *, awaited: bool = False) -> Lease | None:
    """Lease the run whose turn it is (or the one named), or return None if none is free.

    What somebody waits for (a push, a ping, a button, a decision) and what has begun goes before the rounds
    of the clock, except for each fourth claim, so that neither holds up the other. Claims come one after
    the other, so that two workers never begin on one host at once.

    Args:
        awaited: leave rounds of the clock that have not begun to others.
    """
    connection = engine.connect()
    try:
        with connection.begin():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_CLASS)))
            wanted = _free_run(run_id)
            if awaited:
                wanted = wanted.where(sa.not_(_OF_CLOCK))
            found = connection.execute(wanted).first()
            if found is not None:
                return _take(engine, connection, found, owner)
    except sa.exc.SQLAlchemyError:
        connection.invalidate()
        raise
    connection.close()
    return None


def _take(engine: Engine, connection: Connection, found: Any, owner: str) -> Lease:
    number = connection.execute(sa.select(token.next_value())).scalar_one()
    connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK_CLASS, _lock(number))))
    connection.execute(
        sa.update(run)
        .where(run.c.id == found.id)
        .values(
            lease_owner=owner,
            lease_token=number,
            lease_until=NOW + LEASE,
            started_at=sa.func.coalesce(run.c.started_at, NOW),
        )
    )
    return Lease(engine, connection, found.id, found.source_id, number, found.ours)


def _free_run(run_id: str | None) -> sa.Select[Any]:
    holder = sa.text(
        "NOT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 2"
        " AND l.classid = :lock_class AND l.objid = (jambi_harvest_run.lease_token % 2147483647)::oid)"
    ).bindparams(lock_class=LOCK_CLASS)
    free = sa.or_(run.c.lease_token.is_(None), run.c.lease_until < NOW, holder)
    ours = sa.exists().where(source.c.source_id == run.c.source_id).label("ours")
    query = sa.select(run.c.id, run.c.source_id, ours).where(run.c.state.in_(ACTIVE_STATES), free)
    query = query.where(run.c.id == run_id) if run_id else query.where(run.c.due_at <= NOW, _host_is_free())
    return query.order_by(_may_wait(), run.c.due_at).limit(1).with_for_update(skip_locked=True)


def _may_wait() -> sa.ColumnElement[int]:
    """Return 1 for a round of the clock that has not begun, else 0; 0 for all when it is their turn."""
    all_alike = CLAIMS % (PREFERRED_CLAIMS + 1) == 0
    return sa.case((sa.and_(_OF_CLOCK, sa.not_(all_alike)), 1), else_=0)


def asks_nothing(one: Any) -> sa.ColumnElement[bool]:
    """Whether a run applies a decision or reads what was pushed, so that no host is asked."""
    return sa.or_(one.c.trigger == PUSH, one.c.quarantine_id.is_not(None))


def _host_is_free() -> sa.ColumnElement[bool]:
    """One host is one lane: no other run may ask it at the same time (HV16)."""
    own, other_run, other = source.alias(), run.alias(), source.alias()
    busy = (
        sa.select(sa.literal(1))
        .select_from(own)
        .join(other, other.c.host == own.c.host)
        .join(other_run, other_run.c.source_id == other.c.source_id)
        .where(
            own.c.source_id == run.c.source_id,
            other_run.c.id != run.c.id,
            other_run.c.state.in_(ACTIVE_STATES),
            other_run.c.lease_token.is_not(None),
            other_run.c.lease_until >= NOW,
            sa.not_(asks_nothing(other_run)),
        )
    )
    return sa.or_(asks_nothing(run), sa.not_(busy.correlate(run).exists()))


def _lock(number: int) -> int:
    return number % 2147483647


class Heartbeat:
    """Renew a lease every three seconds from a thread of its own, on the lease's own connection."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=HEARTBEAT_THREAD, daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            try:
                if not self._renew():
                    return
            except sa.exc.SQLAlchemyError as err:
                log.warning("Lease of run %s cannot be renewed: %s", self._lease.run_id, err)
                return

    def _renew(self) -> bool:
        with self._lease.connection.begin():
            done = self._lease.connection.execute(
                sa.update(run)
                .where(run.c.id == self._lease.run_id, run.c.lease_token == self._lease.token)
                .values(lease_until=NOW + LEASE)
            )
            pulse.beat(self._lease.connection)
        return done.rowcount == 1
