"""What a piece of work costs: processor time of its process and its servers, statements, peak memory.

Each piece runs in a process of its own, forked from one that has loaded CKAN.
"""

from __future__ import annotations

import multiprocessing
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend import postgres as datastore_backend

from ckanext.jambi.harvest.leases import HEARTBEAT_THREAD


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of the processor (work, PostgreSQL, and a search engine beside it), SQL
    statements, commits, and MB: the most that the process held, and what it held before it began.
    """

    seconds: float
    work_cpu: float
    postgres_cpu: float
    engine_cpu: float
    statements: int
    commits: int
    peak_mb: float
    base_mb: float
    answer: Any

    @property
    def cpu(self) -> float:
        """Seconds of the processor in all."""
        return self.work_cpu + self.postgres_cpu + self.engine_cpu


def cost_of(work: Callable[[], Any], engine: int | None = None) -> Cost:
    """Do a piece of work in a process of its own and return what it cost and answered.

    Args:
        work: what is done.
        engine: process of a search engine whose time counts too.

    Raises:
        RuntimeError: if the process ended without an answer.
    """
    model.Session.remove()
    context = multiprocessing.get_context("fork")
    theirs, ours = context.Pipe()
    child = context.Process(target=_measured, args=(work, engine, ours))
    child.start()
    ours.close()
    try:
        return theirs.recv()
    except EOFError:
        raise RuntimeError("The work ended without an answer; its error stands above.") from None
    finally:
        child.join()


def _measured(work: Callable[[], Any], engine: int | None, pipe: Any) -> None:
    model.meta.engine.dispose(close=False)
    datastore_backend._engines.clear()
    counted = {"statements": 0, "commits": 0}
    _count(counted)
    server = _postmaster()
    watched = [psutil.Process(engine)] if engine else []
    process, base = psutil.Process(), _memory("VmRSS")

    def spent() -> tuple[float, float, float]:
        return _own_cpu(process), _server_cpu(server), sum(map(_own_cpu, watched))

    before, began = spent(), time.monotonic()
    answer = work()
    seconds = time.monotonic() - began
    cpu = [now - then for now, then in zip(spent(), before, strict=True)]
    pipe.send(Cost(seconds, *cpu, **counted, peak_mb=_memory("VmHWM"), base_mb=base, answer=answer))


def _count(counted: dict[str, int]) -> None:
    """Count the statements and commits of every engine from now on, less those that hold a lease by time."""

    def counter(name: str) -> Callable[..., None]:
        def count(*_: Any) -> None:
            counted[name] += threading.current_thread().name != HEARTBEAT_THREAD

        return count

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", counter("statements"))
    sa.event.listen(sa.engine.Engine, "commit", counter("commits"))


def _postmaster() -> psutil.Process:
    with model.meta.engine.connect() as connection:
        backend = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    return psutil.Process(backend).parent()


def _own_cpu(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:4])


def _server_cpu(server: psutil.Process) -> float:
    """Return the processor time of the server and of all its processes, those that ended included."""
    return sum(server.cpu_times()[:4]) + sum(sum(each.cpu_times()[:2]) for each in server.children())


def _memory(name: str) -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1_024 / 1e6 if found else 0.0
