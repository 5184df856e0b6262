"""The record of the running processes, by which `status`, `down` and the next start know them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ckanext.jambi.launcher import child, jsonfile

LEFTOVER_SECONDS = 30.0


@dataclass(frozen=True)
class Entry:
    """One process: `ticks` tells it from a later one with the same pid, `since` is an ISO instant."""

    name: str
    pid: int
    ticks: str | None
    since: str
    restarts: int
    state: str
    address: str = ""
    log: str = ""

    @property
    def alive(self) -> bool:
        """Whether this very process runs."""
        return child.is_alive(self.pid, self.ticks)


@dataclass(frozen=True)
class Record:
    """What runs: `phase` is starting, filling (first harvests), replaying (the demonstration's year),
    running or stopping."""

    phase: str = "stopped"
    address: str = ""
    launcher: int = 0
    processes: tuple[Entry, ...] = field(default=())

    @classmethod
    def read(cls, path: Path) -> Record:
        """Return the record at `path`, an empty one if there is none."""
        found = jsonfile.read(path)
        if not found:
            return cls()
        entries = tuple(Entry(**entry) for entry in found["processes"])
        return cls(found["phase"], found["address"], found["launcher"], entries)

    def write(self, path: Path) -> None:
        """Replace the record at `path`."""
        jsonfile.write(path, asdict(self))

    def as_dict(self) -> dict[str, Any]:
        """Return the record as JSON-able data, with what is alive now."""
        return {**asdict(self), "processes": [{**asdict(e), "alive": e.alive} for e in self.processes]}


def end_leftovers(entries: Iterable[Entry], seconds: float = LEFTOVER_SECONDS) -> list[Entry]:
    """Wait for the processes of a killed launcher, which end by themselves, and kill those that do not.

    Returns those that had to be killed.
    """
    killed = []
    for entry in entries:
        if entry.pid == os.getpid() or child.wait_gone(entry.pid, entry.ticks, seconds):
            continue
        child.kill_group(entry.pid)
        child.wait_gone(entry.pid, entry.ticks, 5.0)
        killed.append(entry)
    return killed
