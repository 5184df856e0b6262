"""The harvest jobs and objects of ckanext-harvest, written as its own code would have left them (HV21).

Objects exist only for records that are new, changed or deleted; a run that changes nothing makes none.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.leases import Lease
from ckanext.jambi.harvest.model import run
from ckanext.jambi.harvest.work import Work

CONTENT_BYTES = 1_000_000

job_table = HarvestJob.__table__
object_table = HarvestObject.__table__


def ensure_job(connection: Connection, lease: Lease, now: datetime) -> str:
    """Return the job of a run; a run by the clock gets one only when it has something to tell."""
    job_id = connection.execute(sa.select(run.c.job_id).where(run.c.id == lease.run_id)).scalar()
    values = {"status": "Running", "gather_started": _naive(now)}
    if job_id:
        connection.execute(sa.update(job_table).where(job_table.c.id == job_id).values(**values))
        return job_id
    job_id = model.types.make_uuid()
    connection.execute(
        sa.insert(job_table).values(id=job_id, source_id=lease.source_id, created=_naive(now), **values)
    )
    connection.execute(sa.update(run).where(run.c.id == lease.run_id).values(job_id=job_id))
    return job_id


def finish_job(connection: Connection, job_id: str, now: datetime) -> None:
    """Mark a job as finished."""
    at = _naive(now)
    connection.execute(
        sa.update(job_table)
        .where(job_table.c.id == job_id)
        .values(
            status="Finished",
            gather_started=sa.func.coalesce(job_table.c.gather_started, at),
            gather_finished=sa.func.coalesce(job_table.c.gather_finished, at),
            finished=at,
        )
    )


def put_gather_error(connection: Connection, job_id: str, message: str, now: datetime) -> None:
    """Keep an error that concerns the whole source."""
    connection.execute(
        sa.insert(HarvestGatherError.__table__).values(
            id=model.types.make_uuid(), harvest_job_id=job_id, message=message, created=_naive(now)
        )
    )


def pass_on(package_id: str) -> None:
    """Let a dataset have no current object, for another becomes it."""
    model.Session.execute(
        sa.update(object_table)
        .where(object_table.c.package_id == package_id, object_table.c.current)
        .values(current=False)
    )


def put_current(job_id: str, work: Work, item: Any, package_id: str, status: str) -> None:
    """Write the object of an imported record as the dataset's current one."""
    _put(job_id, work, item, package_id=package_id, current=True, state="COMPLETE", report_status=status)


def put_failed(job_id: str, work: Work, item: Any, message: str) -> None:
    """Write the object of a record that could not be imported, with its error."""
    object_id = _put(job_id, work, item, current=False, state="ERROR", report_status="errored")
    model.Session.execute(
        sa.insert(HarvestObjectError.__table__).values(
            id=model.types.make_uuid(),
            harvest_object_id=object_id,
            message=message,
            stage="Import",
            created=_naive(work.now),
        )
    )


def _put(job_id: str, work: Work, item: Any, **values: Any) -> str:
    object_id = model.types.make_uuid()
    content = json.dumps(item.content, ensure_ascii=False)
    at = _naive(work.now)
    model.Session.execute(
        sa.insert(object_table).values(
            id=object_id,
            guid=item.content.get("guid", item.guid),
            content=content if len(content.encode()) <= CONTENT_BYTES else None,
            harvest_job_id=job_id,
            harvest_source_id=work.lease.source_id,
            gathered=at,
            fetch_started=at,
            fetch_finished=at,
            import_started=at,
            import_finished=at,
            metadata_modified_date=at,
            **values,
        )
    )
    return object_id


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
