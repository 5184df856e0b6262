"""Stop a portal from outside, and clear what a killed one left."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from ckanext.jambi.launcher import child
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.lock import holder
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.record import Record, end_leftovers
from ckanext.jambi.launcher.valkey import Valkey

PATIENCE_SECONDS = 120.0
KILL_SECONDS = 5.0


def stop(layout: Layout) -> bool:
    """Stop the portal of `layout`; False if none was running."""
    record = Record.read(layout.processes)
    pid = holder(layout.lock)
    if pid is not None:
        _end_launcher(pid)
    end_leftovers(record.processes)
    if holder(layout.lock) is None:
        Postgres(layout.data / "postgres").remove_socket()
        Valkey(layout.data / "valkey").remove_socket()
        layout.processes.unlink(missing_ok=True)
    return pid is not None


def _end_launcher(pid: int) -> None:
    """Ask the launcher to end and wait until its process is gone, not only its lock."""
    ticks = child.started_ticks(pid)
    for number, patience in ((signal.SIGTERM, PATIENCE_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if child.wait_gone(pid, ticks, patience):
            return
