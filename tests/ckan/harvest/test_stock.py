"""Harvesters that are not ours run under our runner: one at a time, always with an end (HV19)."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.harvest.model import HarvestJob
from harvest_source import PLUGINS, Answer, count, shown

from ckanext.jambi.harvest.worker import Worker

sys.path.insert(0, str(Path(__file__).parent / "plugins"))

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"{PLUGINS} uji_harvester ckan_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def make(agency: dict[str, Any], tmp_path: Path) -> Callable[..., str]:
    """Return a function that makes a source of the test harvester and returns its id."""

    def made(source_type: str = "uji", url: str = "http://sumber.example.go.id/", **config: Any) -> str:
        config = {"log": str(tmp_path / "log"), **config} if source_type == "uji" else config
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        found = tk.get_action("harvest_source_create")(
            {"ignore_auth": True, "user": user},
            {
                "name": f"sumber-{source_type}",
                "title": "Sumber uji",
                "url": url,
                "source_type": source_type,
                "owner_org": agency["id"],
                "frequency": "MANUAL",
                "config": json.dumps(config),
            },
        )
        return found["id"]

    return made


@pytest.fixture
def harvest_stock(app: Any) -> Callable[[str], dict[str, Any]]:
    """Return a function that runs a source by ckanext-harvest's own action, and returns the run."""
    worker = Worker(app.flask_app, owner="uji")

    def run(source_id: str) -> dict[str, Any]:
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        job = tk.get_action("harvest_job_create")(
            {"ignore_auth": True, "user": user}, {"source_id": source_id, "run": True}
        )
        model.Session.remove()
        [state] = worker.drain()
        found = shown(_run_of(job["id"]))
        assert found["state"] == state
        assert HarvestJob.get(job["id"]).status == "Finished"
        return found

    return run


def _run_of(job_id: str) -> str:
    with model.meta.engine.connect() as connection:
        query = "SELECT id FROM jambi_harvest_run WHERE job_id = %s"
        return connection.exec_driver_sql(query, (job_id,)).scalar_one()


def _log(tmp_path: Path) -> Counter[str]:
    return Counter((tmp_path / "log").read_text().splitlines())


def _statuses() -> dict[str, int]:
    with model.meta.engine.connect() as connection:
        query = "SELECT report_status, count(*) FROM harvest_object GROUP BY report_status"
        return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def test_hv19_objects_are_imported_and_reported(make: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make(names=["a", "b", "c"], traps={"c": "unchanged"}))
    assert (run["state"], run["new"], run["unchanged"]) == ("succeeded", 2, 1)
    assert _statuses() == {"added": 2, "not modified": 1}
    assert count("package", "type = 'dataset'") == 2


def test_hv19_exception_ends_one_object(make: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make(names=["a", "b", "c"], traps={"b": "raise"}))
    assert (run["state"], run["new"], run["failed"]) == ("partial", 2, 1)
    assert count("harvest_object_error", "message = 'import fails'") == 1


def test_hv19_object_that_kills_its_process_is_given_up(
    make: Any, harvest_stock: Any, tmp_path: Path
) -> None:
    run = harvest_stock(make(names=["a", "b", "c"], traps={"b": "exit"}))
    assert (run["state"], run["new"], run["failed"]) == ("partial", 2, 1)
    assert _log(tmp_path) == {"gather": 1, "import a": 1, "import b": 4, "import c": 1}


def test_hv19_cut_import_is_done_again_and_no_other(make: Any, harvest_stock: Any, tmp_path: Path) -> None:
    source_id = make(names=["a", "b", "c"], traps={"b": "once"}, **{"import-killed": True})
    assert harvest_stock(source_id)["new"] == 3
    assert _log(tmp_path) == {"gather": 1, "import a": 1, "import b": 2, "import c": 1}


def test_hv19_gather_that_was_cut_begins_anew(make: Any, harvest_stock: Any, tmp_path: Path) -> None:
    run = harvest_stock(make(names=["a", "b", "c"], **{"gather-killed": True}))
    assert (run["state"], run["new"]) == ("succeeded", 3)
    assert count("harvest_object") == 3
    assert _log(tmp_path)["gather"] == 2


def test_hv19_gather_that_fails_ends_the_job(make: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make(names=["a"], gather="raise"))
    assert (run["state"], run["error"]) == ("failed", "gather fails")


@pytest.mark.ckan_config("ckanext.jambi.harvest.stock_deadline", 3)
def test_hv19_endless_import_is_ended_at_the_deadline(make: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make(names=["a", "b"], traps={"b": "loop"}))
    assert (run["state"], run["error_code"], run["new"], run["failed"]) == ("failed", "deadline", 1, 1)


def test_hv19_memory_is_limited(make: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make(names=["a", "b"], traps={"a": "memory"}))
    assert (run["new"], run["failed"]) == (1, 1)


def test_p11_internal_addresses_are_out_of_reach(make: Any, harvest_stock: Any, source: Any) -> None:
    source.csv(3)
    run = harvest_stock(make(names=[], ask=f"{source.url}/data.csv"))
    assert run["error"] == "status 403"
    assert source.asked == []


def test_p11_allowed_places_are_reached(
    make: Any, harvest_stock: Any, source: Any, apply_source: Any
) -> None:
    source.csv(3)
    run = harvest_stock(make(names=[], ask=f"{source.url}/data.csv"))
    assert run["error"] == "status 200"


def test_hv38_ckan_harvester_runs_here(make: Any, harvest_stock: Any, source: Any, apply_source: Any) -> None:
    datasets = [
        {"id": f"id-{at}", "name": f"luar-{at}", "title": f"Luar {at}", "resources": []} for at in range(3)
    ]
    body = json.dumps({"success": True, "result": {"count": 3, "results": datasets}}).encode()
    source.answers["/api/3/action/package_search"] = Answer(
        body, headers={"Content-Type": "application/json"}
    )
    run = harvest_stock(make("ckan", source.url, default_extras={}, force_all=True))
    assert source.asked, run["error"]
    assert (run["seen"], run["new"] + run["failed"]) == (3, 3)
    assert count("harvest_object", "state IN ('COMPLETE', 'ERROR')") == 3
