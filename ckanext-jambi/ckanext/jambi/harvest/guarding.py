"""Apply the guards to what a run gathered, in one transaction (harvesting.md 6, stage `guard`).

The rules are in `guard` and `diff`; here the figures are counted and held records are marked.
Killed here, the whole stage is computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import diff, guard, quarantines, rows, screening
from ckanext.jambi.harvest.arrivals import OLDER_HASHES
from ckanext.jambi.harvest.guard import Hold, Reason
from ckanext.jambi.harvest.model import incoming, record, run
from ckanext.jambi.harvest.transactions import batch_transaction
from ckanext.jambi.harvest.work import Work

Pairs = Sequence[tuple[str, str]]


def apply_guards(work: Work) -> None:
    """Judge the run's change set and move the run on to `import`."""
    with batch_transaction(work.lease, state="import") as connection:
        stated = connection.execute(sa.select(run).where(run.c.id == work.lease.run_id)).one()
        kept = _gathered(connection, work.lease.run_id)
        screened, kept = [item for item in kept if item.reason], [item for item in kept if not item.reason]
        pairs = _renames(connection, work, kept)
        verdict = guard.judge(
            _facts(connection, work, stated, kept, len(pairs)), work.limit, work.definition.guard.min_rows
        )
        holds = [
            *screening.holds(screened),
            *_with_guids(verdict, kept, pairs),
            *_held_tables(connection, work, kept),
        ]
        quarantines.open_for(connection, work, holds, whole=bool(stated.complete))
        model.Session.commit()


def _gathered(connection: Connection, run_id: str) -> Sequence[Any]:
    """Return what a run gathered, without the fields of the datasets: 100,000 of them are no small thing."""
    columns = [column for column in incoming.c if column is not incoming.c.content]
    content = incoming.c.content.op("-")("fields").label("content")
    return connection.execute(sa.select(*columns, content).where(incoming.c.run_id == run_id)).all()


def live_records(connection: Connection, source_id: str) -> dict[str, str | None]:
    """Return guid and hash of the records of a source that are public or drafts, and not missing."""
    query = sa.select(record.c.guid, record.c.hash).where(_live(source_id))
    return {row.guid: row.hash for row in connection.execute(query)}


def _live(source_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        record.c.source_id == source_id,
        record.c.package_id.is_not(None),
        record.c.missing_since.is_(None),
        record.c.kept_since.is_(None),
    )


def _facts(connection: Connection, work: Work, stated: Any, kept: Sequence[Any], renamed: int) -> guard.Facts:
    own = record.c.source_id == work.lease.source_id
    buried = sa.and_(own, record.c.missing_since > work.now - guard.WINDOW)
    count = sa.func.count()
    figures = connection.execute(
        sa.select(
            count.filter(_live(work.lease.source_id)).label("live"), count.filter(buried).label("buried")
        ).select_from(record)
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
    new = {item.guid: (item.hash, *item.content.get(OLDER_HASHES, ())) for item in kept if item.kind == "new"}
    return diff.rename_pairs(gone, new)


def _with_guids(verdict: guard.Verdict, kept: Sequence[Any], pairs: Pairs) -> list[Hold]:
    """Return the holds of a verdict with the records that each of them keeps back; a pair is held as one."""
    paired = {guid for pair in pairs for guid in pair}
    whole = tuple(item.guid for item in kept if not _may_go_on(verdict, item) and item.guid not in paired)
    holds = []
    for hold in verdict.holds:
        if hold.reason is Reason.POSSIBLE_RENAME:
            detail = {"pairs": [list(pair) for pair in pairs]}
            holds.append(replace(hold, guids=tuple(sorted(paired)), detail=detail))
        else:
            holds.append(replace(hold, guids=whole))
    return holds


def _may_go_on(verdict: guard.Verdict, item: Any) -> bool:
    return verdict.buries if item.kind == "vanished" else verdict.imports


def _held_tables(connection: Connection, work: Work, kept: Sequence[Any]) -> list[Hold]:
    """Return one hold for all tables that lost too many rows; the public ones stay as they are."""
    judged = [
        (item.guid, verdict)
        for item in kept
        if item.content.get("table")
        and (verdict := rows.judge(connection, work, item)) is not None
        and verdict.held
    ]
    if not judged:
        return []
    gone = sum(verdict.vanished for _, verdict in judged)
    allowed = sum(verdict.allowed for _, verdict in judged)
    guids = tuple(guid for guid, _ in judged)
    return [Hold(Reason.ROWS_VANISHED, gone, allowed, guids=guids)]
