"""The life of one launcher: checks, lock, start, and an end that leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Protocol

from ckanext.jambi.launcher import disk, folder, ports
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.lock import FolderLock
from ckanext.jambi.launcher.progress import Progress
from ckanext.jambi.launcher.record import Record, end_leftovers
from ckanext.jambi.launcher.steps import Steps
from ckanext.jambi.launcher.supervisor import Supervisor

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C or ran `jambi down`; no `except Exception` may hold it up."""


class Running(Protocol):
    """What a launcher runs: all processes of a portal."""

    def run(self) -> None:
        """Start everything and tend it until a signal ends us."""

    def close(self) -> None:
        """End everything that was started."""


def run(layout: Layout, port: int, progress: Progress, portal_of: Callable[[Supervisor], Running]) -> None:
    """Bring a portal up and tend it until somebody stops it.

    Raises:
        LauncherError: if it cannot be brought up; then all that was started has been ended.
    """
    os.umask(0o077)
    folder.make(layout)
    with FolderLock(layout.lock):
        _check(layout, port)
        address = f"http://{ports.LOOPBACK}:{port}"
        supervisor = Supervisor(layout.processes, progress.step, os.getpid(), address)
        portal: Running | None = None
        try:
            _hear(_stop)
            supervisor.open()
            portal = portal_of(supervisor)
            portal.run()
        except StopRequested:
            progress.step("Stopping")
        finally:
            _hear(signal.SIG_IGN)
            (portal or supervisor).close()
            progress.step("Stopped")


def _check(layout: Layout, port: int) -> None:
    """Refuse what cannot go well, before anything is started."""
    end_leftovers(Record.read(layout.processes).processes)
    folder.check_whole(layout)
    done = Steps(layout.state).is_done("databases")
    disk.check_room(layout.data, disk.LATER_START_BYTES if done else disk.FIRST_START_BYTES)
    ports.check(port)


def _hear(action: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in STOPPING:
        signal.signal(number, action)


def _stop(number: int, frame: FrameType | None) -> None:
    raise StopRequested
