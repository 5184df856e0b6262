"""Two catalogues recorded from other cities are harvested whole; what they lack makes drafts (metadata.md M6)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from harvest_source import FIELDS, PLUGINS, Answer, count, raw_definition

CORPUS = Path(__file__).parents[2] / "data" / "sdi"
pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def expected(name: str) -> int:
    """Return how many records a catalogue has, by the count that came with it."""
    with (CORPUS / "expected.csv").open(encoding="utf-8", newline="") as lines:
        return next(int(row["jumlah_rekaman"]) for row in csv.DictReader(lines) if row["berkas"] == name)


@pytest.mark.parametrize("name", ["bintan.json", "jogja.json"])
def test_recorded_catalogue_is_harvested_whole(
    source: Any, apply_source: Any, harvest: Any, name: str
) -> None:
    body = (CORPUS / name).read_bytes()
    source.answers["/data.json"] = Answer(body, headers={"Content-Type": "application/json"})
    raw = raw_definition(source) | {
        "kind": "datajson",
        "endpoint": {"path": "data.json"},
        "dataset": {"title": "{title}", "fields": FIELDS},
    }
    del raw["schema"]
    source_id = apply_source(raw)
    run = harvest(source_id)
    assert (run["state"], run["failed"], run["new"]) == ("succeeded", 0, expected(name)), run["error"]
    assert count("package", "type = 'dataset' AND state = 'active'") == expected(name)
    records = tk.get_action("jambi_record_list")({"ignore_auth": True, "user": ""}, {"source_id": source_id})
    drafts = [one for one in records if one["gaps"]]
    assert len(drafts) == count("package", "type = 'dataset' AND private")
    assert harvest(source_id, mode="complete")["state"] == "unchanged"
