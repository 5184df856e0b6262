"""Start, know and end single processes: what every embedded service and portal process has in common.

A child gets its own process group, so that Ctrl-C reaches the launcher alone, and a death signal, so
that it ends with the launcher however that ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Command:
    """How a process is started and asked to end.

    `account` is the (uid, gid) to run as, None for our own; `stop_seconds` is how long the process may
    take to end after `stop_signal` before its whole group is killed.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] | None = None
    folder: Path = Path("/")
    account: tuple[int, int] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0
    input: bytes | None = field(default=None, repr=False)


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start `command`; its output goes to the end of its log."""
    stdin = subprocess.PIPE if command.input is not None else subprocess.DEVNULL
    command.log.parent.mkdir(parents=True, exist_ok=True)
    with command.log.open("ab") as log, _signals_held():
        child = subprocess.Popen(
            command.argv,
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=command.folder,
            env=None if command.environment is None else dict(command.environment),
            process_group=0,
            preexec_fn=end_with(os.getpid(), command.stop_signal),
            **_identity_options(command.account),
        )
    if child.stdin:
        with suppress(BrokenPipeError), child.stdin:
            child.stdin.write(command.input or b"")
    return child


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let signals wait: what a handler raises amid a fork is printed and lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new child does before it runs: die with `parent`, hear every signal."""

    def prepare() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, death_signal)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def stop(child: subprocess.Popen[bytes], command: Command) -> None:
    """Ask a child to end, wait, and kill what is left of its group."""
    ask(child, command)
    finish(child, command)


def ask(child: subprocess.Popen[bytes], command: Command) -> None:
    """Ask a child to end, and do not wait."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            child.send_signal(command.stop_signal)


def finish(child: subprocess.Popen[bytes], command: Command) -> None:
    """Wait for a child that was asked to end, and kill what is left of its group."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(command.stop_seconds)
    kill_group(child.pid)
    child.wait()


def kill_group(pid: int) -> None:
    """Kill the process group that `pid` leads or led."""
    if pid > 1:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def adopt_orphans() -> None:
    """Make this process the parent of grandchildren whose parent dies, so that none escapes."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)


def adopted(known: set[int]) -> list[int]:
    """Reap ended orphans and return the living children of this process that are not in `known`."""
    living = []
    for pid in children_of(os.getpid()):
        if pid in known:
            continue
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                living.append(pid)
    return living


def end_orphans(known: set[int]) -> None:
    """Kill and reap every child of this process that is not in `known`."""
    for pid in adopted(known):
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def children_of(parent: int) -> list[int]:
    """Return the process ids whose parent is `parent`."""
    return [pid for pid in _pids() if _stat(pid)[1:2] == [str(parent)]]


def started_ticks(pid: int) -> str | None:
    """Return when `pid` started in clock ticks since boot: with the pid it names one process for good.

    None if there is no such process, or only its zombie.
    """
    fields = _stat(pid)
    return None if not fields or fields[0] in "ZX" else fields[19]


def is_alive(pid: int, ticks: str | None) -> bool:
    """Whether `pid` is still the process that started at `ticks`."""
    return ticks is not None and started_ticks(pid) == ticks


def wait_gone(pid: int, ticks: str | None, seconds: float) -> bool:
    """Wait until a process that is not our child has ended; False if it outlives `seconds`."""
    deadline = time.monotonic() + seconds
    while is_alive(pid, ticks):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state (field 3) on; empty if there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _identity_options(account: tuple[int, int] | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account[0], "group": account[1], "extra_groups": []}
