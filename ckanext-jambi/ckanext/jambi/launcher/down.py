"""Stop a portal from outside, and clear what a killed one left."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.lock import holder
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.record import Record, end_leftovers
from ckanext.jambi.launcher.valkey import Valkey

PATIENCE_SECONDS = 120.0


def stop(layout: Layout) -> bool:
    """Stop the portal of `layout`; False if none was running."""
    record = Record.read(layout.processes)
    pid = holder(layout.lock)
    if pid is not None:
        _end_launcher(layout, pid)
    end_leftovers(record.processes)
    if holder(layout.lock) is None:
        Postgres(layout.data / "postgres").remove_socket()
        Valkey(layout.data / "valkey").remove_socket()
        layout.processes.unlink(missing_ok=True)
    return pid is not None


def _end_launcher(layout: Layout, pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while holder(layout.lock) == pid and time.monotonic() < deadline:
        time.sleep(0.1)
    if holder(layout.lock) == pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
