"""The pages of a source that another harvester reads: its runs, what is held, its approval (HV22, HV26)."""

from __future__ import annotations

import random
from typing import Any

import ckan.plugins.toolkit as tk
import persons
import pytest
from ckan.tests import factories
from harvest_source import NOTES, PLUGINS
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
