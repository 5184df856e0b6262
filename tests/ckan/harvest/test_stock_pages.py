"""The pages of a source that another harvester reads: its runs, what is held, its approval (HV22, HV26)."""

from __future__ import annotations

import random
from typing import Any

import ckan.plugins.toolkit as tk
import persons
import pytest
from ckan.tests import factories
from harvest_source import NOTES, PLUGINS, Answer
from stock_sites import SEARCH, ckan_site, remote

from ckanext.jambi.notices import reading

NIK = persons.nik(random.Random(7))

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme jambi_notices {PLUGINS} ckan_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def call(name: str, **data: Any) -> Any:
    return tk.get_action(name)({"user": factories.Sysadmin()["name"]}, data)


def test_held_record_is_told_and_decided_on_the_pages_of_sources(
    source: Any, allow_source: None, make_stock: Any, harvest_stock: Any, app: Any
) -> None:
    site = make_stock("ckan", source.url)
    source.answers[SEARCH] = ckan_site(remote(0), remote(1, notes=f"{NOTES} Catatan {NIK}."))
    harvest_stock(site)
    [held] = call("jambi_quarantine_list", source_id=site)
    name = call("jambi_source_show", id=site)["name"]
    headers = {"Authorization": factories.SysadminWithToken()["token"]}

    shown = app.get(f"/harvest-sources/{name}", headers=headers)
    assert f"/decisions/{held['id']}" in shown.body
    decision = app.get(f"/harvest-sources/{name}/decisions/{held['id']}", headers=headers)
    assert "N1" in decision.body
    assert NIK not in shown.body + decision.body
    assert app.get(f"/harvest-sources/{name}").status_code == 200
    with app.flask_app.test_request_context():
        assert reading.read_events() >= 1
    assert call("jambi_run_create", source_id=site)["state"] == "queued"


def test_hv27_source_of_another_harvester_stands_on_the_board(
    source: Any, allow_source: None, make_stock: Any, harvest_stock: Any, app: Any, agency: dict[str, Any]
) -> None:
    site = make_stock("ckan", source.url, api_key="kelabu-jingga")
    [never] = call("jambi_source_list")
    assert (never["last_run"], never["checked_at"], never["failures"]) == (None, None, 0)
    source.answers[SEARCH] = ckan_site(remote(0))
    good = harvest_stock(site)
    source.answers[SEARCH] = Answer(b"", 500)
    for _ in range(2):
        assert harvest_stock(site)["state"] == "failed"

    [row] = call("jambi_source_list", organization_id=agency["id"])
    assert (row["name"], row["kind"], row["origin"]) == ("sumber-ckan", "ckan", "stock")
    assert (row["organization"], row["health"], row["failures"]) == ("dinkes", "terganggu", 2)
    assert (
        row["checked_at"] == row["changed_at"] == row["last_complete_at"] == good["finished_at"].isoformat()
    )
    assert (row["last_run"]["state"], row["approved"], row["open_quarantines"]) == ("failed", False, 0)
    assert row["down_since"] > row["checked_at"]
    shown = tk.get_action("jambi_source_show")({"user": ""}, {"id": "sumber-ckan"})
    assert shown == row | {"url": source.url}
    assert "kelabu-jingga" not in str(shown)
    assert call("jambi_source_list", organization_id="lain") == []
    assert "/harvest-sources/sumber-ckan" in app.get("/harvest-sources").body
