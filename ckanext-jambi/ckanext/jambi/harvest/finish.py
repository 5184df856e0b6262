"""End a run in one transaction: tombstones, counters, job, schedule, notices (stage `finish`).

Also what ends a run that failed or was aborted: rows that reached the DataStore before are given
their metadata, and the rest is forgotten.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi import clock, outbox
from ckanext.jambi.freshness import evidence, feeds
from ckanext.jambi.harvest import (
    breaker,
    changes,
    guard,
    objects,
    places,
    quarantines,
    queue,
    records,
    rows,
    schedule,
    schemas,
)
from ckanext.jambi.harvest.leases import NOW, Lease
from ckanext.jambi.harvest.model import incoming, quarantine, record, run, source
from ckanext.jambi.harvest.transactions import batch_transaction
from ckanext.jambi.harvest.work import Work
from jambi_harvesters.sources import connector_for


@dataclass(slots=True)
class Outcome:
    """How a run ended, and what is to be kept of it."""

    state: str
    counts: dict[str, int] = field(default_factory=dict)
    error_code: str | None = None
    error: str | None = None
    markers: Any = None
    cursor: Any = None
    complete: bool = False
    read: bool = False
    holds: Sequence[guard.Hold] = ()
    retry_at: datetime | None = None

    @property
    def good(self) -> bool:
        """Whether the source was reached and read."""
        return self.state in ("succeeded", "unchanged", "partial", "quarantined")

    @property
    def unread(self) -> bool:
        """Whether the source said that nothing changed, and nothing was read."""
        return self.state == "unchanged" and not self.read

    @property
    def changed(self) -> bool:
        """Whether the source listed something else than before."""
        return any(self.counts.get(name) for name in ("new", "changed", "vanished"))


def finish(work: Work, outcome: Outcome) -> None:
    """Write the end of a run; repeated after a kill, it writes the same."""
    with batch_transaction(work.lease, state="finish") as connection:
        if work.unnoted:
            work.unnoted(connection)
        _judge_holds(connection, work, outcome)
        if _worth_a_job(connection, work, outcome):
            _end_job(connection, work, objects.ensure_job(connection, work.lease, work.now), outcome)
        _tell(work, outcome)
        if work.asks_source:
            _observe(connection, work, outcome)
            _tell_feeds(connection, work, outcome)
        model.Session.commit()
        if not (outcome.unread and work.fresh):
            _clear(connection, work, outcome)
        _end_run(connection, work, outcome)
        _schedule(connection, work, outcome)


def _judge_holds(connection: Connection, work: Work, outcome: Outcome) -> None:
    """Open what an error holds; a whole reading that holds nothing settles what waited."""
    if outcome.holds:
        quarantines.open_for(connection, work, outcome.holds, error=outcome.error)
    elif outcome.read and outcome.complete and not outcome.counts.get("held") and not work.decided:
        quarantines.settled(connection, work)


def _clear(connection: Connection, work: Work, outcome: Outcome) -> None:
    """Bury what vanished, and forget what the run had kept for its own work."""
    _note_columns(connection, work, outcome)
    _bury(connection, work)
    rows.drop_intents(connection, work.lease.run_id)
    changes.clear(connection, work.lease.run_id)
    if work.run["quarantine_id"]:
        changes.discard(connection, [work.run["quarantine_id"]])
    places.forget(connection, work.lease.run_id)


def _note_columns(connection: Connection, work: Work, outcome: Outcome) -> None:
    if outcome.read and outcome.good:
        columns = connection.scalar(sa.select(run.c.columns).where(run.c.id == work.lease.run_id))
        if columns:
            schemas.note(connection, work.lease.source_id, work.definition, columns)


def _bury(connection: Connection, work: Work) -> None:
    """Open the tombstones of records that vanished within the limit; datasets stay public for 7 days."""
    gone = sa.select(incoming.c.guid).where(
        incoming.c.run_id == work.lease.run_id, incoming.c.kind == "vanished", sa.not_(incoming.c.held)
    )
    buried = connection.execute(
        sa.update(record)
        .where(
            record.c.source_id == work.lease.source_id,
            record.c.guid.in_(gone),
            record.c.missing_since.is_(None),
        )
        .values(missing_since=work.now, tombstone_until=_grace_ends(work))
        .returning(record.c.package_id)
    ).all()
    if not buried:
        return
    ids = [row.package_id for row in buried]
    own = sa.select(model.Package.id, model.Package.private).where(model.Package.id.in_(ids))
    about = (work.lease.source_id, work.organization_id)
    outbox.emit_many(
        [
            records.tombstoned(*about, each.id, _grace_ends(work), public=not each.private)
            for each in connection.execute(own)
        ]
    )
    model.Session.commit()


def _grace_ends(work: Work) -> datetime:
    return work.now + timedelta(days=work.definition.guard.grace_days)


def finish_unopened(lease: Lease, code: str, error: str) -> None:
    """End a run whose source cannot even be opened: a definition that is no longer valid, a foreign kind."""
    now = clock.now()
    with lease.transaction(state="failed", error_code=code, error=error, finished_at=NOW) as connection:
        job_id = connection.execute(sa.select(run.c.job_id).where(run.c.id == lease.run_id)).scalar()
        if job_id:
            objects.put_gather_error(connection, job_id, error, now)
            objects.finish_job(connection, job_id, now)
        own = source.c.source_id == lease.source_id
        connection.execute(
            sa.update(source)
            .where(own)
            .values(next_due_at=NOW + evidence.AGAIN, failures=source.c.failures + 1, **queue.NO_FOLLOW_UP)
        )
        _tell_unopened(connection, lease.source_id, code)


def _tell_unopened(connection: Connection, source_id: str, code: str) -> None:
    package = model.Package.__table__
    query = sa.select(package.c.name, package.c.owner_org).where(package.c.id == source_id)
    own = connection.execute(query).first()
    if own is not None:
        told = outbox.Event(
            kind="run.failed",
            organization_id=own.owner_org,
            source_id=source_id,
            payload={"source": own.name, "code": code},
        )
        outbox.emit_on(connection, [told])


def _worth_a_job(connection: Connection, work: Work, outcome: Outcome) -> bool:
    """A run by the clock that changes nothing gets no job, nor does one that fails or is held as before."""
    stated = connection.execute(sa.select(run.c.job_id).where(run.c.id == work.lease.run_id)).scalar()
    if stated or outcome.state not in ("failed", "unchanged", "quarantined"):
        return True
    if outcome.state == "quarantined":
        opened = sa.select(quarantine.c.id).where(quarantine.c.run_id == work.lease.run_id).limit(1)
        return connection.scalar(opened) is not None
    if outcome.state == "unchanged":
        return False
    last = connection.execute(
        sa.select(run.c.error_code)
        .where(run.c.source_id == work.lease.source_id, run.c.finished_at.is_not(None))
        .order_by(run.c.finished_at.desc())
        .limit(1)
    ).scalar()
    return last != outcome.error_code


def _end_job(connection: Connection, work: Work, job_id: str, outcome: Outcome) -> None:
    if outcome.error and outcome.state in ("failed", "quarantined", "partial"):
        objects.put_gather_error(connection, job_id, outcome.error, work.now)
    objects.finish_job(connection, job_id, work.now)
    # The list of sources shows their last job from the search row.
    context = {"ignore_auth": True, "user": work.user.name, "model": model, "session": model.Session}
    tk.get_action("harvest_source_reindex")(context, {"id": work.lease.source_id})


def _tell(work: Work, outcome: Outcome) -> None:
    failures, probed = work.source["failures"], work.source["probe_failures"] or 0
    events = []
    if outcome.state == "failed":
        events.append(_event(work, outcome, "run.failed"))
        if work.asks_source and breaker.opens(failures, probed, probe=False):
            events.append(_event(work, outcome, "source.down", public=True))
    if outcome.good and work.asks_source and breaker.is_open(failures, probed):
        events.append(_event(work, outcome, "source.recovered", public=True))
    outbox.emit_many(events)


def _event(work: Work, outcome: Outcome, kind: str, *, public: bool = False) -> outbox.Event:
    return outbox.Event(
        kind=kind,
        organization_id=work.organization_id,
        source_id=work.lease.source_id,
        payload={"source": work.source["name"], "code": outcome.error_code},
        public=public,
    )


def _observe(connection: Connection, work: Work, outcome: Outcome) -> None:
    """Write that a source was reached, or not: when that changes, else once a day (HV01)."""
    last = work.source["evidence_at"]
    turned = outcome.good == bool(work.source["failures"])
    due = last is None or turned or work.now - last >= evidence.AGAIN
    if outcome.state == "aborted" or not due:
        return
    own = record.c.source_id == work.lease.source_id
    ids = connection.scalars(
        sa.select(record.c.package_id).where(own, record.c.package_id.is_not(None))
    ).all()
    if ids:
        evidence.reachability(work.lease.source_id, ids, outcome.good, work.now)
        connection.execute(
            sa.update(source).where(source.c.source_id == work.lease.source_id).values(evidence_at=work.now)
        )


def _tell_feeds(connection: Connection, work: Work, outcome: Outcome) -> None:
    """Tell that the whole source was read, where an event feed waits to hear that nothing happened (F13)."""
    whole = outcome.complete and outcome.state in ("succeeded", "unchanged")
    waiting = feeds.waiting(work.now) if whole else []
    if waiting:
        own = sa.and_(record.c.source_id == work.lease.source_id, record.c.package_id.in_(waiting))
        ids = connection.scalars(sa.select(record.c.package_id).where(own)).all()
        feeds.completed(work.lease.source_id, ids, work.now)


def _end_run(connection: Connection, work: Work, outcome: Outcome) -> None:
    counts = {name: value for name, value in outcome.counts.items() if name in run.c}
    connection.execute(
        sa.update(run)
        .where(run.c.id == work.lease.run_id)
        .values(
            state=outcome.state,
            error_code=outcome.error_code,
            error=outcome.error,
            complete=outcome.complete,
            finished_at=NOW,
            lease_owner=None,
            lease_token=None,
            lease_until=None,
            **counts,
        )
    )


def _schedule(connection: Connection, work: Work, outcome: Outcome) -> None:
    """Move the source's own marks, and queue the run that was asked for meanwhile."""
    own = source.c.source_id == work.lease.source_id
    asked = sa.select(source.c.follow_up, source.c.follow_up_mode, NOW).where(own).with_for_update()
    wanted, mode, now = connection.execute(asked).one()
    values: dict[str, Any] = {**queue.NO_FOLLOW_UP}
    if not work.asks_source:
        values |= {"changed_at": work.now} if outcome.changed else {}
        values |= {"checked_at": work.now} if work.pushed and outcome.good else {}
    else:
        values |= _next_due(work, outcome, now) | _standing(work, outcome, now)
        values |= _good_marks(work, outcome) if outcome.good else {}
    connection.execute(sa.update(source).where(own).values(**values))
    if wanted:
        queue.enqueue(connection, work.lease.source_id, "follow_up", mode=mode)


def _next_due(work: Work, outcome: Outcome, now: datetime) -> dict[str, Any]:
    if outcome.good and not connector_for(work.definition).polled:
        return {"next_due_at": None}
    if not work.definition.trigger.polled:
        return {"next_due_at": None}
    trigger, quiet = work.definition.trigger, work.definition.polite.quiet_hours
    interval = schedule.next_interval(trigger, work.source["interval"], changed=outcome.changed)
    last = work.source["next_due_at"]
    due = outcome.retry_at or schedule.next_due(trigger, quiet, interval, last, now, random.random())
    return {"interval": interval, "next_due_at": due}


def _standing(work: Work, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Return how a source stands after a run: what failed is probed, what stays down is postponed (HV27)."""
    if outcome.good:
        return {"failures": 0, "probe_failures": 0, "probe_at": None, "down_since": None}
    if outcome.state != "failed":
        return {}
    failures = int(work.source["failures"]) + 1
    values: dict[str, Any] = {"failures": failures, "down_since": work.source["down_since"] or now}
    if work.definition.polite.probe and not outcome.retry_at:
        values["probe_at"] = now + breaker.PROBE_EVERY
        if breaker.is_open(failures, work.source["probe_failures"] or 0):
            values["next_due_at"] = now + breaker.POSTPONED
    return values


def _good_marks(work: Work, outcome: Outcome) -> dict[str, Any]:
    """Return what only a run that reached its source may move (HV02)."""
    values: dict[str, Any] = {"checked_at": work.now, "last_good_run": work.lease.run_id}
    values |= {"changed_at": work.now} if outcome.changed else {}
    values |= {"last_complete_at": work.now} if outcome.complete else {}
    if outcome.read:
        values |= {"last_read_at": work.now, "markers": outcome.markers}
        values |= {"cursor": outcome.cursor} if outcome.cursor and outcome.state != "quarantined" else {}
    return values
