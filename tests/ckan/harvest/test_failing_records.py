"""HV17: a record that fails is tried again with growing distance, and stops nobody else."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import FIELDS, NOTES, PLUGINS, Answer, count, raw_definition

from ckanext.jambi.harvest import datasets

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def failing(source: Any, apply_source: Any, agency: dict[str, Any]) -> str:
    """Return a source of five datasets; the name that one of them needs is taken."""
    raw = raw_definition(source) | {
        "kind": "datajson",
        "endpoint": {"path": "data.json"},
        "dataset": {"title": "{title}", "fields": FIELDS, "tags": ["kesehatan", "puskesmas", "kunjungan"]},
    }
    del raw["schema"]
    listed = [
        {
            "identifier": f"id-{at}",
            "title": f"Dataset nomor {at}",
            "description": NOTES,
            "distribution": [{"title": "Tautan", "downloadURL": f"https://data.example.go.id/{at}.csv"}],
        }
        for at in range(5)
    ]
    body = json.dumps({"dataset": listed})
    source.answers["/data.json"] = Answer(body.encode(), headers={"Content-Type": "application/json"})
    source_id = apply_source(raw)
    taken = datasets.package_id(source_id, "id-3")
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tk.get_action("package_create")(
        {"ignore_auth": True, "user": user},
        {"name": f"uji-kunjungan-{taken[:8]}", "title": "Lain", "owner_org": agency["id"], "private": True},
    )
    return source_id


def record(source_id: str) -> dict[str, Any]:
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT * FROM jambi_harvest_record WHERE source_id = :id AND guid = 'id-3'")
        return dict(connection.execute(query, {"id": source_id}).mappings().one())


def retry_now() -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_harvest_record SET retry_at = now() - interval '1 second'"))


def test_hv17_bad_record_fails_alone_and_is_told(failing: str, harvest: Any) -> None:
    run = harvest(failing)
    assert (run["state"], run["new"], run["failed"]) == ("partial", 5, 1)
    assert count("jambi_harvest_record", "package_id IS NOT NULL") == 4
    assert count("harvest_object", "report_status = 'errored' AND state = 'ERROR'") == 1
    assert count("harvest_object_error", "message LIKE '%name%'") == 1
    assert record(failing)["failures"] == 1
    assert count("activity", "object_id IN (SELECT package_id FROM jambi_harvest_record)") == 4


def test_hv17_distance_is_kept_then_the_record_is_parked(failing: str, harvest: Any) -> None:
    harvest(failing)
    assert harvest(failing)["failed"] == 0
    for failures in (2, 3, 4):
        retry_now()
        assert harvest(failing)["failed"] == 1
        assert record(failing)["failures"] == failures
    assert record(failing)["retry_at"] is None
    assert harvest(failing)["failed"] == 0


def test_hv17_a_person_may_try_at_once(failing: str, harvest: Any) -> None:
    harvest(failing)
    assert harvest(failing, trigger="manual")["failed"] == 1


def test_hv17_mended_record_is_imported(failing: str, harvest: Any) -> None:
    harvest(failing)
    taken = datasets.package_id(failing, "id-3")
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tk.get_action("package_patch")(
        {"ignore_auth": True, "user": user}, {"id": f"uji-kunjungan-{taken[:8]}", "name": "lain"}
    )
    model.Session.remove()
    run = harvest(failing, trigger="manual")
    assert (run["state"], run["failed"]) == ("succeeded", 0)
    assert record(failing)["failures"] == 0
