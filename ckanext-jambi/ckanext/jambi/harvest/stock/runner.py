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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestSource

from ckanext.jambi import clock
from ckanext.jambi.harvest import changes, config, objects, quarantines, screening
from ckanext.jambi.harvest.connections import allowed_targets, resolver
from ckanext.jambi.harvest.leases import NOW, Heartbeat, Lease
from ckanext.jambi.harvest.model import incoming
from ckanext.jambi.harvest.stock import child, stages
from ckanext.jambi.harvest.transactions import batch_transaction
from ckanext.jambi.harvest.work import Stop
from jambi_harvesters import addresses
from jambi_harvesters.egress import Egress, Limits
from jambi_harvesters.errors import AddressRefusedError, HarvesterError

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0
ATTEMPTS = 4
TOO_LONG, CRASHED = "deadline", "crashed"
COUNTED = {"added": "new", "updated": "changed", "not modified": "unchanged", "errored": "failed"}
STATES = {child.LOST: "lost", child.STOPPED: "stopped"}


@dataclass
class Holding:
    """What the quarantines of a run want to know of it."""

    lease: Lease
    source: Mapping[str, Any]
    organization_id: str
    now: datetime


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
    def reasons(self) -> list[str]:
        """What the proxy refused, each reason once, in words for stewards."""
        return list(dict.fromkeys(one.pesan for one in self.refused))


def harvester_for(source_id: str) -> Any | None:
    """Return the stock harvester of a source, or None if no enabled one reads it."""
    found = HarvestSource.get(source_id)
    return stages.harvester_of(found.type) if found else None


def perform(lease: Lease, stop: Stop, harvester: Any) -> str:
    """Work on a leased run until it ends, is stopped or is lost; return the state it is left in."""
    job_id = _open_job(lease)
    refused = _refused_address(lease.source_id)
    if refused:
        return _finish(lease, job_id, Ending(child.DONE, [refused]))
    user = model.User.get(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])
    model.Session.expunge(user)
    model.Session.remove()
    ended = _supervise(lease, stop, harvester, job_id, user)
    if ended.how in STATES:
        return STATES[int(ended.how)]
    return _finish(lease, job_id, ended)


def _refused_address(source_id: str) -> AddressRefusedError | None:
    """Return why a source's own address may not be asked at all: a file, another scheme, a password."""
    try:
        addresses.place_of(HarvestSource.get(source_id).url)
    except AddressRefusedError as err:
        return err
    return None


def _open_job(lease: Lease) -> str:
    with lease.transaction(state="import") as connection:
        return objects.ensure_job(connection, lease, clock.now())


def _supervise(lease: Lease, stop: Stop, harvester: Any, job_id: str, user: Any) -> Ending:
    """Run the harvester's process, again where it crashed but got on; return how the last one ended."""
    refused: list[HarvesterError] = []
    ends, stuck, before = time.monotonic() + config.stock_deadline(), 0, stages.progress(job_id)
    while stuck < ATTEMPTS:
        with _proxy(lease, refused) as proxy:
            pid = child.start(lease, job_id, harvester, proxy.url, user)
            with Heartbeat(lease):
                ended = _wait(pid, stop, ends)
        if ended in (child.DONE, child.LOST, child.ABORTED, child.STOPPED, TOO_LONG):
            return Ending(ended, refused)
        log.warning("The process of job %s ended with %s", job_id, ended)
        now = stages.progress(job_id)
        stuck, before = (stuck + 1 if now == before else 1), now
    return Ending(CRASHED, refused)


def _proxy(lease: Lease, refused: list[HarvesterError]) -> Egress:
    with lease.engine.connect() as connection:
        targets = tuple(allowed_targets(connection))
    limits = Limits(max_bytes=config.stock_max_bytes())
    return Egress(resolver, targets, config.loopback_allowed(), limits, refused=refused.append)


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


def _finish(lease: Lease, job_id: str, ended: Ending) -> str:
    """Give the job, its objects and the run their end."""
    problem = _problem(ended.how)
    if problem:
        stages.end_open_objects(job_id, problem)
    told = ([problem] if problem else []) + ended.reasons
    error = told[0] if told else _gather_error(job_id)
    counts = _counts(job_id)
    held = _held(lease)
    state = _state(ended.how, problem, counts, error)
    state = "quarantined" if held and state in ("succeeded", "partial") else state
    values = {**_counters(counts), "held": len(held), "error": error, "error_code": ended.code}
    with batch_transaction(lease, state=state, finished_at=NOW, **values) as connection:
        quarantines.open_for(connection, _holding(lease), list(screening.holds(held)))
        model.Session.commit()
        changes.clear(connection, lease.run_id)
        for text in told:
            objects.put_gather_error(connection, job_id, text, clock.now())
        objects.finish_job(connection, job_id, clock.now())
    _reindex(job_id)
    return state


def _held(lease: Lease) -> Sequence[Any]:
    own = sa.select(incoming).where(incoming.c.run_id == lease.run_id, incoming.c.reason.is_not(None))
    with lease.engine.connect() as connection:
        return connection.execute(own).all()


def _holding(lease: Lease) -> Holding:
    found = model.Package.get(lease.source_id)
    return Holding(lease, {"name": found.name}, found.owner_org, clock.now())


def _counters(counts: dict[str, int]) -> dict[str, Any]:
    values: dict[str, Any] = {name: counts.get(status, 0) for status, name in COUNTED.items()}
    return values | {"vanished": counts.get("deleted", 0), "seen": sum(counts.values())}


def _problem(ended: int | str) -> str | None:
    if ended == TOO_LONG:
        return tk._("The run took longer than {seconds} s and was ended.").format(
            seconds=config.stock_deadline()
        )
    if ended == CRASHED:
        return tk._("The harvester's process ended by itself {count} times.").format(count=ATTEMPTS)
    return tk._("The run was aborted.") if ended == child.ABORTED else None


def _state(ended: int | str, problem: str | None, counts: dict[str, int], error: str | None) -> str:
    if ended == child.ABORTED:
        return "aborted"
    if problem or (error and not counts):
        return "failed"
    if counts.get("errored") or error:
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
