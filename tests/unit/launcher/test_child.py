"""Starting a child process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ckanext.jambi.launcher import child

amid_fork: list[signal.Signals] = []


class StopRequested(BaseException):
    """What the launcher's handler raises."""


def _signal_amid_fork() -> None:
    if amid_fork:
        signal.pthread_kill(threading.get_ident(), amid_fork.pop())  # others' threads would take it at once


os.register_at_fork(after_in_parent=_signal_amid_fork)


@pytest.fixture
def stopping() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise StopRequested

    before = signal.signal(signal.SIGTERM, stop)
    yield
    signal.signal(signal.SIGTERM, before)


def _command(tmp_path: Path) -> child.Command:
    return child.Command("nothing", ("/bin/true",), tmp_path / "log")


@pytest.mark.usefixtures("stopping")
def test_a_stop_amid_a_fork_is_not_lost(tmp_path: Path) -> None:
    amid_fork.append(signal.SIGTERM)
    with pytest.raises(StopRequested):
        child.spawn(_command(tmp_path))
    with suppress(ChildProcessError):  # the lost Popen may have reaped it
        os.wait()


def test_a_child_hears_every_signal(tmp_path: Path) -> None:
    command = child.Command("mask", ("/bin/grep", "SigBlk", "/proc/self/status"), tmp_path / "log")
    assert child.spawn(command).wait() == 0
    assert int(command.log.read_text().split()[1], 16) == 0
