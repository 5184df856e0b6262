#!/usr/bin/env python3
"""Prove the front doors on this machine, as people use them; the bare machine runs the same.

    python3 tests/drill/front_doors [--port N] [--year] [--whole-machine] [--checkout DIR]

`make up` and `jambi` in a fresh clone: seconds to the first harvested dataset that search finds, every
process in `status`, all datasets with rows and states, processes killed one by one, the launcher killed,
Ctrl-C, SIGTERM, a new portal by the default start, docs/try.md to the letter while that goes through its year,
`down`; no process is left, and no file outside the data folder. With --year the launcher is killed in the
middle of the year, goes on, and the portal is looked at when the year has ended.

Needs nothing but Python. Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import checks
import machine
from portal import Portal, Start, environment
from walk import Walk

COLD_SECONDS = 180.0
WARM_SECONDS = 30.0
FILL_SECONDS = 900.0
YEAR_SECONDS = 3 * 3600.0
ACCOUNTS = {
    *("admin-portal", "walidata-pemeriksa", "dinkes-admin", "dinkes-editor"),
    *("inspektorat-panel", "warga"),
}


class Drill:
    """The checks in their order; what fails is told, counted, and does not stop the rest."""

    def __init__(self, portal: Portal, mark: Path, folders: list[Path]) -> None:
        self.portal = portal
        self.mark = mark
        self.folders = folders
        self.failures = 0

    def check(self, text: str, look: Callable[[], object]) -> None:
        """Make one check and tell what came of it."""
        began = time.monotonic()
        try:
            found = look() or ""
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            self.failures += 1
            found = f"FAILED: {error}"
        print(f"[{time.monotonic() - began:7.1f} s] {text}: {found or 'yes'}", flush=True)

    def first_start(self) -> None:
        """From nothing to a filled portal."""
        self.check("cold start", lambda: self._start(COLD_SECONDS, "--history brief", first=True))
        self.check("filled", lambda: self.portal.await_phase("running", FILL_SECONDS))
        self.look()

    def look(self) -> None:
        """Look at a filled portal."""
        portal = self.portal
        self.check("status lists every process", lambda: checks.status_lists_every_process(portal))
        self.check("datasets", lambda: checks.datasets_are_there(portal))
        self.check("states", lambda: checks.states_are_known(portal))
        self.check("search check", lambda: checks.index_is_true(portal))
        self.check("doctor", lambda: checks.doctor_finds_nothing(portal))

    def newcomer(self) -> None:
        """Do what docs/try.md says."""
        walk = Walk(self.portal)
        self.check("docs/try.md: a source of one's own", walk.add_source)
        self.check("docs/try.md: the page follows the file", walk.change_file)
        self.check("docs/try.md: a wrong key is named", walk.misspell)
        self.check("docs/try.md: cleared", walk.clear)

    def deaths(self) -> None:
        """Kill what runs, one by one, and then the launcher."""
        portal = self.portal
        self.check("killed children come back", lambda: checks.killed_children_come_back(portal))
        self.check("killed launcher leaves no process", self._kill)
        self.check("second start", lambda: self._start(WARM_SECONDS))
        self.check("filled still", lambda: portal.await_phase("running", WARM_SECONDS))
        self.look()
        self.check("down", self._down)

    def signals(self) -> None:
        """Start in the foreground and end by Ctrl-C and by SIGTERM."""
        self.check("Ctrl-C leaves nothing", lambda: self._end_foreground(signal.SIGINT))
        self.check("SIGTERM leaves nothing", lambda: self._end_foreground(signal.SIGTERM))
        self.check("no file outside the data folder", self._no_files)

    def warm(self) -> None:
        """A new portal where the packages are installed, by default with a year of history."""
        self.check("reset", lambda: self._reset())
        self.check("warm start of a new portal", lambda: self._start(WARM_SECONDS, first=True))

    def year(self) -> None:
        """Kill the launcher in the middle of the year, go on, and look when the year has ended."""
        self.check("replays", lambda: self.portal.await_phase("replaying", FILL_SECONDS))
        self.check("killed launcher leaves no process", self._kill)
        self.check("start in the middle of the year", lambda: self._start(WARM_SECONDS))
        self.check("year has ended", lambda: self.portal.await_phase("running", YEAR_SECONDS))
        self.look()

    def end(self) -> None:
        """Stop, and count what is left."""
        self.check("down", self._down)
        self.check("no file outside the data folder", self._no_files)

    def _start(self, bound: float, *options: str, first: bool = False) -> str:
        start: Start = self.portal.up(*options)
        print(start.said, end="", flush=True)
        shown = {line.split()[0] for line in start.said.splitlines() if line.startswith("  ")}
        assert shown >= ACCOUNTS if first else not shown & ACCOUNTS, f"accounts shown: {shown}"
        took = f"{start.seconds:.1f} s ({start.processor_seconds:.1f} s of processor time)"
        assert start.seconds <= bound, f"{took}, more than {bound:.0f} s"
        return f"search finds a harvested dataset after {took}"

    def _kill(self) -> None:
        os.kill(self.portal.status()["launcher"], signal.SIGKILL)
        checks.nothing_runs(self.portal, checks.END_SECONDS)

    def _down(self) -> None:
        down = self.portal.jambi("down")
        assert down.returncode == 0, down.stdout
        checks.nothing_runs(self.portal)

    def _end_foreground(self, number: signal.Signals) -> None:
        maker = self.portal.foreground()
        os.killpg(maker.pid, number)
        said, _ = maker.communicate(timeout=checks.END_SECONDS)
        assert "Stopped" in said, said
        assert "Traceback" not in said, said
        checks.nothing_runs(self.portal)

    def _reset(self) -> None:
        reset = self.portal.jambi("reset", "--yes")
        assert reset.returncode == 0, reset.stdout

    def _no_files(self) -> None:
        home = Path(self.portal.environment["HOME"])
        left = machine.files_since(self.mark, self.folders, self.portal.data, home)
        assert not left, f"left: {left}"


def run(asked: argparse.Namespace, scratch: Path) -> int:
    """Make the drill and return how many checks failed."""
    checkout = asked.checkout or scratch / "portal"
    if not asked.checkout:
        here = Path(__file__).resolve().parents[3]
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", here, checkout], check=True)
    portal = Portal(checkout, asked.port, environment(None if asked.whole_machine else scratch))
    mark = scratch / "mark"
    mark.touch()
    folders = [Path("/")] if asked.whole_machine else [checkout, scratch / "home", scratch / "tmp"]
    drill = Drill(portal, mark, folders)
    try:
        for part in (drill.first_start, drill.deaths, drill.signals, drill.warm, drill.newcomer):
            part()
        if asked.year:
            drill.year()
        drill.end()
    finally:
        portal.jambi("down")
    print(f"== front doors: {drill.failures} failure(s)")
    return drill.failures


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description="Prove the front doors on this machine.")
    parser.add_argument("--port", type=int, default=5310)
    parser.add_argument("--year", action="store_true", help="the default start too, through its whole year")
    parser.add_argument(
        "--whole-machine", action="store_true", help="look for files everywhere, for a machine of our own"
    )
    parser.add_argument("--checkout", type=Path, help="a fresh clone to use (default: makes one)")
    with tempfile.TemporaryDirectory(prefix="jambi-drill-") as scratch:
        return min(1, run(parser.parse_args(), Path(scratch)))


if __name__ == "__main__":
    sys.exit(main())
