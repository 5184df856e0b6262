"""The process in which a stock harvester runs: little memory, one way out, gone with its worker."""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestJob
from flask import g

from ckanext.jambi.harvest import engines
from ckanext.jambi.harvest.errors import AbortRequestedError, LeaseLostError, StopRequestedError
from ckanext.jambi.harvest.leases import Lease
from ckanext.jambi.harvest.stock import hooks, stages
from ckanext.jambi.harvest.stock.gate import Gate
from ckanext.jambi.harvest.work import Stop

log = logging.getLogger(__name__)

DONE, LOST, ABORTED, STOPPED, DEFECT = 0, 3, 4, 5, 1
EXITS: dict[type[Exception], int] = {
    LeaseLostError: LOST,
    AbortRequestedError: ABORTED,
    StopRequestedError: STOPPED,
}
MEMORY_BYTES = 10**9
PR_SET_PDEATHSIG = 1
PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


def start(lease: Lease, job_id: str, harvester: Any, proxy: str, user: Any) -> int:
    """Fork the process and return its id."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        _confine(parent, proxy)
        os._exit(_drive(lease, job_id, harvester, user))
    finally:
        os._exit(DEFECT)


def _confine(parent: int, proxy: str) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(DEFECT)
    for name in PROXIES:
        os.environ[name] = proxy
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))
    # The connections belong to the parent: they are forgotten here, not closed.
    model.Session.registry.clear()
    for engine in engines.every():
        engine.dispose(close=False)


def _drive(lease: Lease, job_id: str, harvester: Any, user: Any) -> int:
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.request)
    # Also for calls without a context: ckanext-dcat looks so for the dataset to update, perhaps a draft.
    g._login_user = g.userobj = user
    g.user = user.name
    try:
        gate = Gate(lease)
        gate.open()
        hooks.install(gate, lease.run_id)
        stages.drive(harvester, HarvestJob.get(job_id), _fence(lease, stop), gate)
    except tuple(EXITS) as err:
        return EXITS[type(err)]
    except (Exception, SystemExit):  # whatever a stock harvester raises ends this process, and no other
        log.exception("Job %s met a defect", job_id)
        return DEFECT
    return DONE


def _fence(lease: Lease, stop: Stop) -> Callable[[], None]:
    def may_go_on() -> None:
        stop.check()
        with sa.Engine.begin(lease.engine) as connection:
            lease.fence(connection)

    return may_go_on
