"""A portal as people have it: `make up` and `jambi` at a terminal, its pages and its public API."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import machine

FIRST_SECONDS = 600.0
REQUEST_SECONDS = 30.0


@dataclass(frozen=True)
class Start:
    """One start: what it printed, after how many seconds search found a harvested dataset, and how many
    seconds of processor time all of it took, which a busy machine changes less."""

    said: str
    seconds: float
    processor_seconds: float


class Portal:
    """The portal of one checkout on one port."""

    def __init__(self, checkout: Path, port: int, environment: dict[str, str]) -> None:
        self.checkout = checkout
        self.port = port
        self.environment = environment
        self.data = checkout / ".jambi"
        self.added: set[str] = set()

    def up(self, *options: str) -> Start:
        """Start it in the background.

        Raises:
            AssertionError: if it does not start, or search finds no dataset.
        """
        began, spent = time.monotonic(), _spent_by_children()
        with self._make_up("--detach", *options) as maker:
            found = machine.eventually(lambda: self.count() or maker.poll(), FIRST_SECONDS)
            seconds = time.monotonic() - began
            running = machine.processor_seconds(self.checkout, maker.pid)
            said, _ = maker.communicate(timeout=FIRST_SECONDS)
        assert maker.returncode == 0, f"`make up` ended with status {maker.returncode}:\n{said}"
        assert found, f"search found no dataset within {FIRST_SECONDS:.0f} s"
        return Start(said, seconds, running + _spent_by_children() - spent)

    def foreground(self) -> subprocess.Popen[str]:
        """Start it as in a terminal of its own, and return `make` once the portal answers."""
        maker = self._make_up()
        assert machine.eventually(lambda: self.count() or maker.poll() is not None, FIRST_SECONDS)
        assert maker.poll() is None, maker.communicate()[0]
        return maker

    def _make_up(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["make", "up", f"ARGS=--port {self.port} {' '.join(options)}"],
            cwd=self.checkout,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def jambi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `jambi` with these arguments."""
        return self._run(".venv/bin/jambi", *arguments)

    def ckan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ckan jambi` with these arguments."""
        return self._run(".venv/bin/ckan", "-c", ".jambi/portal.ini", "jambi", *arguments)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.checkout,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """Return what `jambi status --json` says."""
        answer: dict[str, Any] = json.loads(self.jambi("status", "--json").stdout)
        return answer

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return the processes of `jambi status` by name."""
        return {entry["name"]: entry for entry in self.status()["processes"]}

    def await_phase(self, phase: str, seconds: float) -> None:
        """Wait until `jambi status` tells a phase."""
        reached = machine.eventually(lambda: self.status()["phase"] == phase, seconds)
        assert reached, f"the portal is not {phase} after {seconds:.0f} s, but {self.status()['phase']}"

    def action(self, name: str, **parameters: object) -> Any:
        """Call an action of the public API without an account."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(
            f"{self.address}/api/3/action/{name}?{query}", timeout=REQUEST_SECONDS
        ) as got:
            return json.load(got)["result"]

    @property
    def address(self) -> str:
        """Where the portal answers."""
        return f"http://127.0.0.1:{self.port}"

    def count(self) -> int:
        """Return how many datasets search finds, 0 while nothing answers."""
        with suppress(OSError, ValueError):
            return int(self.action("package_search", rows=0, fq="dataset_type:dataset")["count"])
        return 0


def _spent_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment(scratch: Path | None) -> dict[str, str]:
    """Return ours; with `scratch` its home and temporary folders lie there, so that files can be counted.

    Settings and caches of pip and uv stay those of the real home.
    """
    if scratch is None:
        return dict(os.environ)
    home = Path.home()
    kept = {
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(home / ".cache")),
        "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", str(home / ".config")),
    }
    for name in ("home", "tmp"):
        (scratch / name).mkdir()
    return {**os.environ, **kept, "HOME": str(scratch / "home"), "TMPDIR": str(scratch / "tmp")}
