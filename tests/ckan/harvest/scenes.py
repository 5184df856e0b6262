"""Scenes of the kill tests: each prepares the databases and returns the id of a queued run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from harvest_source import FIELDS, NOTES, Answer, Source, catalogue_of, entry, raw_catalogue, raw_definition
from paged_list import Town
from paged_list import definition as paged_definition

from ckanext.jambi.harvest import queue

COLUMNS = {
    "bulan": {"path": "bulan", "public": True, "label": "Bulan", "definition": "Bulan layanan"},
    "kunjungan": {
        "path": "kunjungan",
        "type": "integer",
        "unit": "orang",
        "public": True,
        "label": "Kunjungan",
        "definition": "Banyaknya kunjungan",
    },
}
TAGS = ["kesehatan", "puskesmas", "kunjungan"]
WHY = "Sudah diperiksa dengan pengelola sumber."
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Stage:
    """What a scene is built with; `admin` may decide for the agency."""

    source: Source
    apply_source: Callable[..., str]
    harvest: Callable[..., dict[str, Any]]
    admin: str


def tables(stage: Stage) -> str:
    """Of 30 datasets with a table each 4 changed and 2 are new; 2 more vanished (tombstones)."""
    source_id = stage.apply_source(_of_tables(stage.source))
    _first(stage, source_id, "/tables.json", _tables(range(30)))
    stage.source.answers["/tables.json"] = _tables(range(2, 32), changed=range(2, 6))
    return _queued(source_id)


def held(stage: Stage) -> str:
    """Of 12 datasets 1 changed, 1 has another id, and 5 vanished: the deletions and the rename are held."""
    source_id = stage.apply_source(raw_catalogue(stage.source))
    _first(stage, source_id, "/data.json", catalogue_of(_entry(f"id-{at}", at) for at in range(12)))
    listed = [_entry("id-0", 100), *(_entry(f"id-{at}", at) for at in range(1, 6)), _entry("baru", 6)]
    stage.source.answers["/data.json"] = catalogue_of(listed)
    return _queued(source_id)


def renamed(stage: Stage) -> str:
    """Somebody approves the rename of `held`."""
    return _decided(stage, "possible_rename")


def deleted(stage: Stage) -> str:
    """Somebody approves the deletions of `held`."""
    return _decided(stage, "mass_deletion")


def merged(stage: Stage) -> str:
    """Rows are put over a public table by their keys."""
    raw = raw_definition(stage.source) | {"write": {"mode": "merge"}}
    raw["guard"] = {"internal_target": "uji", "rolling": True}
    source_id = stage.apply_source(raw)
    stage.source.csv(30)
    assert stage.harvest(source_id)["state"] == "succeeded"
    stage.source.csv(20, first=20, add=1)
    return _queued(source_id)


def paged(stage: Stage) -> str:
    """Of a list of 20 records in pages 1 changed, 2 vanished and 2 are new; each page is committed as it comes."""
    town = Town(stage.source)
    source_id = stage.apply_source(paged_definition(stage.source, "offset"))
    assert stage.harvest(source_id)["state"] == "succeeded"
    town.titles["id-0"] = "Judul lain"
    del town.titles["id-5"], town.titles["id-6"]
    town.titles |= {"baru-1": "Judul baru", "baru-2": "Judul lebih baru"}
    return _queued(source_id)


def failed(stage: Stage) -> str:
    """The source answers with a web page: the run fails, the source is told to stand badly."""
    source_id = stage.apply_source(_of_tables(stage.source))
    _first(stage, source_id, "/tables.json", _tables(range(3)))
    stage.source.answers["/tables.json"] = Answer(b"", 403)
    return _queued(source_id)


SCENES = {scene.__name__: scene for scene in (tables, held, renamed, deleted, merged, paged, failed)}


def _of_tables(source: Source) -> dict[str, Any]:
    return raw_definition(source) | {
        "kind": "uji_tables",
        "endpoint": {"path": "tables.json"},
        "schema": {"fields": COLUMNS},
        "dataset": {
            "title": "Tabel",
            "notes": NOTES,
            "tags": TAGS,
            "fields": FIELDS,
            "period_column": "bulan",
        },
    }


def _tables(numbers: range, changed: range = range(0)) -> Answer:
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
    return Answer(json.dumps({"datasets": listed}).encode(), headers=JSON)


def _entry(identifier: str, at: int) -> dict[str, Any]:
    """Return a dataset whose content is told by a number, whatever its id."""
    return entry(str(at)) | {"identifier": identifier}


def _first(stage: Stage, source_id: str, path: str, answer: Answer) -> None:
    stage.source.answers[path] = answer
    run = stage.harvest(source_id)
    assert (run["state"], run["error"]) == ("succeeded", None)


def _queued(source_id: str) -> str:
    with model.meta.engine.begin() as connection:
        return queue.enqueue(connection, source_id, "timer")


def _decided(stage: Stage, reason: str) -> str:
    run_id = held(stage)
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT source_id FROM jambi_harvest_run WHERE id = :id")
        source_id = connection.scalar(query, {"id": run_id})
    assert stage.harvest(source_id)["state"] == "quarantined"
    waiting = tk.get_action("jambi_quarantine_list")({"user": stage.admin}, {"source_id": source_id})
    [wanted] = [one for one in waiting if one["reason"] == reason and one["state"] == "open"]
    shown = tk.get_action("jambi_quarantine_show")({"user": stage.admin}, {"id": wanted["id"]})
    decision = {
        "id": shown["id"],
        "decision": "approve",
        "change_hash": shown["change_hash"],
        "note": WHY,
    }
    decided = tk.get_action("jambi_quarantine_decide")({"user": stage.admin}, decision)
    model.Session.remove()
    return decided["applied_by"]
