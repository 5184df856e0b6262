"""The stages `probe` and `gather` of a run: ask the source, keep what changed, note what vanished."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import changes, diff, guarding, places, pushing, schemas, trust
from ckanext.jambi.harvest.connections import Connected, open_connector
from ckanext.jambi.harvest.errors import SourceEmptyError
from ckanext.jambi.harvest.gather import Gathered, Gatherer
from ckanext.jambi.harvest.model import attempt, incoming, record
from ckanext.jambi.harvest.places import Place
from ckanext.jambi.harvest.work import Work
from jambi_harvesters.errors import (
    HarvesterError,
    IncompleteListError,
    NotFoundError,
    PartsMissingError,
    PlaceLostError,
    StatusError,
    UnexpectedContentError,
)

READ_EVERY = timedelta(hours=24)


def gather_source(work: Work) -> str:
    """Read the source; return the next stage, or `unchanged` if it says so without being read."""
    if work.decided:
        with work.lease.transaction(state="import") as connection:
            changes.adopt(connection, work)
        return "import"
    cursor = work.source["cursor"] if _may_read_changes(work) else None
    with work.lease.transaction(state="gather") as connection:
        place = places.START if work.fresh else _resumed(connection, work, cursor)
        retries = _retries_pending(connection, work)
        columns = schemas.known(connection, work.lease.source_id, work.definition)
    if work.pushed:
        connected = pushing.opened(work, columns)
    else:
        connected = open_connector(work.lease.engine, work.definition, work.now, columns, cursor)
    markers = trust.usable(work.source["markers"]) if _may_skip(work, retries) else {}
    with _noted(work, connected):
        with work.stop.interruptible():
            probe = connected.connector.probe(markers)
        if probe.unchanged:
            work.unnoted = partial(_write_requests, work=work, connected=connected)
            return "unchanged"
        with closing(_gathered(work, connected, place)) as gatherer:
            require_usable(work, gatherer.found)
            return _store(work, gatherer, connected, probe.markers)


def _resumed(connection: Connection, work: Work, cursor: Any) -> Place:
    """Return where the list of a run that was cut goes on, and forget what it had kept behind that place."""
    place = places.last(connection, work, cursor)
    changes.clear(connection, work.lease.run_id, kept=place.guids)
    return place


def _gathered(work: Work, connected: Connected, place: Place) -> Gatherer:
    """Read the list from a place on; where the source no longer has that place, from its start."""
    connector = connected.connector
    connected.asked_before = work.run["requests"] if place.number else 0
    connected.received_before = work.run["bytes"] if place.number else 0
    gatherer = Gatherer(work, place, keep=partial(_write_requests, work=work, connected=connected))
    try:
        gatherer.gather(connector)
        return gatherer
    except (NotFoundError, StatusError, UnexpectedContentError, PlaceLostError):
        if not place.number or gatherer.moved:
            raise
    with work.lease.transaction() as connection:
        changes.clear(connection, work.lease.run_id)
        places.forget(connection, work.lease.run_id)
    gatherer = Gatherer(work, keep=gatherer.keep)
    gatherer.gather(connector)
    return gatherer


@contextmanager
def _noted(work: Work, connected: Connected) -> Iterator[None]:
    """Keep the requests of a reading that fails, too: they say what the source answered."""
    try:
        yield
    except (HarvesterError, SourceEmptyError):
        _note_requests(work, connected)
        raise


def require_usable(work: Work, found: Gathered) -> None:
    """Refuse an answer that nothing can be made of; public data stays as it was.

    Raises:
        HarvesterError: a table whose list is not proven complete must not replace the public one; changes
            that broke off are of use only where the next run can go on behind them.
        SourceEmptyError: nothing came, and nothing is there yet that a guard could protect.
    """
    if found.incremental:
        if found.problem and not found.cursor:
            raise found.problem
    elif found.has_table and not found.complete and not _keeps_parts(work, found):
        raise found.problem or IncompleteListError(
            reason="the last page was not reached", alasan="halaman terakhir tidak tercapai"
        )
    elif found.size < max(work.definition.guard.min_rows, 1):
        _require_guarded(work, found)


def _require_guarded(work: Work, found: Gathered) -> None:
    """Refuse a list that is too short where no guard would hold it."""
    with work.lease.engine.connect() as connection:
        live = guarding.live_records(connection, work.lease.source_id)
    if not live or not found.complete:
        raise found.problem or SourceEmptyError(
            tk._("The source lists nothing yet; look at it, then run it again.")
        )


def _keeps_parts(work: Work, found: Gathered) -> bool:
    """Whether the rows of those parts of a source that did not come stay as they are: its table is only put
    over by its keys, so what came can be taken, and the run is partial."""
    return isinstance(found.problem, PartsMissingError) and work.definition.guard.rolling


def _store(work: Work, gatherer: Gatherer, connected: Connected, markers: Any) -> str:
    """Commit what came last and what was found, and with it the move to the next stage."""
    found = gatherer.found
    changed = bool(found.counts["new"] or found.counts["changed"])
    kept = trust.kept(work.source["markers"], markers, changed=changed)
    with work.lease.transaction(state="guard", markers=kept, **_stated(found)) as connection:
        gatherer.keep_rest(connection)
        vanished = _keep_vanished(connection, work, found)
        _write_requests(connection, work, connected, vanished=vanished)
    quiet = not (changed or found.problem or vanished)
    return "finish" if quiet and (found.complete or found.incremental) else "guard"


def _stated(found: Gathered) -> dict[str, Any]:
    """Return what the run's row says of a reading."""
    values: dict[str, Any] = {
        "complete": found.complete,
        "mode": "incremental" if found.incremental else "complete",
        "seen": found.size,
        "expected": found.total,
        "columns": found.columns or None,
        "cursor": found.cursor,
        **found.counts,
    }
    if found.problem:
        values |= {"error_code": found.problem.code, "error": found.problem.pesan}
    return values


def _keep_vanished(connection: Connection, work: Work, found: Gathered) -> int:
    if not found.complete or found.incremental:
        return 0
    live = guarding.live_records(connection, work.lease.source_id)
    gone = diff.vanished(live, found.seen)
    if gone:
        values = [
            {
                "run_id": work.lease.run_id,
                "guid": guid,
                "position": 0,
                "hash": live[guid] or "",
                "kind": "vanished",
                "content": {},
            }
            for guid in gone
        ]
        connection.execute(sa.insert(incoming), values)
    return len(gone)


def _note_requests(work: Work, connected: Connected) -> None:
    with work.lease.transaction() as connection:
        _write_requests(connection, work, connected)


def _write_requests(connection: Connection, work: Work, connected: Connected, **values: int) -> None:
    """Keep what was asked of the source since the last time, addresses redacted."""
    before = connected.asked_before
    rows = [{"run_id": work.lease.run_id, "n": before + n, **one} for n, one in enumerate(connected.attempts)]
    if rows:
        own = sa.and_(attempt.c.run_id == work.lease.run_id, attempt.c.n >= before)
        connection.execute(sa.delete(attempt).where(own))
        connection.execute(sa.insert(attempt), rows)
    received = connected.received_before + sum(one["bytes"] or 0 for one in connected.attempts)
    work.lease.fence(connection, requests=before + len(rows), bytes=received, **values)


def _may_skip(work: Work, retries: bool) -> bool:
    """Whether the source may answer "unchanged": not when asked for all, nor for longer than a day."""
    last = work.source["last_read_at"]
    recent = last is not None and work.now - last < READ_EVERY
    return work.run["mode"] == "normal" and recent and not retries


def _may_read_changes(work: Work) -> bool:
    """Whether asking for changes is enough: a complete reading is due every `trigger.full_every`."""
    last = work.source["last_complete_at"]
    return (
        work.run["mode"] == "normal"
        and last is not None
        and work.now - last < work.definition.trigger.full_every
    )


def _retries_pending(connection: Connection, work: Work) -> bool:
    """Whether a record failed before and is due again: its content would not come with a 304."""
    failed = sa.and_(record.c.source_id == work.lease.source_id, record.c.failed_hash.is_not(None))
    due = sa.and_(record.c.failures <= len(diff.RETRY_AFTER), record.c.retry_at <= datetime.now(UTC))
    query = sa.select(sa.exists().where(failed, sa.true() if work.forced else due))
    return bool(connection.execute(query).scalar())
