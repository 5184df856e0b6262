"""Runs wait as rows: what puts a run into the queue, and what a trigger does while one is active."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi import clock
from ckanext.jambi.harvest import changes, objects
from ckanext.jambi.harvest.leases import NOW, PUSH, TIMER, asks_nothing
from ckanext.jambi.harvest.model import ACTIVE_STATES, push, run, source

ACTIVE = run.c.state.in_(ACTIVE_STATES)
WAITING = sa.and_(run.c.state == "queued", run.c.lease_token.is_(None))
# What reads its source answers a wish for that; a push or a decision, which reads nothing, does not.
READING = sa.not_(asks_nothing(run))
NORMAL = "normal"
NO_FOLLOW_UP = {"follow_up": False, "follow_up_mode": NORMAL}


def enqueue(
    connection: Connection, source_id: str, trigger: str, *, job_id: str | None = None, mode: str = NORMAL
) -> str:
    """Put a run of a source into the queue and return its id.

    At most one run of a source is active: a further trigger joins it if it waits to read the source, and asks
    for a follow-up run otherwise, of the mode that it wants. A round of the clock that waits becomes what
    joins it.
    """
    values = {"id": str(uuid.uuid4()), "source_id": source_id, "trigger": trigger, "mode": mode}
    statement = (
        insert(run)
        .values(**values, job_id=job_id)
        .on_conflict_do_nothing(index_elements=["source_id"], index_where=ACTIVE)
        .returning(run.c.id)
    )
    made = connection.execute(statement).scalar()
    return made or _join(connection, source_id, trigger, job_id, mode)


def _join(connection: Connection, source_id: str, trigger: str, job_id: str | None, mode: str) -> str:
    _hasten(connection, source_id, trigger, mode)
    answers = sa.and_(run.c.state == "queued", READING, sa.true() if mode == NORMAL else run.c.mode == mode)
    active = connection.execute(
        sa.update(run)
        .where(run.c.source_id == source_id, ACTIVE)
        .values(job_id=sa.func.coalesce(run.c.job_id, job_id), due_at=sa.func.least(run.c.due_at, NOW))
        .returning(run.c.id, answers.label("answers"))
    ).first()
    if active is None:
        return enqueue(connection, source_id, "follow_up", job_id=job_id, mode=mode)
    if not active.answers:
        _follow(connection, source_id, mode)
    return active.id


def _follow(connection: Connection, source_id: str, mode: str) -> None:
    """Let one more run follow, a complete one if anybody wants that."""
    wanted = {"follow_up": True} | ({"follow_up_mode": mode} if mode != NORMAL else {})
    connection.execute(sa.update(source).where(source.c.source_id == source_id).values(**wanted))


def _hasten(connection: Connection, source_id: str, trigger: str, mode: str = NORMAL) -> None:
    """Let a run that waits be what was asked for; one that is being taken is left alone."""
    waits = sa.select(run.c.id).where(run.c.source_id == source_id, WAITING, READING)
    mine = run.c.id.in_(waits.with_for_update(skip_locked=True))
    named = sa.case((run.c.trigger == TIMER, trigger), else_=run.c.trigger)
    wanted = {"trigger": named} | ({"mode": mode} if mode != NORMAL else {})
    if trigger != TIMER or mode != NORMAL:
        connection.execute(sa.update(run).where(mine).values(**wanted))


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a wish: the run that will answer it or is at work, and whether it is new."""

    run_id: str
    new: bool


def ask(connection: Connection, source_id: str, trigger: str) -> Asked:
    """Ask for a run that begins after now, without ever waiting for one that is at work.

    A run that waits answers the wish. One that has begun may have read what changed already or
    not, so the source gets one more run after it, however often it is asked for.
    """
    mine = sa.and_(run.c.source_id == source_id, ACTIVE)
    answers = sa.and_(WAITING, READING).label("answers")
    found = connection.execute(sa.select(run.c.id, answers).where(mine)).first()
    if found is None:
        values = {"id": str(uuid.uuid4()), "source_id": source_id, "trigger": trigger}
        statement = insert(run).values(**values)
        statement = statement.on_conflict_do_nothing(index_elements=["source_id"], index_where=ACTIVE)
        made = connection.execute(statement.returning(run.c.id)).scalar()
        return Asked(made, True) if made else ask(connection, source_id, trigger)
    if not found.answers:
        once = sa.and_(source.c.source_id == source_id, sa.not_(source.c.follow_up))
        connection.execute(sa.update(source).where(once).values(follow_up=True))
    else:
        _hasten(connection, source_id, trigger)
    return Asked(found.id, False)


def at_work(connection: Connection, source_id: str, run_id: str | None = None) -> bool:
    """Return whether a run of a source, or this one of its runs, has begun and not ended."""
    begun = sa.and_(run.c.source_id == source_id, ACTIVE, sa.true() if run_id is None else run.c.id == run_id)
    begun = sa.and_(begun, sa.or_(run.c.state != "queued", run.c.lease_token.is_not(None)))
    return bool(connection.scalar(sa.select(sa.exists().where(begun))))


def enqueue_decision(connection: Connection, source_id: str, quarantine_id: str) -> str | None:
    """Put a run into the queue that applies an approved change set; one that waits is put behind it.

    Returns None if a run has begun meanwhile, or another decision waits.
    """
    values = {"trigger": "decision", "quarantine_id": quarantine_id}
    taken = connection.execute(
        sa.update(run)
        .where(run.c.source_id == source_id, WAITING, READING)
        .values(**values, due_at=NOW)
        .returning(run.c.id, run.c.mode)
    ).first()
    if taken:
        _follow(connection, source_id, taken.mode)
        return taken.id
    made = {
        "id": str(uuid.uuid4()),
        "source_id": source_id,
        "job_id": _put_back(connection, source_id),
        **values,
    }
    statement = (
        insert(run).values(**made).on_conflict_do_nothing(index_elements=["source_id"], index_where=ACTIVE)
    )
    return connection.execute(statement.returning(run.c.id)).scalar()


def _put_back(connection: Connection, source_id: str) -> str | None:
    """Let a push whose run waits wait without it, and return the job of that run, if it has one."""
    waits = sa.delete(run).where(run.c.source_id == source_id, WAITING, run.c.trigger == PUSH)
    found = connection.execute(waits.returning(run.c.id, run.c.job_id)).first()
    if found is None:
        return None
    connection.execute(sa.update(push).where(push.c.run_id == found.id).values(state="waiting"))
    return found.job_id


def enqueue_due(connection: Connection) -> int:
    """Put a run into the queue for each source that is due and not deleted; return how many are new.

    Also for one that was asked for (`ask`) in the moment in which the run before ended. A source with an
    active run is passed over without waiting for it, and one whose run ends meanwhile is judged by what
    that run leaves: nobody stands behind a long transaction, and no run is doubled.
    """
    is_due = sa.or_(source.c.next_due_at <= NOW, source.c.follow_up)
    due = sa.select(
        sa.cast(sa.func.gen_random_uuid(), sa.Text),
        source.c.source_id,
        sa.case((source.c.follow_up, "follow_up"), else_="timer"),
        source.c.follow_up_mode,
        sa.func.least(source.c.next_due_at, NOW),
    ).where(source.c.state == "active", is_due, _not_deleted(), _has_no_run())
    statement = (
        insert(run)
        .from_select(
            ["id", "source_id", "trigger", "mode", "due_at"], due.with_for_update(skip_locked=True, of=source)
        )
        .on_conflict_do_nothing(index_elements=["source_id"], index_where=ACTIVE)
        .returning(run.c.source_id, run.c.trigger)
    )
    made = connection.execute(statement).all()
    asked = [row.source_id for row in made if row.trigger == "follow_up"]
    if asked:
        connection.execute(sa.update(source).where(source.c.source_id.in_(asked)).values(**NO_FOLLOW_UP))
    return len(made)


def _not_deleted() -> sa.ColumnElement[bool]:
    package = model.Package.__table__
    return sa.exists().where(package.c.id == source.c.source_id, package.c.state == "active")


def _has_no_run() -> sa.ColumnElement[bool]:
    return sa.not_(sa.exists().where(run.c.source_id == source.c.source_id, ACTIVE))


def request_abort(connection: Connection, run_id: str) -> bool:
    """Ask a run to end; one that waits ends at once with its job, one in work at its next commit.

    A waiting run that would have applied a decision takes what was held for it along.
    """
    asked = connection.execute(
        sa.update(run)
        .where(run.c.id == run_id, ACTIVE)
        .values(
            abort_requested=True,
            state=sa.case((WAITING, "aborted"), else_=run.c.state),
            finished_at=sa.case((WAITING, NOW), else_=None),
        )
        .returning(run.c.state, run.c.job_id, run.c.quarantine_id)
    ).first()
    if asked is not None and asked.state == "aborted":
        if asked.job_id:
            objects.finish_job(connection, asked.job_id, clock.now())
        if asked.quarantine_id:
            changes.discard(connection, [asked.quarantine_id])
    return asked is not None
