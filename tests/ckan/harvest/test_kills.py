"""P1: a run that is struck at any operation ends with nothing lost and nothing doubled.

Each blow falls on a run in a copy of the databases of its own. `make test` tries places drawn by a fixed
seed; JAMBI_KILLS sets another number, and JAMBI_KILLS=all (make drill) tries every place.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import clones
import harness
import pytest
import scenes
import sqlalchemy as sa
from harvest_source import PLUGINS
from paged_list import PER_PAGE
from recorder import CUT, Blow, Fault, Pause
from verdicts import Verdict

from ckanext.jambi.harvest import faults, gather, importer, leases
from ckanext.jambi.harvest.datastore import loader
from jambi_harvesters import kinds

sys.path.insert(0, str(Path(harness.__file__).parent / "kind"))

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
SEED = 20261124
KILLS = {"tables": 100, "held": 35, "renamed": 20, "deleted": 10, "merged": 20, "paged": 20, "failed": 15}
# What the uninterrupted run comes to: state, and the counts seen, new, changed, unchanged, vanished, failed, held.
ENDS = {
    "tables": '["succeeded", 30, 2, 4, 24, 2, 0, 0, null, true]',
    "held": '["quarantined", 7, 1, 1, 5, 6, 0, 7, null, true]',
    "renamed": '["succeeded", 0, 0, 1, 0, 0, 0, 0, null, true]',
    "deleted": '["succeeded", 0, 0, 0, 0, 5, 0, 0, null, true]',
    "merged": '["succeeded", 20, 0, 1, 0, 0, 0, 0, null, true]',
    "paged": '["succeeded", 20, 2, 1, 17, 2, 0, 0, null, true]',
    "failed": '["failed", 0, 0, 0, 0, 0, 0, 0, "auth_failed", true]',
}
# Two runs of a scene may differ by an operation; where more than a few blows strike nothing, they prove nothing.
UNREACHED_SHARE = 0.02
FAULTS = ("40001", "40P01", "57014", "53300", CUT)
# Each statement meets one of the faults; those of rows put over a table by their keys meet every one.
EVERY_FAULT = frozenset({"merged"})


@pytest.fixture
def stage(
    source: Any, apply_source: Any, harvest: Any, admin: str, monkeypatch: pytest.MonkeyPatch
) -> scenes.Stage:
    """Return what scenes are built with; batches and pages are small, so that a run has several."""
    kinds.installed.cache_clear()
    monkeypatch.setattr(importer, "CREATES", 3)
    monkeypatch.setattr(importer, "UPDATES", 2)
    monkeypatch.setattr(gather, "BATCH_RECORDS", PER_PAGE)
    monkeypatch.setattr(gather, "PLACE_RECORDS", PER_PAGE)
    return scenes.Stage(source, apply_source, harvest, admin)


@pytest.fixture
def prepared(stage: scenes.Stage, app: Any) -> Callable[[str], harness.Scene]:
    """Return a function that builds a scene and runs it once without a blow."""

    def prepare(name: str) -> harness.Scene:
        scene = harness.prepare(scenes.SCENES[name](stage), app.flask_app)
        assert ENDS[name] in scene.expected["run"], scene.expected["run"]
        return scene

    yield prepare
    clones.release()


def drawn(places: Sequence[Any], number: int, most: int | None = None) -> list[Any]:
    """Return so many of the places, the same ones each time; where all are asked for, at most `most`."""
    wanted = os.environ.get("JAMBI_KILLS", str(sum(KILLS.values())))
    if wanted == "all":
        return random.Random(SEED).sample(list(places), min(most or len(places), len(places)))
    share = max(round(number * int(wanted) / sum(KILLS.values())), 1)
    return random.Random(SEED).sample(list(places), min(share, len(places)))


def survive(scene: harness.Scene, name: str, blows: Sequence[Blow]) -> Verdict:
    verdict = harness.survive(scene, blows)
    kind = type(blows[0]).__name__.lower()
    print(f"\n  {name}: {scene.operations} operations {scene.kinds}; {kind}: {verdict.text()}")  # noqa: T201
    assert not verdict.failures, "\n".join(verdict.failures)
    assert verdict.unreached <= max(1, UNREACHED_SHARE * verdict.blows)
    return verdict


@pytest.mark.parametrize("name", scenes.SCENES)
def test_p01_run_killed_anywhere_resumes_without_loss_or_double(
    prepared: Callable[[str], harness.Scene], name: str
) -> None:
    scene = prepared(name)
    verdict = survive(scene, name, drawn(harness.all_kills(scene), KILLS[name]))
    assert (verdict.behind_a_place > 0) == (name == "paged")


@pytest.mark.parametrize("name", ["tables", "merged"])
def test_i03_fault_of_the_database_anywhere_leaves_nothing_half_done(
    prepared: Callable[[str], harness.Scene], name: str
) -> None:
    scene = prepared(name)
    places = [
        Fault(number, code)
        for number in scene.statements
        for at, code in enumerate(FAULTS)
        if name in EVERY_FAULT or number % len(FAULTS) == at
    ]
    survive(scene, name, drawn(places, 10))


@pytest.mark.parametrize("name", ["tables"])
def test_i07_worker_that_sleeps_through_a_takeover_changes_nothing(
    prepared: Callable[[str], harness.Scene], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE", sa.text("interval '3 seconds'"))
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.5)
    monkeypatch.setattr(faults, "IDLE_LIMIT", faults.IDLE_LIMIT.replace("60s", "2s"))
    monkeypatch.setattr(loader, "IDLE_LIMIT", loader.IDLE_LIMIT.replace("30s", "1s"))
    scene = prepared(name)
    places = [Pause(number, after) for number in range(1, scene.operations) for after in (False, True)]
    survive(scene, name, drawn(places, 10, most=100))
