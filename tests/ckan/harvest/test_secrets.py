"""Secrets of sources: given to trusted definitions alone, and found nowhere afterwards (S31, P10, HV13)."""

from __future__ import annotations

import base64
import json
import logging
import secrets
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from harvest_source import PLUGINS, Answer, raw_definition

from ckanext.jambi import vault
from ckanext.jambi.harvest.cli import source as source_group
from ckanext.jambi.vault import keys

CANARY = "kenari-4b8e1fd07c"
AUTH = {"type": "api_key", "name": "kunci", "api_key": "secret:SIMPUS", "location": "query"}
BEARER = {"type": "bearer", "token": "secret:SIMPUS"}

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keys.VARIABLE, base64.b64encode(secrets.token_bytes(32)).decode())


def put(agency: dict[str, Any]) -> None:
    with model.meta.engine.begin() as connection:
        vault.put(connection, agency["id"], "SIMPUS", CANARY, set_by="uji")


def with_auth(source: Any, auth: dict[str, str]) -> dict[str, Any]:
    return {"client": {"base_url": source.url, "auth": auth}}


def dump() -> str:
    """Return every row of every table of both databases, as a dump holds them."""
    held = []
    for address in (model.meta.engine.url, tk.config["ckan.datastore.write_url"]):
        engine = sa.create_engine(address)
        with engine.connect() as connection:
            for schema in ("public", "jambi"):
                for name in sa.inspect(connection).get_table_names(schema):
                    query = sa.text(f'SELECT t::text FROM "{schema}"."{name}" t')
                    held += connection.execute(query).scalars()
        engine.dispose()
    return "\n".join(held)


def test_hv13_source_is_asked_with_the_secret_of_its_organization(
    agency, apply_source, harvest, source
) -> None:
    put(agency)
    source.csv(5)
    run = harvest(apply_source(**with_auth(source, AUTH)))

    assert run["state"] == "succeeded", run["error"]
    assert f"kunci={CANARY}" in source.asked[-1]


def test_hv13_missing_secret_ends_the_run_with_its_name(apply_source, harvest, source) -> None:
    source.csv(5)
    run = harvest(apply_source(**with_auth(source, AUTH)))

    assert (run["state"], run["error_code"]) == ("failed", "secret_missing")
    assert "ckan jambi secret set dinkes SIMPUS" in run["error"]
    assert source.asked == []


def test_hv13_lost_vault_key_ends_the_run_with_a_name(
    agency, apply_source, harvest, source, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(agency)
    source_id = apply_source(**with_auth(source, AUTH))
    monkeypatch.setenv(keys.VARIABLE, base64.b64encode(secrets.token_bytes(32)).decode())

    assert harvest(source_id)["error_code"] == "secret_unreadable"


@pytest.mark.parametrize("auth", [AUTH, BEARER])
def test_p10_s31_canary_is_found_nowhere_after_good_and_failed_runs(
    agency, apply_source, harvest, source, app, caplog, auth
) -> None:
    caplog.set_level(logging.DEBUG)
    put(agency)
    source.csv(5)
    source_id = apply_source(**with_auth(source, auth))
    harvest(source_id)
    source.answers["/data.csv"] = Answer(b"no", 403)
    failed = harvest(source_id)
    logging.getLogger(f"uji.{auth['type']}").warning("A library logs %s", CANARY)
    admin = factories.Sysadmin()["name"]

    answers = [
        tk.get_action(name)({"user": admin}, data)
        for name, data in (
            ("jambi_secret_list", {"organization_id": "dinkes"}),
            ("jambi_run_list", {"source_id": source_id}),
            ("jambi_source_show", {"id": source_id}),
            ("harvest_source_show", {"id": source_id}),
            ("jambi_event_list", {}),
        )
    ]

    assert failed["error_code"] == "auth_failed"
    spellings = (CANARY, CANARY.encode().hex(), base64.b64encode(CANARY.encode()).decode().rstrip("="))
    for text in (dump(), json.dumps(answers, default=str), caplog.text):
        assert text
        assert not [one for one in spellings if one in text]
    urls = model.Session.execute(sa.text("SELECT url FROM jambi_harvest_attempt")).scalars().all()
    assert urls
    assert all("***" in url for url in urls) or auth is BEARER


def test_hv13_preview_of_a_definition_that_nobody_applied_gets_no_secret(
    agency, source, harvest, editor
) -> None:
    put(agency)
    source.csv(5)
    wanted = raw_definition(source, **with_auth(source, AUTH))

    with pytest.raises(tk.ValidationError, match="Rahasia SIMPUS hanya diberikan"):
        tk.get_action("jambi_source_preview")({"user": editor}, {"definition": wanted, "limit": 5})
    assert source.asked == []


@pytest.mark.usefixtures("apply_source")
def test_hv13_command_on_the_server_previews_with_secrets(agency, source, command, tmp_path: Path) -> None:
    put(agency)
    source.csv(5)
    path = tmp_path / "uji.yaml"
    path.write_text(json.dumps(raw_definition(source, **with_auth(source, AUTH))))

    result = command(source_group, "preview", str(path))

    assert result.exit_code == 0, result.output
    assert CANARY in source.asked[-1]
    assert CANARY not in result.output
