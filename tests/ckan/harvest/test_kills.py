"""P1: a run killed at any operation resumes with nothing lost and nothing doubled.

One run in each of a hundred copies of the databases is ended at a place drawn by a fixed seed; all
places are tried where JAMBI_KILLS=all (make drill).
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import clones
import harness
import pytest
from ckan import model
from harvest_source import FIELDS, NOTES, PLUGINS, Answer, raw_definition

from ckanext.jambi.harvest import queue
from jambi_harvesters import kinds

sys.path.insert(0, str(Path(harness.__file__).parent / "kind"))

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
SEED, KILLS = 20261124, 100
COLUMNS = {
    name: {"path": name, "type": kind, "public": True, "label": name.title(), "definition": f"Kolom {name}"}
    for name, kind in (("bulan", "text"), ("kunjungan", "integer"))
}


def tables(numbers: range, changed: range = range(0)) -> bytes:
    """Return a document of datasets with four rows each; those in `changed` have other rows."""
    listed = [
        {
            "id": f"tabel-{at}",
            "title": f"Jumlah Kunjungan menurut Bulan di Puskesmas {at}",
            "rows": [
                [f"2026-{month:02d}", at * month + (100 if at in changed else 0)] for month in range(1, 5)
            ],
        }
        for at in numbers
    ]
    return json.dumps({"datasets": listed}).encode()


@pytest.fixture
def scene(source: Any, apply_source: Any, harvest: Any, app: Any) -> harness.Scene:
    """Return a queued run: of 30 datasets 8 changed, 3 are new and 3 vanished since the run before."""
    kinds.installed.cache_clear()
    raw = raw_definition(source) | {
        "kind": "uji_tables",
        "endpoint": {"path": "tables.json"},
        "schema": {"fields": COLUMNS},
        "dataset": {
            "title": "Tabel",
            "notes": NOTES,
            "tags": ["kesehatan", "puskesmas", "kunjungan"],
            "fields": FIELDS,
            "period_column": "bulan",
        },
    }
    source_id = apply_source(raw)
    source.answers["/tables.json"] = Answer(tables(range(30)), headers={"Content-Type": "application/json"})
    first = harvest(source_id)
    assert (first["state"], first["new"], first["error"]) == ("succeeded", 30, None)
    changed = tables(range(3, 33), changed=range(3, 11))
    source.answers["/tables.json"] = Answer(changed, headers={"Content-Type": "application/json"})
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, source_id, "timer")
    return harness.prepare(run_id, app.flask_app)


def test_p01_run_killed_anywhere_resumes_without_loss_or_double(scene: harness.Scene) -> None:
    assert '["succeeded", 30, 3, 8, 19, 3, 0, 0, null, true]' in scene.expected["run"]
    assert len([line for line in scene.expected["package"] if '"dataset"' in line]) == 33
    kills = harness.all_kills(scene)
    if os.environ.get("JAMBI_KILLS") != "all":
        kills = random.Random(SEED).sample(kills, int(os.environ.get("JAMBI_KILLS", KILLS)))
    failures = harness.survive(scene, kills)
    print(f"{scene.operations} operations {scene.kinds}; {len(kills)} kills, {len(failures)} failures")  # noqa: T201
    clones.release()
    assert not failures, "\n".join(failures)
