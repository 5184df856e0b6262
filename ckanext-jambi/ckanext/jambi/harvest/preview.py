"""Look at a source without writing: its first rows as they would be published, what its dataset misses to be
public, or a count of changes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ckanext.jambi import clock
from ckanext.jambi.harvest import datasets, diff, guard, guarding, screening
from ckanext.jambi.harvest.arrivals import content_of
from ckanext.jambi.harvest.connections import open_connector
from ckanext.jambi.harvest.errors import TrialTooLongError
from ckanext.jambi.harvest.gather import Gatherer
from ckanext.jambi.harvest.gathering import require_usable
from ckanext.jambi.harvest.leases import Lease
from ckanext.jambi.harvest.spool import Spool, public_places
from ckanext.jambi.harvest.work import Work
from ckanext.jambi.metadata import requirements
from ckanext.jambi.metadata.helpers import jambi_gap_rows
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import DeadlineError
from jambi_harvesters.headings import fold
from jambi_harvesters.record import Record, RowChunk

NO_SOURCE = "00000000-0000-0000-0000-000000000000"
NO_HASH = "0" * 64
"""Stands for the hash of a table of which only the first rows are read."""
TRIAL_SECONDS = 60.0
"""So long somebody may wait at a page; a web server has few hands, and a slow source must not take them."""


def preview(engine: Engine, definition: Definition, limit: int, *, trusted: bool = False) -> dict[str, Any]:
    """Return the first records of a source: fields, public columns, rows, what stays unpublished, and gaps.

    Raises:
        HarvesterError: if the source cannot be read or must not be used.
        TrialTooLongError: if it is read for longer than anybody waits at a page.
    """
    shown: list[dict[str, Any]] = []
    with _trial(engine, definition, trusted) as connector:
        for page in connector.pages(None):
            shown += [_shown(one, limit, definition) for one in page.records]
            if len(shown) >= limit or any(one.rows for one in page.records):
                break
    return {"kind": definition.kind, "url": definition.client.base_url, "records": shown[:limit]}


def dry_run(
    engine: Engine, source: Mapping[str, Any], definition: Definition, *, trusted: bool = False
) -> dict[str, Any]:
    """Return what a run would do: counts, and whether a guard would hold it.

    Args:
        trusted: whoever asks may use the secrets of a definition that is not applied (`revealing`).

    Raises:
        HarvesterError: if the source cannot be read or must not be used.
        TrialTooLongError: if it is read for longer than anybody waits at a page.
    """
    with engine.connect() as connection:
        work = _work_without_run(engine, connection, source, definition)
        with (
            _trial(engine, definition, trusted) as connector,
            closing(Gatherer(work, store=False)) as gatherer,
        ):
            found = gatherer.gather(connector)
        require_usable(work, found)
        live = guarding.live_records(connection, source["source_id"])
        gone = diff.vanished(live, found.seen) if found.complete and not found.incremental else []
        facts = guard.Facts(found.complete, found.size, len(live), len(gone))
        verdict = guard.judge(facts, work.limit, definition.guard.min_rows)
    return {
        **found.counts,
        "seen": len(found.seen),
        "rows": found.rows,
        "vanished": len(gone),
        "complete": found.complete,
        "held": [*(hold.reason.value for hold in verdict.holds), *sorted(found.withheld)],
    }


@contextmanager
def _trial(engine: Engine, definition: Definition, trusted: bool) -> Iterator[Any]:
    """Yield the connector of a source that was asked already; a command on the server may take its time."""
    most = None if trusted else TRIAL_SECONDS
    began = time.monotonic()
    connector = open_connector(engine, definition, clock.now(), trusted=trusted, most_seconds=most).connector
    try:
        connector.probe({})
        yield connector
    except DeadlineError as err:
        if most is None or time.monotonic() - began < most:
            raise
        raise TrialTooLongError(
            tk._(
                "A trial reads for {seconds} seconds at most. Save the source: its first run may take longer "
                "and shows its progress, and nothing of it is public before it is approved."
            ).format(seconds=round(most))
        ) from err


def _work_without_run(
    engine: Engine, connection: sa.Connection, source: Mapping[str, Any], definition: Definition
) -> Work:
    lease = Lease(engine, connection, run_id="", source_id=source["source_id"], token=0)
    run = {"trigger": "cli", "mode": "complete", "quarantine_id": None}
    return Work(lease, definition, source, run, "", True, clock.now(), None)


def _shown(one: Record, limit: int, definition: Definition) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "guid": one.guid,
        "fields": dict(one.fields),
        "warnings": [[warning.code, warning.field] for warning in one.warnings],
        "findings": screening.marks(one),
        "gaps": _gaps(one, definition),
    }
    return shown | (_shown_rows(one.rows, limit) | _undeclared(one, definition) if one.rows else {})


def _gaps(one: Record, definition: Definition) -> list[dict[str, str]]:
    """Return what the dataset of a record would miss to be public, as its page would list it."""
    spool = Spool(one, definition.dataset) if one.rows else None
    if spool:
        spool.add(one)
    content = content_of(one, spool)
    if spool:
        content["table"]["hash"] = content["table"]["hash"] or NO_HASH
        spool.close()
    dataset_id = datasets.package_id(NO_SOURCE, one.guid)
    dataset = datasets.dataset_dict(definition, content, dataset_id, tk.config["ckan.site_url"])
    rows = jambi_gap_rows(requirements.gaps(dataset | {"owner_org": definition.organization}), "dataset")
    return [{name: row[name] for name in ("place", "label", "message")} for row in rows]


def _shown_rows(table: RowChunk, limit: int) -> dict[str, Any]:
    public = public_places(table.columns)
    names = [column.name for column in table.columns]
    columns = [names[at] for at in public]
    return {
        "columns": columns,
        "unpublished": sorted(set(names) - set(columns)),
        "rows": [[row[at] for at in public] for row in table.rows[:limit]],
    }


def _undeclared(one: Record, definition: Definition) -> dict[str, Any]:
    """Return the columns of the source that the definition does not name; they are never published."""
    declared = {fold(field.path) for field in definition.schema.fields}
    return {"undeclared": [name for name in one.source_columns if fold(name) not in declared]}
