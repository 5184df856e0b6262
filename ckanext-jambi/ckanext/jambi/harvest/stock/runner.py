"""One run of a source that another harvester reads: its process watched from lease to end (HV19).

A stock harvester commits as it likes, so exactly-once is promised for our importer only. Promised here:
one run at a time, every job terminal, no exception, crash or endless loop of a harvester ends the
worker, and each object is imported at most once unless its own import was cut.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestSource

from ckanext.jambi import clock
from ckanext.jambi.harvest import config, objects
from ckanext.jambi.harvest.connections import allowed_targets, resolver
from ckanext.jambi.harvest.leases import NOW, Heartbeat, Lease
from ckanext.jambi.harvest.stock import child, stages
from ckanext.jambi.harvest.work import Stop
from jambi_harvesters.egress import Egress

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0
ATTEMPTS = 4
TOO_LONG, CRASHED = "deadline", "crashed"
COUNTED = {"added": "new", "updated": "changed", "not modified": "unchanged", "errored": "failed"}
STATES = {child.LOST: "lost", child.STOPPED: "stopped"}


def harvester_for(source_id: str) -> Any | None:
    """Return the stock harvester of a source, or None if no enabled one reads it."""
    found = HarvestSource.get(source_id)
    return stages.harvester_of(found.type) if found else None


def perform(lease: Lease, stop: Stop, harvester: Any) -> str:
    """Work on a leased run until it ends, is stopped or is lost; return the state it is left in."""
    job_id = _open_job(lease)
    user = model.User.get(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])
    model.Session.expunge(user)
    model.Session.remove()
    ended = _supervise(lease, stop, harvester, job_id, user)
    if ended in STATES:
        return STATES[ended]
    return _finish(lease, job_id, ended)


def _open_job(lease: Lease) -> str:
    with lease.transaction(state="import") as connection:
        return objects.ensure_job(connection, lease, clock.now())


def _supervise(lease: Lease, stop: Stop, harvester: Any, job_id: str, user: Any) -> int | str:
    """Run the harvester's process, again where it crashed but got on; return how the last one ended."""
    with lease.engine.connect() as connection:
        targets = tuple(allowed_targets(connection))
    ends, stuck, before = time.monotonic() + config.stock_deadline(), 0, stages.progress(job_id)
    while stuck < ATTEMPTS:
        with Egress(resolver, targets, config.loopback_allowed()) as proxy:
            pid = child.start(lease, job_id, harvester, proxy.url, user)
            with Heartbeat(lease):
                ended = _wait(pid, stop, ends)
        if ended in (child.DONE, child.LOST, child.ABORTED, child.STOPPED, TOO_LONG):
            return ended
        log.warning("The process of job %s ended with %s", job_id, ended)
        now = stages.progress(job_id)
        stuck, before = (stuck + 1 if now == before else 1), now
    return CRASHED


def _wait(pid: int, stop: Stop, ends: float) -> int | str:
    """Wait for a process; one that must stop gets ten seconds to end the object in work."""
    killed_at = None
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            return child.STOPPED if stop.requested and code != child.DONE else code
        now = time.monotonic()
        if now >= ends or (killed_at is not None and now >= killed_at):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return TOO_LONG if now >= ends else child.STOPPED
        if stop.requested and killed_at is None:
            os.kill(pid, signal.SIGTERM)
            killed_at = now + GRACE_SECONDS
        time.sleep(POLL_SECONDS)


def _finish(lease: Lease, job_id: str, ended: int | str) -> str:
    """Give the job, its objects and the run their end."""
    problem = _problem(ended)
    if problem:
        stages.end_open_objects(job_id, problem)
    counts = _counts(job_id)
    state = _state(ended, problem, counts, _gather_error(job_id))
    values: dict[str, Any] = {name: counts.get(status, 0) for status, name in COUNTED.items()}
    values["vanished"] = counts.get("deleted", 0)
    values["seen"] = sum(counts.values())
    code = str(ended) if problem else None
    with lease.transaction(
        state=state, finished_at=NOW, error=problem or _gather_error(job_id), error_code=code, **values
    ) as connection:
        if problem:
            objects.put_gather_error(connection, job_id, problem, clock.now())
        objects.finish_job(connection, job_id, clock.now())
    _reindex(job_id)
    return state


def _problem(ended: int | str) -> str | None:
    if ended == TOO_LONG:
        return tk._("The run took longer than {seconds} s and was ended.").format(
            seconds=config.stock_deadline()
        )
    if ended == CRASHED:
        return tk._("The harvester's process ended by itself {count} times.").format(count=ATTEMPTS)
    return tk._("The run was aborted.") if ended == child.ABORTED else None


def _state(ended: int | str, problem: str | None, counts: dict[str, int], gather_error: str | None) -> str:
    if ended == child.ABORTED:
        return "aborted"
    if problem or (gather_error and not counts):
        return "failed"
    if counts.get("errored") or gather_error:
        return "partial"
    return "succeeded" if set(counts) - {"not modified"} else "unchanged"


def _counts(job_id: str) -> dict[str, int]:
    query = (
        sa.select(HarvestObject.report_status, sa.func.count())
        .where(HarvestObject.harvest_job_id == job_id)
        .group_by(HarvestObject.report_status)
    )
    counts = {status or "errored": count for status, count in model.Session.execute(query)}
    model.Session.remove()
    return counts


def _gather_error(job_id: str) -> str | None:
    query = sa.select(HarvestGatherError.message).where(HarvestGatherError.harvest_job_id == job_id)
    message = model.Session.scalars(query.limit(1)).first()
    model.Session.remove()
    return message


def _reindex(job_id: str) -> None:
    """Show the job's end in the list of sources, which comes from the search row."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"ignore_auth": True, "user": user}
    tk.get_action("harvest_source_reindex")(context, {"id": HarvestJob.get(job_id).source_id})
    model.Session.remove()
