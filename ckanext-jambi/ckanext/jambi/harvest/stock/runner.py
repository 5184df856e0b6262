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
from ckan import model
from ckanext.harvest.model import HarvestSource

from ckanext.jambi import clock
from ckanext.jambi.harvest import config, objects
from ckanext.jambi.harvest.connections import allowed_targets, resolver
from ckanext.jambi.harvest.leases import Heartbeat, Lease
from ckanext.jambi.harvest.stock import child, ending, stages
from ckanext.jambi.harvest.stock.ending import ATTEMPTS, CRASHED, TOO_LONG, Ending
from ckanext.jambi.harvest.work import Stop
from jambi_harvesters import addresses
from jambi_harvesters.egress import Egress, Limits
from jambi_harvesters.errors import AddressRefusedError, HarvesterError

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0
STATES = {child.LOST: "lost", child.STOPPED: "stopped"}


def harvester_for(source_id: str) -> Any | None:
    """Return the stock harvester of a source, or None if no enabled one reads it."""
    found = HarvestSource.get(source_id)
    return stages.harvester_of(found.type) if found else None


def perform(lease: Lease, stop: Stop, harvester: Any) -> str:
    """Work on a leased run until it ends, is stopped or is lost; return the state it is left in."""
    if ending.is_decision(lease):
        return ending.apply_decision(lease)
    job_id = _open_job(lease)
    refused = _refused_address(lease.source_id)
    if refused:
        return ending.finish(lease, job_id, Ending(child.DONE, [refused]))
    user = model.User.get(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])
    model.Session.expunge(user)
    model.Session.remove()
    ended = _supervise(lease, stop, harvester, job_id, user)
    if ended.how in STATES:
        return STATES[int(ended.how)]
    return ending.finish(lease, job_id, ended)


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
    killed_at, told = ends, False
    while time.monotonic() < killed_at:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            return child.STOPPED if stop.requested and code != child.DONE else code
        if stop.requested and not told:
            os.kill(pid, signal.SIGTERM)
            killed_at, told = min(ends, time.monotonic() + GRACE_SECONDS), True
        time.sleep(POLL_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return TOO_LONG if killed_at == ends else child.STOPPED
