"""Sources defined in a form: who may, what is kept, what a changed or paused definition means (HV12, HV13, HV22)."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from harvest_source import PLUGINS, count
from harvest_source import raw_definition as shared_definition

from ckanext.jambi import clock
from ckanext.jambi.harvest import preview, sources

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "allow_source"),
]


def raw_definition(source: Any) -> dict[str, Any]:
    """Return a definition that a test may change."""
    return copy.deepcopy(shared_definition(source))


def _call(name: str, user: str, **data: Any) -> Any:
    return tk.get_action(name)({"user": user, "ignore_auth": False}, data)


def _problems(user: str, raw: dict[str, Any]) -> set[str]:
    with pytest.raises(tk.ValidationError) as caught:
        _call("jambi_source_update", user, definition=raw)
    return {one["path"] for one in caught.value.error_dict["definition"]}


def test_hv12_admin_makes_a_source_and_its_data_comes(source: Any, admin: str, harvest: Any) -> None:
    source.csv(6)
    shown = _call("jambi_source_update", admin, definition=raw_definition(source))
    assert (shown["origin"], shown["approved"]) == ("form", False)
    assert harvest(shown["id"])["state"] == "succeeded"
    assert count("package", "type = 'dataset' AND private") == 1


def test_hv12_changed_definition_updates_the_source_and_is_not_approved(source: Any, admin: str) -> None:
    raw = raw_definition(source)
    first = _call("jambi_source_update", admin, definition=raw)
    with model.meta.engine.begin() as connection:
        sources.approve(connection, first["id"], first["definition_hash"], "walidata")
    raw["dataset"]["title"] = "Judul lain"
    second = _call("jambi_source_update", admin, definition=raw)
    assert (second["id"], second["approved"]) == (first["id"], False)
    assert second["definition_hash"] != first["definition_hash"]


def test_hv22_source_paused_and_resumed_stays_approved(source: Any, admin: str) -> None:
    raw = raw_definition(source)
    first = _call("jambi_source_update", admin, definition=raw)
    with model.meta.engine.begin() as connection:
        sources.approve(connection, first["id"], first["definition_hash"], "walidata")
    paused = _call("jambi_source_update", admin, definition=raw | {"state": "paused"})
    assert paused["health"] == "dijeda"
    resumed = _call("jambi_source_update", admin, definition=raw)
    assert (resumed["health"], resumed["approved"]) == ("sehat", True)


def test_hv12_source_of_a_file_is_read_only(source: Any, apply_source: Any, admin: str) -> None:
    source.csv(6)
    apply_source()
    with pytest.raises(tk.ValidationError) as caught:
        _call("jambi_source_update", admin, definition=raw_definition(source) | {"state": "paused"})
    assert "id" in caught.value.error_dict


def test_hv12_editors_may_not_define_and_admins_only_for_their_own(
    source: Any, admin: str, editor: str
) -> None:
    with pytest.raises(tk.NotAuthorized):
        _call("jambi_source_update", editor, definition=raw_definition(source))
    with pytest.raises(tk.NotAuthorized):
        _call("jambi_source_update", admin, definition=raw_definition(source) | {"organization": "walidata"})


def test_hv12_every_problem_is_named_with_its_path(source: Any, admin: str) -> None:
    raw = raw_definition(source)
    raw["trigger"] = {"every": "sering"}
    del raw["dataset"]["fields"]["frekuensi"]
    assert _problems(admin, raw) == {"trigger.every", "dataset.fields.frekuensi"}


def test_hv12_fields_of_the_dataset_are_compared_with_its_type(source: Any, admin: str) -> None:
    raw = raw_definition(source)
    raw["dataset"]["fields"] |= {"topik": ["bukan-topik"], "warna": "merah"}
    assert _problems(admin, raw) == {"dataset.fields.topik", "dataset.fields.warna"}


def test_hv12_names_of_other_datasets_are_refused(source: Any, admin: str, agency: Any) -> None:
    factories.Dataset(name="nama-lain", type="dataset", owner_org=agency["id"], private=True)
    raw = raw_definition(source)
    raw["dataset"]["name"] = "nama-lain"
    assert _problems(admin, raw) == {"dataset.name"}


def test_hv12_same_definition_again_writes_nothing(source: Any, admin: str) -> None:
    raw = raw_definition(source)
    _call("jambi_source_update", admin, definition=raw)
    before = count("jambi_audit", "true"), count("activity", "true")
    _call("jambi_source_update", admin, definition=raw)
    assert before == (count("jambi_audit", "true"), count("activity", "true"))


def test_rl10_who_defined_a_source_is_in_the_ledger(source: Any, admin: str) -> None:
    raw = raw_definition(source)
    _call("jambi_source_update", admin, definition=raw)
    assert count("jambi_audit", f"action = 'source.create' AND object = 'source:{raw['id']}'") == 1


def test_hv13_definition_is_shown_to_those_who_may_change_the_source(
    source: Any, admin: str, agency: dict[str, Any]
) -> None:
    raw = raw_definition(source)
    _call("jambi_source_update", admin, definition=raw)
    shown = _call("jambi_source_show", admin, id=raw["id"], include_definition=True)
    assert shown["definition"] == raw
    assert "definition" not in _call("jambi_source_show", "", id=raw["id"])
    with pytest.raises(tk.NotAuthorized):
        _call("jambi_source_show", factories.User()["name"], id=raw["id"], include_definition=True)


def test_hv30_dry_run_of_a_source_that_does_not_exist_counts_and_writes_nothing(
    source: Any, admin: str
) -> None:
    source.csv(6)
    found = _call("jambi_source_dry_run", admin, definition=raw_definition(source))
    assert (found["new"], found["rows"], found["vanished"], found["held"]) == (1, 6, 0, [])
    assert count("package", "type <> 'organization'") == 0
    assert count("jambi_harvest_run", "true") == 0


def test_hv30_dry_run_tells_why_a_source_cannot_be_read(source: Any, admin: str) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        _call("jambi_source_dry_run", admin, definition=raw_definition(source))
    assert "404" in caught.value.error_dict["source"][0]


def test_hv30_schema_of_the_form_has_labels_in_both_languages(source: Any, admin: str) -> None:
    shown = tk.get_action("jambi_source_schema_show")({"user": ""}, {})
    assert shown["properties"]["kind"]["title"] == "Kind"
    assert shown["properties"]["kind"]["x-id"]["title"] == "Jenis"


def _loosened(source: Any, days: int) -> dict[str, Any]:
    until = (clock.today().date() + timedelta(days=days)).isoformat()
    limit = {"count": 30, "reason": "Daftar lama dibersihkan", "until": until}
    raw = raw_definition(source)
    return raw | {"guard": {**raw["guard"], "max_delete": limit}}


def test_limit_of_deletions_is_loosened_by_a_sysadmin_only_and_its_reason_kept(
    source: Any, admin: str, harvest: Any
) -> None:
    source.csv(40)
    raw = _loosened(source, 90)
    assert _problems(admin, raw) == {"guard.max_delete"}
    sysadmin = factories.Sysadmin()["name"]
    assert _problems(sysadmin, _loosened(source, 91)) == {"guard.max_delete.until"}
    shown = _call("jambi_source_update", sysadmin, definition=raw)
    assert count("jambi_audit", "reason = 'Daftar lama dibersihkan'") == 1
    changed = raw | {"dataset": {**raw["dataset"], "title": "Judul lain"}}
    assert _call("jambi_source_update", admin, definition=changed)["id"] == shown["id"]
    assert harvest(shown["id"])["state"] == "succeeded"
    source.csv(20)
    assert harvest(shown["id"])["state"] == "succeeded"


def test_loosened_limit_counts_no_more_after_its_end(
    source: Any, harvest: Any, monkeypatch: pytest.MonkeyPatch, agency: Any
) -> None:
    source.csv(40)
    raw = _loosened(source, 1)
    shown = _call("jambi_source_update", factories.Sysadmin()["name"], definition=raw)
    assert harvest(shown["id"])["state"] == "succeeded"
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    source.csv(20)
    assert harvest(shown["id"])["state"] == "quarantined"


STOCK_DOORS = ("harvest_source_patch", "package_patch")


@pytest.mark.parametrize("door", STOCK_DOORS)
def test_hv12_no_stock_door_changes_what_a_file_defines(
    source: Any, apply_source: Any, admin: str, door: str
) -> None:
    source.csv(6)
    source_id = apply_source()
    config = json.dumps(raw_definition(source) | {"state": "paused"})
    with pytest.raises(tk.ValidationError) as caught:
        _call(door, admin, id=source_id, config=config)
    model.Session.rollback()
    assert "config" in caught.value.error_dict
    assert count("jambi_harvest_source", "origin = 'file' AND state = 'active'") == 1


@pytest.mark.parametrize("door", STOCK_DOORS)
def test_hv12_stock_doors_ask_for_an_admin_as_ours_do(
    source: Any, admin: str, editor: str, door: str
) -> None:
    raw = raw_definition(source)
    source_id = _call("jambi_source_update", admin, definition=raw)["id"]
    config = json.dumps(raw | {"state": "paused"})
    with pytest.raises(tk.NotAuthorized):
        _call(door, editor, id=source_id, config=config)
    model.Session.rollback()
    assert count("jambi_harvest_source", "state = 'active'") == 1
    _call(door, editor, id=source_id, title="Judul dari penyunting")
    _call(door, admin, id=source_id, config=config)
    assert count("jambi_harvest_source", "state = 'paused'") == 1


def test_hv12_definition_of_another_source_is_refused(source: Any, admin: str) -> None:
    source_id = _call("jambi_source_update", admin, definition=raw_definition(source))["id"]
    config = json.dumps(raw_definition(source) | {"id": "sumber-lain"})
    with pytest.raises(tk.ValidationError):
        _call("harvest_source_patch", admin, id=source_id, config=config)
    model.Session.rollback()
    assert count("jambi_harvest_source", "name = 'uji-kunjungan'") == 1


def test_uploaded_file_and_database_are_made_in_the_form_too(source: Any, admin: str) -> None:
    raw = raw_definition(source) | {"kind": "snapshot", "endpoint": {"path": "data.csv"}, "guard": {}}
    del raw["client"], raw["polite"]
    made = _call("jambi_source_update", admin, definition=raw)
    assert _call("harvest_source_show", "", id=made["id"])["url"] == "snapshot:data.csv"
    raw = raw_definition(source) | {"id": "uji-izin", "kind": "sql", "primary_key": "bulan", "guard": {}}
    raw |= {"client": {"base_url": "secret:DB"}, "endpoint": {"path": "izin"}}
    raw["dataset"]["name"] = "izin-data"
    made = _call("jambi_source_update", admin, definition=raw)
    assert _call("harvest_source_show", "", id=made["id"])["url"] == "sql:izin"


def test_bad_input_body_that_cannot_be_kept_is_a_problem_of_the_definition(source: Any, admin: str) -> None:
    endless = {"a": float("inf")}
    raw = raw_definition(source) | {"kind": "rest_api", "endpoint": {"method": "POST", "json": endless}}
    assert _problems(admin, raw) == {"endpoint.json"}


def test_hv30_trial_in_a_page_ends_before_a_web_server_is_held_up(
    source: Any, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.csv(6)
    raw = raw_definition(source)
    assert _call("jambi_source_dry_run", admin, definition=raw)["rows"] == 6
    monkeypatch.setattr(preview, "TRIAL_SECONDS", 0.0001)
    for name in ("jambi_source_dry_run", "jambi_source_preview"):
        with pytest.raises(tk.ValidationError) as caught:
            _call(name, admin, definition=raw)
        assert list(caught.value.error_dict) == ["source"]


def test_hv16_tables_of_one_database_share_a_lane(source: Any, admin: str) -> None:
    for name in ("izin", "usaha"):
        raw = raw_definition(source) | {"id": f"uji-{name}", "kind": "sql", "primary_key": "bulan"}
        raw |= {"client": {"base_url": "secret:DB"}, "endpoint": {"path": name}, "guard": {}}
        raw["dataset"]["name"] = f"{name}-data"
        _call("jambi_source_update", admin, definition=raw)
    assert count("jambi_harvest_source", "host = 'dinkes/secret:DB'") == 2
