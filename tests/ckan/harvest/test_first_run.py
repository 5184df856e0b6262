"""A CSV source becomes a dataset with a table, evidence, events and a harvest object."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from harvest_source import PLUGINS, count, site_context

from ckanext.jambi.search import drift, rebuilding

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def test_csv_source_becomes_a_public_dataset_with_rows(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    run = harvest(apply_source())
    assert (run["state"], run["error"], run["new"]) == ("succeeded", None, 1)
    dataset = tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"})
    assert dataset["private"] is False
    assert dataset["periode_akhir"] == "2026-09-30"
    [table] = dataset["resources"]
    assert (table["jumlah_baris"], table["datastore_active"], table["format"]) == (30, True, "CSV")
    rows = tk.get_action("datastore_search")({"user": ""}, {"resource_id": table["id"]})
    assert rows["total"] == 30
    assert count("harvest_object", "current AND report_status = 'added'") == 1
    assert count("jambi_event", "kind = 'dataset.changed'") == 1
    assert count("jambi_freshness_observation", "content_hash IS NOT NULL") == 1
    found = tk.get_action("package_search")({"user": ""}, {"q": "kunjungan puskesmas"})
    assert found["count"] == 1


def test_check_and_rebuild_know_the_status_of_sources(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    harvest(apply_source())
    assert list(drift.differences()) == []
    assert listed_jobs() == 1

    rebuilding.rebuild(lambda done, total: None)

    assert listed_jobs() == 1
    assert list(drift.differences()) == []


def listed_jobs() -> int:
    """Return how many jobs the list of sources shows for the only one."""
    found = tk.get_action("package_search")(site_context(), {"fq": "dataset_type:harvest"})
    [listed] = found["results"]
    return int(listed["status"]["job_count"])
