"""The small portal of rig.py in a process of its own, and what the machine knows of its processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ckanext.jambi.launcher import child, ports
from ckanext.jambi.launcher.record import Entry, Record

RIG = Path(__file__).parent / "rig.py"


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    """Look until a condition holds; False if it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Rig:
    """The small portal of rig.py on one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = ports.first_free(5600)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """Start the launcher and wait until it tends all its processes."""
        process = self.process = self.launch()
        wanted = (process.pid, "running")
        assert eventually(lambda: (self.record().launcher, self.record().phase) == wanted)
        return process

    def launch(self) -> subprocess.Popen[str]:
        """Start the launcher and do not wait."""
        command = [sys.executable, str(RIG), str(self.data), str(self.port)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def hear(self, words: str) -> None:
        """Wait for a line of the launcher that holds these words."""
        assert self.process
        assert any(words in line for line in self.process.stdout or ()), f"it ended without saying {words!r}"

    def end(self) -> str:
        """Stop the launcher as `jambi down` does, and return what it said since it was last heard."""
        assert self.process
        self.process.terminate()
        said, _ = self.process.communicate(timeout=60)
        return said

    def record(self) -> Record:
        """The record of its processes."""
        return Record.read(self.data / "processes.json")

    def entry(self, name: str) -> Entry:
        """One recorded process."""
        return next(entry for entry in self.record().processes if entry.name == name)

    def living(self) -> list[str]:
        """Command lines of all living processes that name the data folder."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and child.started_ticks(int(folder.name)):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found += [words] if str(self.data) in words else []
        return found
