"""The life of one launcher: checks, lock, start, and an end that leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType

from ckanext.jambi.launcher import folder, ports
from ckanext.jambi.launcher.boot import Boot, Wishes
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.lock import FolderLock
from ckanext.jambi.launcher.progress import Progress
from ckanext.jambi.launcher.record import Record, end_leftovers
from ckanext.jambi.launcher.steps import Steps
from ckanext.jambi.launcher.supervisor import Supervisor

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C or ran `jambi down`; no `except Exception` may hold it up."""


def run(layout: Layout, wishes: Wishes, progress: Progress, ready: Callable[[], None]) -> None:
    """Bring the portal up and tend it until somebody stops it.

    Raises:
        LauncherError: if it cannot be brought up; then all that was started has been ended.
    """
    os.umask(0o077)
    folder.make(layout)
    with FolderLock(layout.lock):
        _check(layout, wishes)
        address = f"http://{ports.LOOPBACK}:{wishes.port}"
        supervisor = Supervisor(layout.processes, progress.step, os.getpid(), address)
        _hear(_stop)
        boot: Boot | None = None
        try:
            supervisor.open()
            boot = Boot(layout, wishes, supervisor, progress)
            boot.run(ready)
        except StopRequested:
            progress.step("Stopping")
        finally:
            _hear(signal.SIG_IGN)
            (boot or supervisor).close()
            progress.step("Stopped")


def _check(layout: Layout, wishes: Wishes) -> None:
    """Refuse what cannot go well, before anything is started."""
    end_leftovers(Record.read(layout.processes).processes)
    folder.check_whole(layout)
    done = Steps(layout.state).is_done("databases")
    folder.check_room(layout.data, folder.LATER_START_BYTES if done else folder.FIRST_START_BYTES)
    ports.check(wishes.port)


def _hear(action: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in STOPPING:
        signal.signal(number, action)


def _stop(number: int, frame: FrameType | None) -> None:
    raise StopRequested
