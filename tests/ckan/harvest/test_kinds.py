"""Kinds of source that ask the portal for more than an address: uploaded files, code lists, databases."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Answer, raw_definition

from ckanext.jambi import vault
from ckanext.jambi.harvest.model import source as source_table
from ckanext.jambi.vault import keys

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def stored(source_id: str) -> Any:
    """Return the row of a source."""
    with model.meta.engine.connect() as connection:
        query = sa.select(source_table).where(source_table.c.source_id == source_id)
        return connection.execute(query).one()


def rows_of(dataset: str) -> list[dict[str, Any]]:
    """Return the public rows of a dataset."""
    [table] = tk.get_action("package_show")({"user": ""}, {"id": dataset})["resources"]
    found = tk.get_action("datastore_search")({"user": ""}, {"resource_id": table["id"]})
    return list(found["records"])


def test_s32_file_of_a_retired_system_is_read_once_and_never_polled(
    source: Any, apply_source: Any, harvest: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "ckanext.jambi.harvest.snapshot_folder", str(tmp_path))
    (tmp_path / "kunjungan.csv").write_text("bulan,puskesmas,kunjungan\n2025-01,Uji,7\n", "utf-8")
    raw = raw_definition(source, kind="snapshot", endpoint={"path": "kunjungan.csv"})
    for key in ("client", "trigger", "polite"):
        raw.pop(key, None)
    raw["guard"] = {"min_rows": 1}
    source_id = apply_source(raw)
    assert harvest(source_id)["state"] == "succeeded"
    assert [row["kunjungan"] for row in rows_of("uji-kunjungan-data")] == [7]
    assert stored(source_id).next_due_at is None
    assert harvest(source_id)["state"] == "unchanged"
    assert stored(source_id).next_due_at is None
    shown = tk.get_action("package_show")({"user": "", "ignore_auth": True}, {"id": raw["id"]})
    assert shown["url"] == "snapshot:kunjungan.csv"
    (tmp_path / "kunjungan.csv").unlink()
    assert harvest(source_id)["error_code"] == "unreadable"
    assert len(rows_of("uji-kunjungan-data")) == 1
    assert stored(source_id).next_due_at is not None


FORECAST = {
    "adm3": {"path": "lokasi.adm3", "public": True, "label": "Kecamatan", "definition": "Kode kecamatan"},
    "bulan": {"path": "analysis_date", "public": True, "label": "Terbit", "definition": "Saat terbit"},
    "suhu": {
        **{"path": "t", "type": "integer", "public": True, "unit": "orang"},
        **{"label": "Suhu", "definition": "Suhu udara"},
    },
}


def forecast(code: str, warmth: int) -> Answer:
    """Return the forecast of one area."""
    step = {"analysis_date": "2026-01-05T00:00:00", "t": warmth}
    document = {"lokasi": {"adm3": code}, "data": [{"cuaca": [[step]]}]}
    return Answer(json.dumps(document).encode())


def forecast_source(source: Any, **over: Any) -> dict[str, Any]:
    """Return the definition of a forecast for each kecamatan."""
    params = {"adm3": {"type": "resolve", "resource": "kecamatan", "field": "kode_kemendagri"}}
    raw = raw_definition(source, kind="bmkg", endpoint={"path": "prakiraan", "params": params}, **over)
    raw["schema"] = {"fields": FORECAST}
    raw["dataset"] = {**raw["dataset"], "key_columns": ["adm3", "bulan"]}
    return raw


def test_areas_whose_call_failed_keep_their_rows_and_the_run_is_partial(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    for number in range(1, 12):
        code = f"15.71.{number:02}"
        source.answers[f"/prakiraan?adm3={code}"] = forecast(code, 30)
    guard = {"internal_target": "uji", "rolling": True}
    source_id = apply_source(forecast_source(source, guard=guard, write={"mode": "merge"}))
    assert harvest(source_id)["state"] == "succeeded"
    assert len(source.asked) == 11
    del source.answers["/prakiraan?adm3=15.71.03"]
    source.answers["/prakiraan?adm3=15.71.04"] = forecast("15.71.04", 25)
    run = harvest(source_id)
    assert (run["state"], run["error_code"]) == ("partial", "parts_missing")
    warmth = {row["adm3"]: row["suhu"] for row in rows_of("uji-kunjungan-data")}
    assert len(warmth) == 11
    assert (warmth["15.71.03"], warmth["15.71.04"]) == (30, 25)


def test_table_that_is_replaced_whole_waits_for_all_areas(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source.answers["/prakiraan?adm3=15.71.01"] = forecast("15.71.01", 30)
    run = harvest(apply_source(forecast_source(source)))
    assert (run["state"], run["error_code"]) == ("failed", "parts_missing")


def test_hv09_address_of_a_database_comes_from_the_vault_and_is_judged(
    agency: dict[str, Any], source: Any, apply_source: Any, harvest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(keys.VARIABLE, base64.b64encode(secrets.token_bytes(32)).decode())
    address = "postgresql://pembaca:sandi-7@127.0.0.1/izin"
    with model.meta.engine.begin() as connection:
        vault.put(connection, agency["id"], "DB_IZIN", address, set_by="uji")
    raw = raw_definition(source, kind="sql", endpoint={"path": "kunjungan"}, primary_key="bulan")
    raw["client"] = {"base_url": "secret:DB_IZIN"}
    run = harvest(apply_source(raw))
    assert run["error_code"] == "address_refused"
    assert "sandi-7" not in str(run)
