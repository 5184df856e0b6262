"""P1 to P5 in histories drawn by a seed: what sources, workers, people and clocks do, in any order.

JAMBI_MOVES sets how many moves are made in all, JAMBI_SEED where the seeds begin; long simulations also
have workers that fall asleep, which costs seconds each time. A history that breaks something is printed
with its seed, cut down to what is needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clones
import harness
import history
import pytest
import sqlalchemy as sa
from harvest_source import PLUGINS
from simulation import Simulator

from ckanext.jambi.harvest import faults, importer, leases
from ckanext.jambi.harvest.datastore import loader
from jambi_harvesters import kinds

sys.path.insert(0, str(Path(harness.__file__).parent / "kind"))

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
SEED = int(os.environ.get("JAMBI_SEED", "20261124"))
SHORT = 24
MOVES = int(os.environ.get("JAMBI_MOVES", str(SHORT)))
HISTORIES = max(MOVES // 60, 3)
SHORTENING_SECONDS = 150


@pytest.fixture
def simulator(app: Any, admin: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Return what plays histories; batches are small, so that a run has several."""
    kinds.installed.cache_clear()
    monkeypatch.setattr(importer, "CREATES", 3)
    monkeypatch.setattr(importer, "UPDATES", 2)
    monkeypatch.setattr(leases, "LEASE", sa.text("interval '3 seconds'"))
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.5)
    monkeypatch.setattr(faults, "IDLE_LIMIT", faults.IDLE_LIMIT.replace("60s", "2s"))
    monkeypatch.setattr(loader, "IDLE_LIMIT", loader.IDLE_LIMIT.replace("30s", "1s"))
    yield Simulator(app.flask_app, admin)
    clones.release()


def test_p01_p02_p03_p05_nothing_that_happens_to_a_portal_breaks_its_promises(simulator: Simulator) -> None:
    for seed in range(SEED, SEED + HISTORIES):
        moves = history.drawn(seed, MOVES // HISTORIES, slow=MOVES > SHORT)
        problem = simulator.explain(seed, moves, SHORTENING_SECONDS)
        print(f"\n  seed {seed}: {simulator.moves} moves so far, {'broken' if problem else '0 violations'}")  # noqa: T201
        assert not problem, problem
