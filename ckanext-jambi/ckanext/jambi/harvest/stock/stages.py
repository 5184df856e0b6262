"""The three stages of a stock harvester, with the meaning that ckanext-harvest gives them.

Runs in a child process. What ckanext-harvest does over two queues happens here in order: gather once,
then fetch and import object by object, each under the run's fencing token. Resumed after a kill, a
gather that was cut begins anew without the objects it had made; an object whose own import was cut is
imported again, all others are left as they ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins as p
import sqlalchemy as sa
from ckan import model
from ckanext.harvest import queue as stock
from ckanext.harvest.interfaces import IHarvester
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError

from ckanext.jambi.harvest.stock.gate import Gate

log = logging.getLogger(__name__)

ENDED = ("COMPLETE", "ERROR")
CUT = ("FETCH", "IMPORT")
RETRIES = 3


def harvester_of(source_type: str) -> Any | None:
    """Return the enabled harvester of a type of source, or None."""
    for each in p.PluginImplementations(IHarvester):
        if each.info()["name"] == source_type:
            return each
    return None


def drive(harvester: Any, job: HarvestJob, may_go_on: Callable[[], None], gate: Gate) -> None:
    """Gather, fetch and import what is not done yet; `may_go_on` raises where the run must stop.

    The gate judges what is stored; it is told which object is in hand.
    """
    if job.gather_finished is None:
        _gather(harvester, job)
    job_id = job.id
    for object_id in _open_objects(job_id):
        may_go_on()
        _process(harvester, object_id, gate)


def progress(job_id: str) -> tuple[bool, int, int]:
    """Return how far a job got: gathered or not, objects that have ended, imports that were tried again."""
    query = sa.select(
        sa.func.count().filter(HarvestObject.state.in_(ENDED)),
        sa.func.coalesce(sa.func.sum(HarvestObject.retry_times), 0),
    ).where(HarvestObject.harvest_job_id == job_id)
    ended, tried = model.Session.execute(query).one()
    gathered = HarvestJob.get(job_id).gather_finished is not None
    model.Session.remove()
    return gathered, ended, tried


def end_open_objects(job_id: str, message: str) -> None:
    """Give every object of a job that has not ended an end, so that the job is terminal."""
    for object_id in _open_objects(job_id):
        _fail(model.Session.get(HarvestObject, object_id), message)


def _gather(harvester: Any, job: HarvestJob) -> None:
    _forget_unreferenced(job.id)
    try:
        stock.gather_stage(harvester, job)
    except Exception as err:  # a stock harvester's defect ends its run, not the worker
        log.exception("The gather of job %s met a defect", job.id)
        model.Session.rollback()
        HarvestGatherError.create(message=str(err) or type(err).__name__, job=job)


def _forget_unreferenced(job_id: str) -> None:
    """Remove what a gather that was cut had made; nothing refers to those objects yet."""
    loose = model.Session.query(HarvestObject).filter_by(harvest_job_id=job_id, package_id=None)
    for one in loose.all():
        model.Session.delete(one)
    model.Session.commit()


def _open_objects(job_id: str) -> Iterator[str]:
    own = sa.select(HarvestObject.id).where(
        HarvestObject.harvest_job_id == job_id,
        sa.or_(HarvestObject.state.is_(None), HarvestObject.state.not_in(ENDED)),
    )
    yield from model.Session.scalars(own.order_by(HarvestObject.gathered, HarvestObject.id)).all()


def _process(harvester: Any, object_id: str, gate: Gate) -> None:
    found = model.Session.get(HarvestObject, object_id)
    if found.state in CUT:
        found.retry_times += 1
        found.save()
        if found.retry_times > RETRIES:
            _fail(found, f"Its import ended the process {RETRIES + 1} times.")
            return
    gate.begin(found)
    try:
        stock.fetch_and_import_stages(harvester, found)
    except Exception as err:  # a stock harvester's defect ends one object, not the run
        log.exception("Object %s met a defect", object_id)
        model.Session.rollback()
        _fail(model.Session.get(HarvestObject, object_id), str(err) or type(err).__name__)
    model.Session.remove()


def _fail(found: HarvestObject, message: str) -> None:
    found.state, found.report_status = "ERROR", "errored"
    found.save()
    HarvestObjectError.create(message=message, object=found, stage="Import")
    model.Session.commit()
