"""What harvesters that are not ours may store and publish (P9, HV22, HV25, metadata.md M11)."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import persons
import pytest
from ckan import model
from ckan.tests import factories
from ckanext.harvest.model import HarvestObject, HarvestObjectError
from harvest_source import NOTES, PLUGINS, count, site_context
from stock_sites import CATALOGUE, SEARCH, ckan_site, rdf_catalogue, remote
from test_screening import everything

PHONE, NIK = persons.phone(random.Random(7)), persons.nik(random.Random(7))
WITH_PHONE, WITH_NIK = f"{NOTES} Hubungi {PHONE}.", f"{NOTES} Catatan {NIK}."
REASON = "sudah diperiksa bersama pemilik data"

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"{PLUGINS} uji_harvester ckan_harvester dcat_rdf_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def call(name: str, **data: Any) -> Any:
    return tk.get_action(name)({"user": factories.Sysadmin()["name"]}, data)


def quarantines(source_id: str) -> list[dict[str, Any]]:
    return call("jambi_quarantine_list", source_id=source_id)


def shown(name: str) -> dict[str, Any]:
    return tk.get_action("package_show")(site_context(), {"id": name})


def object_errors() -> list[str]:
    return [one.message for one in model.Session.query(HarvestObjectError)]


def approve(source_id: str) -> None:
    hashed = call("jambi_source_show", id=source_id)["definition_hash"]
    call("jambi_source_approve", id=source_id, definition_hash=hashed, note=REASON)


@pytest.fixture
def site(source: Any, allow_source: None, make_stock: Any) -> str:
    """Return the id of a source that `ckan_harvester` reads; it lists three good datasets."""
    source.answers[SEARCH] = ckan_site(*(remote(number) for number in range(3)))
    return make_stock("ckan", source.url, force_all=True)


def test_p09_record_with_personal_data_is_held_and_nothing_of_it_is_stored(
    site: str, source: Any, harvest_stock: Any
) -> None:
    source.answers[SEARCH] = ckan_site(remote(0), remote(1, notes=WITH_PHONE))
    run = harvest_stock(site)

    assert (run["state"], run["new"], run["failed"], run["held"]) == ("quarantined", 1, 1, 1)
    assert count("package", "name = 'luar-1'") == 0
    [held] = quarantines(site)
    assert (held["reason"], held["state"]) == ("personal_data", "open")
    [finding] = held["summary"]["records"][0]["findings"]
    assert (finding["rule"], finding["severity"], finding["column"]) == ("N4", "block", "notes")
    [told] = object_errors()
    assert "N4 notes" in told
    assert PHONE not in everything()


def test_p09_rdf_record_with_personal_data_is_held(
    allow_source: None, source: Any, make_stock: Any, harvest_stock: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(0, notes=WITH_PHONE)
    source_id = make_stock("dcat_rdf", f"{source.url}{CATALOGUE}")
    run = harvest_stock(source_id)

    assert (run["new"], run["held"]) == (0, 1)
    assert [one["reason"] for one in quarantines(source_id)] == ["personal_data"]
    assert PHONE not in everything()


def test_p09_public_version_stays_while_a_new_one_is_held(site: str, source: Any, harvest_stock: Any) -> None:
    approve(site)
    harvest_stock(site)
    source.answers[SEARCH] = ckan_site(remote(1, notes=WITH_PHONE))
    harvest_stock(site)

    assert (shown("luar-1")["notes"], shown("luar-1")["private"]) == (remote(1)["notes"], False)
    assert PHONE not in everything()


def test_m12_doubtful_record_waits_for_a_reviewer_and_comes_when_accepted(
    site: str, source: Any, harvest_stock: Any, work_off: Any
) -> None:
    source.answers[SEARCH] = ckan_site(remote(1, notes=WITH_NIK))
    assert harvest_stock(site)["held"] == 1
    [held] = quarantines(site)
    assert held["reason"] == "personal_data_review"

    decided = {"id": held["id"], "change_hash": held["change_hash"], "note": REASON}
    call("jambi_quarantine_decide", decision="approve", **decided)
    assert work_off() == ["succeeded"]
    assert shown("luar-1")["notes"] == WITH_NIK

    source.answers[SEARCH] = ckan_site(remote(1, notes=f"{WITH_NIK} Lagi."))
    assert harvest_stock(site)["held"] == 1, "another content is another question"


def test_m11_dataset_that_a_harvester_completes_is_judged_when_it_is_written(
    make_stock: Any, harvest_stock: Any
) -> None:
    source_id = make_stock(names=["a", "b"], adds={"b": {"notes": WITH_PHONE}})
    run = harvest_stock(source_id)

    assert (run["state"], run["new"], run["failed"], run["held"]) == ("quarantined", 1, 1, 1)
    assert count("package", "name = 'uji-b'") == 0
    assert [one["reason"] for one in quarantines(source_id)] == ["personal_data"]


def test_hv25_fetched_content_is_judged_before_it_is_stored(make_stock: Any, harvest_stock: Any) -> None:
    source_id = make_stock(names=["a", "b"], fetched={"a": "<x>bersih</x>", "b": f"<x>{PHONE}</x>"})
    run = harvest_stock(source_id)

    assert (run["new"], run["failed"], run["held"]) == (1, 1, 1)
    kept = {one.guid: one.content for one in model.Session.query(HarvestObject)}
    assert kept == {"a": "<x>bersih</x>", "b": None}


def test_p09_id_that_is_a_persons_number_is_kept_as_a_hash(
    site: str, source: Any, harvest_stock: Any
) -> None:
    source.answers[SEARCH] = ckan_site(remote(0, id=PHONE, name="luar-0"))
    run = harvest_stock(site)

    assert (run["new"], run["held"]) == (0, 1)
    assert PHONE not in everything()


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the file to which the harvester's process, forked off, logs too."""
    path, logger = tmp_path / "portal.log", logging.getLogger("ckanext.jambi.harvest.stock.stages")
    monkeypatch.setattr(logger, "disabled", False)  # as the ini file of the tests leaves it
    handler = logging.FileHandler(path)
    logger.addHandler(handler)
    yield path
    logger.removeHandler(handler)
    handler.close()


def test_p09_error_texts_and_log_lines_of_a_harvester_lose_personal_data(
    make_stock: Any, harvest_stock: Any, log_file: Path
) -> None:
    harvest_stock(make_stock(names=["a"], traps={"a": "raise"}, says=f"no such person: {PHONE}"))

    assert object_errors() == ["no such person: […]"]
    logged = log_file.read_text()
    assert "RuntimeError: no such person: […]" in logged
    assert PHONE not in logged


def test_hv22_source_that_nobody_approved_stays_private(site: str, harvest_stock: Any) -> None:
    assert harvest_stock(site)["new"] == 3
    found = [shown(f"luar-{number}") for number in range(3)]
    assert {(one["private"], one["status_pemeriksaan"]) for one in found} == {(True, "draf")}


def test_hv22_approved_source_publishes_until_its_settings_change(
    site: str, source: Any, harvest_stock: Any, work_off: Any
) -> None:
    approve(site)
    assert work_off() == ["succeeded"]
    assert {shown(f"luar-{number}")["private"] for number in range(3)} == {False}
    assert shown("luar-0")["status_pemeriksaan"] == "terbit"

    dataset = tk.get_action("harvest_source_show")(site_context(), {"id": site})
    changed = {"config": json.dumps({"force_all": True, "default_tags": []})}
    tk.get_action("harvest_source_update")(site_context(), {**dataset, **changed})
    assert call("jambi_source_show", id=site)["approved"] is False
    source.answers[SEARCH] = ckan_site(remote(3))
    harvest_stock(site)
    assert shown("luar-3")["private"] is True


def test_hv22_dataset_that_misses_something_stays_a_draft_though_its_source_is_approved(
    site: str, source: Any, work_off: Any
) -> None:
    incomplete = remote(0)
    del incomplete["frekuensi"]
    source.answers[SEARCH] = ckan_site(incomplete)
    approve(site)
    work_off()
    assert (shown("luar-0")["private"], shown("luar-0")["status_pemeriksaan"]) == (True, "draf")


def test_dataset_of_somebody_else_is_never_overwritten(
    site: str, source: Any, agency: dict[str, Any], harvest_stock: Any
) -> None:
    own = {"title": "Milik pengelola", "name": "milik-pengelola", "owner_org": agency["id"], "private": True}
    mine = tk.get_action("package_create")(site_context(), own)
    source.answers[SEARCH] = ckan_site(remote(0, id=mine["id"], title="Diambil alih"))
    run = harvest_stock(site)

    assert run["failed"] == 1
    assert shown(mine["id"])["title"] == "Milik pengelola"
