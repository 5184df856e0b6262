"""Table rows of a run: intent, load and repair (HV23), and the guard on vanished rows.

(a) `intend` commits that a load will happen; (b) `load` loads the rows in the DataStore's database,
which commits there; (c) the batch commits the metadata and marks the load as done. Killed between
(b) and (c), the next worker finds the load by its id and goes on with (c).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import datasets, datastore, guard
from ckanext.jambi.harvest.datastore import Load, Loaded
from ckanext.jambi.harvest.model import chunk, incoming
from ckanext.jambi.harvest.model import load as load_table
from ckanext.jambi.harvest.spool import decode
from ckanext.jambi.harvest.work import Work
from ckanext.jambi.metadata import row_guard
from jambi_harvesters.record import Column

Item = Any


def intend(connection: Connection, work: Work, tables: Sequence[Item]) -> None:
    """Write the intent to load the rows of a batch's tables; one that is there already stays."""
    if tables:
        intents = [_intent(connection, work, item) for item in tables]
        connection.execute(insert(load_table).values(intents).on_conflict_do_nothing())


def load(work: Work, item: Item, resource_id: str) -> Loaded:
    """Load the rows of a record and mark the load as done with the session's transaction."""
    table = item.content["table"]
    wanted = Load(
        load_id=datasets.load_id(work.lease.run_id, item.guid),
        resource_id=resource_id,
        columns=tuple(Column(**column) for column in table["columns"]),
        mode=work.definition.write.mode,
        whole=not item.content.get("upsert"),
        key_columns=work.definition.dataset.key_columns,
        hash=table["hash"],
    )
    loaded = datastore.load(wanted, _chunks(work, item.guid))
    model.Session.execute(
        sa.update(load_table)
        .where(load_table.c.load_id == str(wanted.load_id))
        .values(state="done", rows=loaded.rows, done_at=work.now)
    )
    return loaded


def unsettled(connection: Connection, run_id: str) -> list[Any]:
    """Return the incoming records of a run whose rows may be loaded while their metadata is not."""
    query = (
        sa.select(incoming, load_table.c.load_id, load_table.c.resource_id)
        .join(
            load_table,
            sa.and_(load_table.c.run_id == incoming.c.run_id, load_table.c.guid == incoming.c.guid),
        )
        .where(incoming.c.run_id == run_id, load_table.c.state == "intended", sa.not_(incoming.c.imported))
    )
    return list(connection.execute(query))


def drop_intents(connection: Connection, run_id: str) -> None:
    """Give up the intents of a run that will not load them any more."""
    connection.execute(
        sa.update(load_table)
        .where(load_table.c.run_id == run_id, load_table.c.state == "intended")
        .values(state="dropped")
    )


def judge(connection: Connection, work: Work, item: Item) -> row_guard.Verdict | None:
    """Return whether the new table of a record lost too many rows, or None if none can: it is the first
    one, or a list of changes, or its rows leave by design (`guard.rolling`).
    """
    if item.content.get("delta") or work.definition.guard.rolling:
        return None
    dataset_id = datasets.dataset_of(work.lease.source_id, item)
    done = sa.and_(load_table.c.resource_id == datasets.resource_id(dataset_id), load_table.c.state == "done")
    live = connection.execute(
        sa.select(load_table.c.rows).where(done).order_by(load_table.c.done_at.desc()).limit(1)
    ).scalar()
    if live is None:
        return None
    lost = sa.func.greatest(load_table.c.rows_before - load_table.c.rows, 0)
    recent = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(lost), 0)).where(
            done, load_table.c.done_at > work.now - guard.WINDOW
        )
    ).scalar_one()
    vanished = max(live - item.content["table"]["rows"], 0)
    limit = row_guard.Limit(work.limit.count, work.limit.share)
    return row_guard.rows_vanished_too_many(vanished, live, int(recent), limit)


def _intent(connection: Connection, work: Work, item: Item) -> Mapping[str, Any]:
    dataset_id = datasets.dataset_of(work.lease.source_id, item)
    resource_id = datasets.resource_id(dataset_id)
    before = (
        sa.select(load_table.c.rows)
        .where(load_table.c.resource_id == resource_id, load_table.c.state == "done")
        .order_by(load_table.c.done_at.desc())
        .limit(1)
    )
    return {
        "load_id": str(datasets.load_id(work.lease.run_id, item.guid)),
        "resource_id": resource_id,
        "run_id": work.lease.run_id,
        "guid": item.guid,
        "rows_before": connection.execute(before).scalar(),
    }


def _chunks(work: Work, guid: str) -> Iterator[list[list[Any]]]:
    """Yield the stored chunks one by one, each by its own short query."""
    own = sa.and_(chunk.c.run_id == work.lease.run_id, chunk.c.guid == guid)
    number = 0
    while True:
        with work.lease.engine.connect() as connection:
            body = connection.execute(sa.select(chunk.c.body).where(own, chunk.c.number == number)).scalar()
        if body is None:
            return
        yield decode(bytes(body))
        number += 1
