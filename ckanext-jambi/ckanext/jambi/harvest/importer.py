"""Import a batch of records: one transaction, one savepoint a record (harvesting.md 6.2, importer.md).

A record that fails rolls back alone and is noted; what breaks the transaction itself (a lost lease,
a lost database) leaves the whole batch undone. Table rows are loaded inside the record's savepoint,
after its dataset was validated: their own database commits first, and the load intent written
before the batch tells a later run that they are there (HV23).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import g
from sqlalchemy.engine import Connection

from ckanext.jambi import outbox
from ckanext.jambi.freshness import evidence
from ckanext.jambi.freshness.kinds import HARVESTED
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.harvest import datasets, diff, faults, known, objects, records, rows
from ckanext.jambi.harvest.batch import CONTEXT_KEY, Batch
from ckanext.jambi.harvest.datastore import Loaded
from ckanext.jambi.harvest.errors import HarvestError, RecordError
from ckanext.jambi.harvest.model import incoming, record
from ckanext.jambi.harvest.model import run as run_table
from ckanext.jambi.harvest.showing import Showing
from ckanext.jambi.harvest.transactions import assert_bound, batch_transaction
from ckanext.jambi.harvest.work import Work
from ckanext.jambi.metadata import publication, requirements
from ckanext.jambi.search import batch as search_batch
from jambi_harvesters.canonical import METHOD

log = logging.getLogger(__name__)

CREATES, UPDATES = 50, 30
# Tags are made for so many records at once: one transaction for ten batches.
TAGS_AHEAD = 10 * CREATES
Item = Any


class Importer:
    """Imports what a run gathered, or `only` some records of it, batch by batch, until nothing is left."""

    def __init__(self, work: Work, *, only: Sequence[str] | None = None) -> None:
        self._work = work
        self._showing = Showing()
        self._tagged = 0
        self._job_id: str | None = None
        self._todo = sa.and_(
            incoming.c.run_id == work.lease.run_id,
            incoming.c.kind != "vanished",
            sa.not_(incoming.c.imported),
            sa.not_(incoming.c.held),
            sa.true() if only is None else incoming.c.guid.in_(only),
        )

    def run(self) -> None:
        """Import all batches; between two of them a stop is obeyed."""
        while items := self._next_items():
            self._work.stop.check()
            self._prepare(items)
            self._import(items)

    def _next(self, limit: int, *columns: Any) -> sa.Select[Any]:
        return sa.select(*columns).where(self._todo).order_by(incoming.c.position).limit(limit)

    def _next_items(self) -> Sequence[Item]:
        with self._work.lease.engine.connect() as connection:
            items = connection.execute(self._next(CREATES, incoming)).all()
        return items if all(item.kind == "new" for item in items) else items[:UPDATES]

    def _prepare(self, items: Sequence[Item]) -> None:
        """Commit what must be there before a batch: the tags of this one and of those that follow, and the
        intents to load its tables (HV23).
        """
        tags = [] if self._tagged >= len(items) else self._missing_tags()
        tables = [item for item in items if item.content.get("table")]
        if tags or tables:
            with self._work.lease.transaction() as connection:
                if tags:
                    known.make_tags(connection, tags)
                rows.intend(connection, self._work, tables)
        self._tagged -= len(items)

    def _missing_tags(self) -> Sequence[str]:
        self._tagged = TAGS_AHEAD
        query = self._next(TAGS_AHEAD, incoming.c.content["fields"]["tags"])
        with self._work.lease.engine.connect() as connection:
            return known.missing_tags(connection, connection.scalars(query).all())

    def _import(self, items: Sequence[Item]) -> None:
        # CKAN asks for its user again and again; the current user it takes without a query.
        g._login_user = self._work.user
        with batch_transaction(self._work.lease) as connection, search_batch.collect() as buffer:
            # With the first batch: a run that imports nothing may need no job.
            self._job_id = self._job_id or objects.ensure_job(connection, self._work.lease, self._work.now)
            asked = known.ask(self._work, items)
            batch = Batch(self._work, self._work.user, buffer, self._job_id, self._showing, asked)
            with batch.active():
                failed = sum(not RecordImport(batch, connection, item).attempt() for item in items)
                batch.flush()
            model.Session.commit()
            _mark_imported(connection, self._work.lease.run_id, items, failed)


class RecordImport:
    """The import of one record inside a batch."""

    def __init__(self, batch: Batch, connection: Connection, item: Item) -> None:
        self._batch = batch
        self._work = batch.work
        self._connection = connection
        self._item = item
        self._table = item.content.get("table")
        self._package_id = datasets.dataset_of(self._work.lease.source_id, item)
        self._new = True
        self._gaps: list[dict[str, Any]] = []

    def attempt(self) -> bool:
        """Import the record, or roll it back alone and note why; return whether it was imported."""
        mark = self._batch.mark()
        try:
            self._import()
            assert_bound(self._connection)
            model.Session.commit()
        except Exception as err:  # noqa: BLE001 - the one place where a failed record is recorded
            breaking = _breaking(err)
            if breaking:
                raise breaking from err.__cause__
            self._fail(mark, err)
        else:
            return True
        return False

    def _import(self) -> None:
        present = self._present()
        self._new = present is None
        dataset = self._dataset(present)
        adds = present is not None and self._item.content.get("upsert")
        if present is not None and adds:
            # How many rows there will be is known only once they are there.
            datasets.extended(dataset, present, self._load().rows)
        self._batch.attach = self._attach
        with evidence.foresee(self._coming()):
            self._save(present, dataset)
        if self._table and not adds:
            self._load()
        self._note_record()
        self._tell(dataset)

    def _load(self) -> Loaded:
        return rows.load(self._work, self._item, datasets.resource_id(self._package_id))

    def _save(self, present: dict[str, Any] | None, dataset: dict[str, Any]) -> None:
        """Write the dataset and collect its search row."""
        context = self._batch.context(defer_commit=True, **{CONTEXT_KEY: self._batch})
        if present is None:
            tk.get_action("package_create")(context, dataset)
        else:
            tk.get_action("package_update")({**context, "original_package": present}, dataset)

    def _coming(self) -> list[evidence.Observation]:
        """Return the evidence that the batch will observe for this record."""
        if not self._table:
            return []
        return [observation(self._work, self._batch.user.id, self._package_id, self._table)]

    def _present(self) -> dict[str, Any] | None:
        if self._package_id not in self._batch.known.datasets:
            return None
        return tk.get_action("package_show")(self._batch.context(), {"id": self._package_id})

    def _dataset(self, present: dict[str, Any] | None) -> dict[str, Any]:
        """Return the dict for the action: public if the source may publish and nothing is missing."""
        work = self._work
        wanted = datasets.dataset_dict(
            work.definition, self._item.content, self._package_id, tk.config["ckan.site_url"]
        )
        wanted["owner_org"] = work.organization_id
        wanted["metadata_modified"] = work.now.replace(tzinfo=None).isoformat()
        if present is None:
            wanted["name"] = datasets.name_of(wanted, work.source["name"], self._package_id)
        else:
            wanted["name"] = present["name"]
        dataset = datasets.merged(present or {}, wanted)
        dataset["state"] = "active"
        found = requirements.gaps({**dataset, "private": False})
        self._gaps = [asdict(gap) for gap in found]
        before = (present or {}).get("status_pemeriksaan")
        return dataset | publication.of_harvested(dataset, before, may_publish=work.approved and not found)

    def _attach(self, package_id: str) -> None:
        """Write the harvest object as the current one, before the search row is made."""
        status = "added" if self._new else "updated"
        if not self._new:
            objects.pass_on(package_id)
        objects.put_current(self._batch.job_id, self._work, self._item, package_id, status)

    def _note_record(self) -> None:
        now = self._work.now
        values = {
            "source_id": self._work.lease.source_id,
            "guid": self._item.guid,
            "delta_hash" if self._item.content.get("delta") else "hash": self._item.hash,
            "package_id": self._package_id,
            "seen_at": now,
            "changed_at": now,
            "missing_since": None,
            "kept_since": None,
            "tombstone_until": None,
            "failures": 0,
            "failed_hash": None,
            "retry_at": None,
            "last_error": None,
            "gaps": self._gaps or None,
        }
        self._batch.records.append(values)

    def _tell(self, dataset: dict[str, Any]) -> None:
        work, table = self._work, self._table
        about: dict[str, Any] = {
            "package_id": self._package_id,
            "organization_id": work.organization_id,
            "source_id": work.lease.source_id,
            "public": not dataset["private"],
        }
        payload = {"name": dataset["name"], "change": "added" if self._new else "updated"}
        self._batch.events.append(outbox.Event(kind="dataset.changed", payload=payload, **about))
        if table:
            resource_id = datasets.resource_id(self._package_id)
            payload = {"resource_id": resource_id, "rows": table["rows"]}
            self._batch.events.append(outbox.Event(kind="rows.changed", payload=payload, **about))
            self._batch.observations.extend(self._coming())

    def _fail(self, mark: tuple[int, ...], err: Exception) -> None:
        """Roll the record back and keep its error: on the record, and as a harvest object."""
        model.Session.rollback()
        self._batch.cut_back(mark)
        message = error_text(err)
        log.warning("Record %s of run %s failed: %s", self._item.guid, self._work.lease.run_id, message)
        _note_failure(self._work, self._item, message)
        objects.put_failed(self._batch.job_id, self._work, self._item, message)
        model.Session.commit()


def observation(work: Work, actor_id: str, package_id: str, table: dict[str, Any]) -> evidence.Observation:
    """Return the evidence that a table's content was imported (freshness.md 5)."""
    first, last = table["period"]
    return evidence.Observation(
        kind=HARVESTED,
        package_id=package_id,
        resource_id=datasets.resource_id(package_id),
        organization_id=work.organization_id,
        content_hash=table["hash"],
        hash_method=METHOD,
        row_count=table["rows"],
        period_start=_day(first),
        period_end=_day(last),
        period_at=datetime.fromisoformat(table["reached"]) if "reached" in table else None,
        rows_in=_parts(table["rows_in"]) if "rows_in" in table else None,
        actor_id=actor_id,
        actor_class="harvester",
        valid_at=work.now,
        detail={"run_id": work.lease.run_id, "source": work.source["name"]},
    )


def _parts(said: list[list[str]]) -> tuple[Span, ...]:
    return tuple(Span(*map(date.fromisoformat, each)) for each in said)


def _breaking(err: Exception) -> Exception | None:
    """Return what concerns no one record: the batch is undone and the run goes on from its last commit."""
    if isinstance(err, HarvestError):
        return None if isinstance(err, RecordError) else err
    return faults.behind(err)


def error_text(err: Exception) -> str:
    """Return what a steward reads of an error; validation errors as field: message."""
    if isinstance(err, tk.ValidationError):
        return json.dumps(err.error_dict, ensure_ascii=False, default=str)
    if isinstance(err, sa.exc.DBAPIError):
        return str(err.orig).splitlines()[0]
    return str(err) or type(err).__name__


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _note_failure(work: Work, item: Item, message: str) -> None:
    failures = 1 + (
        model.Session.execute(
            sa.select(record.c.failures).where(
                record.c.source_id == work.lease.source_id,
                record.c.guid == item.guid,
                record.c.failed_hash == item.hash,
            )
        ).scalar()
        or 0
    )
    distance = diff.retry_distance(failures)
    values = {
        "source_id": work.lease.source_id,
        "guid": item.guid,
        "failures": failures,
        "failed_hash": item.hash,
        "retry_at": distance and sa.func.clock_timestamp() + distance,
        "last_error": message[:2000],
    }
    records.upsert([values])


def _mark_imported(connection: Connection, run_id: str, items: Sequence[Item], failed: int) -> None:
    guids = [item.guid for item in items]
    connection.execute(
        sa.update(incoming)
        .where(incoming.c.run_id == run_id, incoming.c.guid.in_(guids))
        .values(imported=True)
    )
    if failed:
        connection.execute(
            sa.update(run_table).where(run_table.c.id == run_id).values(failed=run_table.c.failed + failed)
        )
