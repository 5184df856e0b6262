"""Deletions by harvesters that are not ours: put off until a run has ended, then judged as a whole.

ckanext-dcat's harvester deletes at once whatever its source does not list. In its process a deletion is only
noted; at the end of the run the rules of our own sources say what becomes of all of them together
(`harvest.guard`): a tombstone of seven days, held for a decision, or left out because the list is not proven
complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectError
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi import clock, outbox
from ckanext.jambi.harvest import guard, records
from ckanext.jambi.harvest.guard import Facts, Hold, Limit, Reason
from ckanext.jambi.harvest.leases import Lease
from ckanext.jambi.harvest.model import incoming, quarantine, record, run

KIND = "vanished"
GRACE = timedelta(days=7)
REASONS = frozenset({Reason.MASS_DELETION.value, Reason.EMPTY.value})
ERRED = {"state": "ERROR", "report_status": "errored"}

_object, _package = HarvestObject.__table__, model.Package.__table__


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of the deletions of a run: all `may_go`, or `holds` says why they wait.

    Attributes:
        package_ids: the datasets that the harvester wanted to delete.
        proven: whether the list was read without an error, so that deletions count at all.
    """

    package_ids: Sequence[str] = ()
    holds: tuple[Hold, ...] = ()
    proven: bool = True

    @property
    def may_go(self) -> bool:
        """Whether the datasets get tombstones."""
        return self.proven and not self.holds


def put_off(lease: Lease, package_id: str) -> None:
    """Note in the harvester's process that it wants to delete a dataset; noted twice is noted once."""
    found = model.Package.get(package_id)
    values = {
        "run_id": lease.run_id,
        "guid": package_id,
        "position": 0,
        "hash": "",
        "kind": KIND,
        "content": {"fields": {"title": found.title or found.name}} if found else {},
        "package_id": package_id,
    }
    with lease.transaction() as connection:
        connection.execute(insert(incoming).values(**values).on_conflict_do_nothing())


def judge(connection: Connection, lease: Lease, job_id: str, *, whole: bool) -> Judged:
    """Return what becomes of the deletions that a run noted; those with a tombstone already are no news.

    Args:
        whole: whether the harvester came to its end.
    """
    buried = sa.select(record.c.package_id).where(
        _own(lease), record.c.missing_since.is_not(None), record.c.package_id.is_not(None)
    )
    wanted = sa.select(incoming.c.package_id).where(_noted(lease), incoming.c.package_id.not_in(buried))
    gone = connection.scalars(wanted.order_by(incoming.c.package_id)).all()
    errors = HarvestGatherError.__table__
    erred = connection.scalar(sa.select(sa.exists().where(errors.c.harvest_job_id == job_id)))
    proven = whole and not erred
    if not gone:
        return Judged(proven=proven)
    facts = _facts(connection, lease, job_id, gone, proven=proven)
    holds = tuple(
        Hold(one.reason, one.gone, one.live, guids=tuple(gone)) for one in guard.judge(facts, Limit()).holds
    )
    return Judged(gone, holds, proven)


def _facts(connection: Connection, lease: Lease, job_id: str, gone: Sequence[str], *, proven: bool) -> Facts:
    """Count as the guard of our own sources does: what is live from earlier jobs, and what went in a week."""
    earlier = sa.exists().where(
        _object.c.package_id == _package.c.id,
        _object.c.harvest_source_id == lease.source_id,
        _object.c.harvest_job_id != job_id,
    )
    missing = sa.exists().where(record.c.package_id == _package.c.id, record.c.missing_since.is_not(None))
    live = sa.select(sa.func.count()).where(_package.c.state == "active", earlier, sa.not_(missing))
    listed = sa.select(sa.func.count()).where(
        _object.c.harvest_job_id == job_id, sa.func.coalesce(_object.c.package_id, "").not_in(gone)
    )
    recent = sa.and_(_own(lease), record.c.missing_since > clock.now() - guard.WINDOW)
    buried = sa.select(sa.func.count()).select_from(record).where(recent)
    return Facts(
        complete=proven,
        seen=connection.scalar(listed) or 0,
        live=connection.scalar(live) or 0,
        vanished=len(gone),
        buried=connection.scalar(buried) or 0,
    )


def bury(
    connection: Connection, lease: Lease, package_ids: Sequence[str], now: datetime, organization_id: str
) -> None:
    """Open the tombstones of datasets, which stay public for seven days; what a person restored is kept."""
    own = {"source_id": lease.source_id, "missing_since": now, "tombstone_until": now + GRACE}
    rows = [{**own, "guid": one, "package_id": one} for one in package_ids]
    if not rows:
        return
    made = insert(record).values(rows).on_conflict_do_nothing().returning(record.c.package_id)
    ids = connection.scalars(made).all()
    public = sa.select(_package.c.id, sa.not_(_package.c.private)).where(_package.c.id.in_(ids))
    outbox.emit_many(
        [
            records.tombstoned(lease.source_id, organization_id, package_id, now + GRACE, public=shown)
            for package_id, shown in connection.execute(public)
        ]
    )


def unbury(connection: Connection, lease: Lease, job_id: str) -> None:
    """Close the tombstones of datasets that a job has brought again, and not deleted anew."""
    listed = sa.exists().where(
        _object.c.package_id == record.c.package_id, _object.c.harvest_job_id == job_id, _object.c.current
    )
    deleted = sa.exists().where(incoming.c.package_id == record.c.package_id, _noted(lease))
    connection.execute(sa.delete(record).where(_own(lease), listed, sa.not_(deleted)))


def _own(lease: Lease) -> sa.ColumnElement[bool]:
    return record.c.source_id == lease.source_id


def _noted(lease: Lease) -> sa.ColumnElement[bool]:
    """Which rows are the deletions that a run noted."""
    return sa.and_(incoming.c.run_id == lease.run_id, incoming.c.kind == KIND)


def leave_out(connection: Connection, job_id: str, judged: Judged) -> None:
    """Take back what the harvester noted of deletions that are not carried out: its report says why."""
    text = _why(judged)
    marked = (
        sa.update(_object)
        .where(_object.c.harvest_job_id == job_id, _object.c.package_id.in_(judged.package_ids))
        .values(**ERRED)
        .returning(_object.c.id)
    )
    for object_id in connection.scalars(marked).all():
        values = {"id": model.types.make_uuid(), "harvest_object_id": object_id, "stage": "Import"}
        connection.execute(sa.insert(HarvestObjectError.__table__).values(**values, message=text))
    last = (
        sa.select(_object.c.id)
        .where(_object.c.package_id.in_(judged.package_ids), _object.c.harvest_job_id != job_id)
        .where(_object.c.state == "COMPLETE")
        .distinct(_object.c.package_id)
        .order_by(_object.c.package_id, _object.c.gathered.desc())
    )
    connection.execute(sa.update(_object).where(_object.c.id.in_(last)).values(current=True))


def approved(connection: Connection, stated: Mapping[str, Any]) -> list[str]:
    """Return the datasets of an approved change set that its source has not listed again since."""
    held_by = sa.select(quarantine.c.run_id).where(quarantine.c.id == stated["quarantine_id"])
    ended = sa.select(run.c.finished_at).where(run.c.id == held_by.scalar_subquery())
    since = sa.func.timezone("UTC", ended.scalar_subquery())
    back = sa.exists().where(
        _object.c.package_id == incoming.c.package_id, _object.c.current, _object.c.gathered > since
    )
    mine = sa.and_(incoming.c.run_id == stated["id"], incoming.c.kind == KIND)
    return list(connection.scalars(sa.select(incoming.c.package_id).where(mine, sa.not_(back))))


def _why(judged: Judged) -> str:
    if judged.proven:
        return tk._("Held: too many datasets would go at once. Decide under the quarantines of the source.")
    return tk._("Not deleted: the list was not read to its end without errors.")
