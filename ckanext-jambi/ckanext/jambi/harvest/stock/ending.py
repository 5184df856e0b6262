"""How a run of another harvester ends: its job, its objects, what is held, and its own row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject
from sqlalchemy.engine import Connection

from ckanext.jambi import clock
from ckanext.jambi.harvest import changes, config, objects, quarantines, screening
from ckanext.jambi.harvest.leases import NOW, Lease
from ckanext.jambi.harvest.model import incoming, run
from ckanext.jambi.harvest.stock import child, deletions, stages
from ckanext.jambi.harvest.stock.deletions import Judged
from ckanext.jambi.harvest.transactions import batch_transaction
from jambi_harvesters.errors import HarvesterError

ATTEMPTS = 4
TOO_LONG, CRASHED = "deadline", "crashed"
COUNTED = {"added": "new", "updated": "changed", "not modified": "unchanged", "errored": "failed"}


@dataclass
class Holding:
    """What quarantines and change sets want to know of a run."""

    lease: Lease
    source: Mapping[str, Any]
    organization_id: str
    now: datetime
    run: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the harvester's process ended, and what the proxy refused it or cut off."""

    how: int | str
    refused: Sequence[HarvesterError] = ()

    @property
    def code(self) -> str | None:
        """What the run's row names as its error."""
        if isinstance(self.how, str):
            return self.how
        if self.how == child.ABORTED:
            return "aborted"
        return self.refused[0].code if self.refused else None

    @property
    def problem(self) -> str | None:
        """Why the harvester did not come to its end, in words for stewards."""
        if self.how == TOO_LONG:
            return tk._("The run took longer than {seconds} s and was ended.").format(
                seconds=config.stock_deadline()
            )
        if self.how == CRASHED:
            return tk._("The harvester's process ended by itself {count} times.").format(count=ATTEMPTS)
        return tk._("The run was aborted.") if self.how == child.ABORTED else None

    @property
    def told(self) -> list[str]:
        """All that went wrong around the harvester, each reason once."""
        problem = self.problem
        return ([problem] if problem else []) + list(dict.fromkeys(one.pesan for one in self.refused))


def finish(lease: Lease, job_id: str, ended: Ending) -> str:
    """Give the job, its objects and the run their end."""
    lease.ending = True
    if ended.problem:
        stages.end_open_objects(job_id, ended.problem)
    holding = _holding(lease)
    with batch_transaction(lease) as connection:
        judged = deletions.judge(connection, lease, job_id, whole=not ended.told)
        deletions.unbury(connection, lease, job_id)
        _settle_deletions(connection, holding, job_id, judged)
        held = _held(connection, lease)
        quarantines.open_for(connection, holding, [*screening.holds(held), *judged.holds])
        model.Session.commit()
        state, values = _outcome(connection, job_id, ended)
        values["held"] = len(held) + (len(judged.package_ids) if judged.holds else 0)
        state = "quarantined" if values["held"] and state in ("succeeded", "partial") else state
        lease.fence(connection, state=state, finished_at=NOW, **values)
        changes.clear(connection, lease.run_id)
        for text in ended.told:
            objects.put_gather_error(connection, job_id, text, clock.now())
        objects.finish_job(connection, job_id, clock.now())
    _reindex(job_id)
    return state


def is_decision(lease: Lease) -> bool:
    """Return whether a run applies a change set that somebody approved."""
    return _stated(lease)["quarantine_id"] is not None


def apply_decision(lease: Lease) -> str:
    """Bury the datasets of an approved change set; those that the source lists again stay."""
    lease.ending = True
    holding = _holding(lease)
    with batch_transaction(lease) as connection:
        changes.adopt(connection, holding)
        gone = deletions.approved(connection, holding.run)
        deletions.bury(connection, lease, gone, holding.now, holding.organization_id)
        model.Session.commit()
        lease.fence(connection, state="succeeded", finished_at=NOW, vanished=len(gone))
        changes.clear(connection, lease.run_id)
    return "succeeded"


def _settle_deletions(connection: Connection, holding: Holding, job_id: str, judged: Judged) -> None:
    """Bury what may go; what waits from earlier is settled where nothing is held any more."""
    if judged.may_go:
        deletions.bury(connection, holding.lease, judged.package_ids, holding.now, holding.organization_id)
        model.Session.commit()
        quarantines.settled(connection, holding, deletions.REASONS)
    elif judged.package_ids:
        deletions.leave_out(connection, job_id, judged)


def _outcome(connection: Connection, job_id: str, ended: Ending) -> tuple[str, dict[str, Any]]:
    """Return the run's state, and its counters and error."""
    counts = _counts(connection, job_id)
    error = ended.told[0] if ended.told else _gather_error(connection, job_id)
    values: dict[str, Any] = {name: counts.get(status, 0) for status, name in COUNTED.items()}
    values |= {"vanished": counts.get("deleted", 0), "seen": sum(counts.values())}
    return _state(ended, counts, error), {**values, "error": error, "error_code": ended.code}


def _state(ended: Ending, counts: Mapping[str, int], error: str | None) -> str:
    if ended.how == child.ABORTED:
        return "aborted"
    if ended.problem or (error and not counts):
        return "failed"
    if counts.get("errored") or error:
        return "partial"
    return "succeeded" if set(counts) - {"not modified"} else "unchanged"


def _counts(connection: Connection, job_id: str) -> dict[str, int]:
    each = HarvestObject.__table__
    status = sa.func.coalesce(each.c.report_status, "errored")
    query = sa.select(status, sa.func.count()).where(each.c.harvest_job_id == job_id).group_by(status)
    return {row[0]: row[1] for row in connection.execute(query)}


def _gather_error(connection: Connection, job_id: str) -> str | None:
    errors = HarvestGatherError.__table__
    return connection.scalar(sa.select(errors.c.message).where(errors.c.harvest_job_id == job_id).limit(1))


def _held(connection: Connection, lease: Lease) -> Sequence[Any]:
    """Return the records that are held for personal data."""
    own = sa.and_(incoming.c.run_id == lease.run_id, incoming.c.reason.is_not(None))
    return connection.execute(sa.select(incoming).where(own)).all()


def _holding(lease: Lease) -> Holding:
    found = model.Package.get(lease.source_id)
    return Holding(lease, {"name": found.name}, found.owner_org, clock.now(), _stated(lease))


def _stated(lease: Lease) -> Mapping[str, Any]:
    with lease.engine.connect() as connection:
        return dict(connection.execute(sa.select(run).where(run.c.id == lease.run_id)).mappings().one())


def _site_user() -> str:
    return str(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])


def _reindex(job_id: str) -> None:
    """Show the job's end in the list of sources, which comes from the search row."""
    context = {"ignore_auth": True, "user": _site_user()}
    tk.get_action("harvest_source_reindex")(context, {"id": HarvestJob.get(job_id).source_id})
    model.Session.remove()
