"""ckanext-harvest's actions on our runner: pages, buttons and API stay, queues do not (HV20, HV21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import logic, model
from ckanext.harvest.logic.action.update import _make_scheduled_jobs
from ckanext.harvest.logic.dictization import harvest_job_dictize
from ckanext.harvest.model import HarvestJob, HarvestObject

from ckanext.jambi import clock
from ckanext.jambi.harvest import batch, clearing, hiding, objects, queue, wake
from ckanext.jambi.harvest.logic import action
from ckanext.jambi.harvest.model import ENDED_STATES, run
from ckanext.jambi.harvest.stock import gate


def actions() -> dict[str, Callable[..., Any]]:
    """Return the room's own actions and those of CKAN and ckanext-harvest that it completes."""
    own = dict(action.ACTIONS)
    heard = (
        batch.package_create,
        batch.package_update,
        batch.activity_create,
        gate.package_delete,
        gate.dataset_purge,
        gate.datastore_create,
        gate.datastore_upsert,
        harvest_send_job_to_gather_queue,
        harvest_jobs_run,
        harvest_job_abort,
        harvest_job_show,
        harvest_job_report,
        harvest_source_show_status,
        clearing.harvest_source_clear,
        hiding.harvest_source_list,
    )
    return own | {each.__name__: each for each in heard}


@tk.chained_action
def harvest_send_job_to_gather_queue(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Give a job a run of ours and wake a worker; no queue is used."""
    job = tk.get_action("harvest_job_show")(context, {"id": tk.get_or_bust(data_dict, "id")})
    tk.check_access("harvest_send_job_to_gather_queue", context, job)
    source = tk.get_action("harvest_source_show")({**context}, {"id": job["source_id"]})
    if not source["active"]:
        raise tk.ValidationError({"source_id": [tk._("This source is not active.")]})
    found = HarvestJob.get(job["id"])
    found.status = "Running"
    model.Session.flush()
    queue.enqueue(model.Session.connection(), job["source_id"], "button", job_id=job["id"])
    model.Session.commit()
    wake.wake()
    return harvest_job_dictize(found, context)


@tk.chained_action
def harvest_jobs_run(next_action: Any, context: Any, data_dict: dict[str, Any]) -> list[Any]:
    """Schedule what is due and finish jobs whose runs have ended; nothing is sent to Redis."""
    tk.check_access("harvest_jobs_run", context, data_dict)
    if not data_dict.get("source_id"):
        _make_scheduled_jobs(context, data_dict)
        queue.enqueue_due(model.Session.connection())
    for job_id in model.Session.scalars(_ended_jobs()).all():
        objects.finish_job(model.Session.connection(), job_id, clock.now())
    model.Session.commit()
    wake.wake()
    return []


def _ended_jobs() -> sa.Select[Any]:
    """Select jobs that run no more: their run has ended, or somebody drove their stages without a run."""
    job, each = HarvestJob.__table__, HarvestObject.__table__
    of_job = sa.exists().where(run.c.job_id == job.c.id)
    ended = of_job.where(run.c.state.in_(ENDED_STATES))
    at_work = sa.exists().where(each.c.harvest_job_id == job.c.id, each.c.state.not_in(("COMPLETE", "ERROR")))
    driven = sa.and_(job.c.gather_finished.is_not(None), sa.not_(at_work), sa.not_(of_job))
    return sa.select(job.c.id).where(job.c.status == "Running", sa.or_(ended, driven))


@tk.chained_action
def harvest_job_abort(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Abort a job, and stop the worker that has its run at its next commit."""
    answer = next_action(context, data_dict)
    connection = model.Session.connection()
    run_id = connection.execute(sa.select(run.c.id).where(run.c.job_id == answer["id"])).scalar()
    if run_id:
        queue.request_abort(connection, run_id)
    model.Session.commit()
    return answer


@tk.chained_action
@tk.side_effect_free
def harvest_job_show(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Show a job; what was not modified is counted by its run, since no objects are made for it."""
    return _with_unmodified(next_action(context, data_dict))


@tk.chained_action
@tk.side_effect_free
@logic.auth_audit_exempt  # the action it completes asks for `harvest_job_show`
def harvest_job_report(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Report a job's errors, and how many records were not modified."""
    report = next_action(context, data_dict)
    return report | {"not modified": _unmodified(data_dict["id"])}


@tk.chained_action
@tk.side_effect_free
def harvest_source_show_status(next_action: Any, context: Any, data_dict: dict[str, Any]) -> Any:
    """Show a source's status; its last job counts what was not modified."""
    status = next_action(context, data_dict)
    if status.get("last_job"):
        _with_unmodified(status["last_job"])
    return status


def _with_unmodified(job: dict[str, Any]) -> dict[str, Any]:
    if "stats" in job:
        job["stats"]["not modified"] = _unmodified(job["id"])
    return job


def _unmodified(job_id: str) -> int:
    counted = sa.select(sa.func.sum(run.c.unchanged)).where(run.c.job_id == job_id)
    return int(model.Session.execute(counted).scalar() or 0)
