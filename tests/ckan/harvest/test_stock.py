"""Harvesters that are not ours run under our runner: one at a time, always with an end (HV19)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from harvest_source import PLUGINS, count

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"{PLUGINS} uji_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def _log(tmp_path: Path) -> Counter[str]:
    return Counter((tmp_path / "log").read_text().splitlines())


def _statuses() -> dict[str, int]:
    with model.meta.engine.connect() as connection:
        query = "SELECT report_status, count(*) FROM harvest_object GROUP BY report_status"
        return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def test_hv19_objects_are_imported_and_reported(make_stock: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make_stock(names=["a", "b", "c"], traps={"c": "unchanged"}))
    assert (run["state"], run["new"], run["unchanged"]) == ("succeeded", 2, 1)
    assert _statuses() == {"added": 2, "not modified": 1}
    assert count("package", "type = 'dataset'") == 2


def test_hv19_exception_ends_one_object(make_stock: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make_stock(names=["a", "b", "c"], traps={"b": "raise"}))
    assert (run["state"], run["new"], run["failed"]) == ("partial", 2, 1)
    assert count("harvest_object_error", "message = 'import fails'") == 1


def test_hv19_object_that_kills_its_process_is_given_up(
    make_stock: Any, harvest_stock: Any, tmp_path: Path
) -> None:
    run = harvest_stock(make_stock(names=["a", "b", "c"], traps={"b": "exit"}))
    assert (run["state"], run["new"], run["failed"]) == ("partial", 2, 1)
    assert _log(tmp_path) == {"gather": 1, "import a": 1, "import b": 4, "import c": 1}


def test_hv19_cut_import_is_done_again_and_no_other(
    make_stock: Any, harvest_stock: Any, tmp_path: Path
) -> None:
    source_id = make_stock(names=["a", "b", "c"], traps={"b": "once"}, **{"import-killed": True})
    assert harvest_stock(source_id)["new"] == 3
    assert _log(tmp_path) == {"gather": 1, "import a": 1, "import b": 2, "import c": 1}


def test_hv19_gather_that_was_cut_begins_anew(make_stock: Any, harvest_stock: Any, tmp_path: Path) -> None:
    run = harvest_stock(make_stock(names=["a", "b", "c"], **{"gather-killed": True}))
    assert (run["state"], run["new"]) == ("succeeded", 3)
    assert count("harvest_object") == 3
    assert _log(tmp_path)["gather"] == 2


def test_hv19_gather_that_fails_ends_the_job(make_stock: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make_stock(names=["a"], gather="raise"))
    assert (run["state"], run["error"]) == ("failed", "gather fails")


@pytest.mark.ckan_config("ckanext.jambi.harvest.stock_deadline", 8)
def test_hv19_endless_import_is_ended_at_the_deadline(make_stock: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make_stock(names=["a", "b"], traps={"b": "loop"}))
    assert (run["state"], run["error_code"], run["new"], run["failed"]) == ("failed", "deadline", 1, 1)


def test_hv19_memory_is_limited(make_stock: Any, harvest_stock: Any) -> None:
    run = harvest_stock(make_stock(names=["a", "b"], traps={"a": "memory"}))
    assert (run["new"], run["failed"]) == (1, 1)


def test_p11_internal_addresses_are_out_of_reach(make_stock: Any, harvest_stock: Any, source: Any) -> None:
    source.csv(3)
    run = harvest_stock(make_stock(names=[], ask=f"{source.url}/data.csv"))
    assert (run["state"], run["error_code"]) == ("failed", "address_refused")
    assert count("harvest_gather_error", "message = 'status 403'") == 1
    assert source.asked == []


def test_p11_allowed_places_are_reached(
    make_stock: Any, harvest_stock: Any, source: Any, apply_source: Any
) -> None:
    source.csv(3)
    run = harvest_stock(make_stock(names=[], ask=f"{source.url}/data.csv"))
    assert run["error"] == "status 200"
