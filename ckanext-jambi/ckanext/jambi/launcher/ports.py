"""TCP ports on loopback: whether one is free, and who has it."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

from ckanext.jambi.launcher.errors import PortTakenError

LOOPBACK = "127.0.0.1"
LISTENING = "0A"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def check(port: int) -> None:
    """Refuse a port that is taken.

    Raises:
        PortTakenError: naming the program that has it, where that can be seen.
    """
    if is_free(port):
        return
    who = holder(port) or "a program of another user"
    raise PortTakenError(
        f"Port {port} is taken by {who}. Stop it, or take another port: --port {first_free(port + 1)}."
    )


def first_free(start: int) -> int:
    """Return the first free port from `start` on."""
    return next((port for port in range(start, 65536) if is_free(port)), 0)


def holder(port: int) -> str | None:
    """Return «process PID (command)» of the listener on `port`; None if it cannot be seen."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and inodes & _sockets_of(process):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            return f"process {process.name} ({words.strip()[:80]})"
    return None


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found


def _sockets_of(process: Path) -> set[str]:
    found = set()
    with suppress(OSError):
        for handle in (process / "fd").iterdir():
            with suppress(OSError):
                found.add(str(handle.readlink()))
    return found
