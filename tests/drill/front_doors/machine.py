"""What a portal leaves on the machine: processes that belong to it, files that are newer than a mark."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

# What an installation makes once, beside the data folder of a portal.
INSTALLED = (".venv", ".git", "__pycache__", "*.egg-info")
# Folders of the kernel, and what installing leaves in a home folder.
NOT_OURS = ("/proc", "/dev", "/sys")
CACHES = (".cache/uv", ".cache/pip", ".rustup")  # pip asks `rustc` for its version


def eventually(condition: Callable[[], object], seconds: float) -> bool:
    """Look until a condition holds; False if it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def processes_of(checkout: Path) -> dict[int, str]:
    """Return the living processes of the portal in `checkout`, by pid, with their command lines.

    A process belongs to it that runs its programs, names its data folder in command line or environment,
    or works there: PostgreSQL's backends change their command line, but stay in the cluster's folder.
    """
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with suppress(OSError):
                if _is_alive(process) and _belongs(process, checkout):
                    found[int(process.name)] = _words(process, "cmdline")
    return found


def processor_seconds(checkout: Path, terminal: int) -> float:
    """Return what the living processes of a portal, and those that they saw end, took of the processor.

    Those of the session `terminal` are left out: whoever started them counts them when they have ended.
    """
    ticks = 0
    for pid in processes_of(checkout):
        with suppress(OSError):
            fields = _stat(pid)
            ticks += sum(map(int, fields[11:15])) if int(fields[3]) != terminal else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def parent_of(pid: int) -> int:
    """Return the parent of a process, 0 if it has ended."""
    with suppress(OSError):
        return int(_stat(pid)[1])
    return 0


def files_since(mark: Path, folders: Iterable[Path], data: Path, home: Path) -> list[str]:
    """Return the files below `folders` that changed after `mark`, but for `data` and an installation."""
    left_out = [*NOT_OURS, str(data), *(str(home / cache) for cache in CACHES)]
    pruned = [word for path in left_out for word in ("-path", path, "-o")]
    pruned += [word for name in INSTALLED for word in ("-name", name, "-o")]
    command = ["find", *map(str, folders), "-xdev", "(", *pruned[:-1], ")", "-prune", "-o"]
    command += ["-newer", str(mark), "!", "-type", "d", "-print"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.splitlines()


def _belongs(process: Path, checkout: Path) -> bool:
    data, command = f"{checkout}/.jambi", _words(process, "cmdline")
    return (
        f"{checkout}/.venv/" in command
        or any(data in words for words in (command, _words(process, "environ")))
        or str((process / "cwd").readlink()).startswith(data)
    )


def _is_alive(process: Path) -> bool:
    """Whether this is no zombie and no thread of the kernel."""
    try:
        return bool((process / "exe").readlink().name)
    except FileNotFoundError:
        return False


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def _words(process: Path, name: str) -> str:
    return (process / name).read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
