"""Each decision of a person has its row in the audit ledger, in the transaction of the act (RL10, HV26)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from harvest_source import COLUMNS, PLUGINS, count

from ckanext.jambi import ledger
from ckanext.jambi.clock import WIB

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
WHY = "Sudah diperiksa dengan pengelola sumber."
ROW = {"name": "simpus", "host": "simpus.local", "cidr": "10.1.2.3/32", "port": 80, "reason": WHY}


@pytest.fixture
def admin(agency: dict[str, Any]) -> dict[str, Any]:
    """Return an admin of the agency."""
    user = factories.User()
    site = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    data = {"id": agency["id"], "username": user["name"], "role": "admin"}
    tk.get_action("organization_member_create")(site, data)
    return user


def entries(action: str) -> list[dict[str, Any]]:
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT * FROM jambi_audit WHERE action = :action ORDER BY seq")
        return [dict(row) for row in connection.execute(query, {"action": action}).mappings()]


def call(action: str, user: dict[str, Any], /, **data: Any) -> Any:
    return tk.get_action(action)({"user": user["name"], "ignore_auth": False}, data)


def _held(source: Any, apply_source: Any, harvest: Any, admin: dict[str, Any]) -> dict[str, Any]:
    source.csv(30)
    source_id = apply_source()
    harvest(source_id)
    source.csv(3)
    assert harvest(source_id)["state"] == "quarantined"
    [held] = call("jambi_quarantine_list", admin, source_id=source_id)
    return held


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_rl10_a_decision_on_held_data_has_its_row(
    source: Any, apply_source: Any, harvest: Any, admin: dict[str, Any], decision: str
) -> None:
    held = _held(source, apply_source, harvest, admin)
    decided = {"id": held["id"], "decision": decision, "change_hash": held["change_hash"], "note": WHY}
    call("jambi_quarantine_decide", admin, **decided)
    [row] = entries(f"quarantine.{decision}")
    assert (row["object"], row["actor"], row["reason"]) == (f"quarantine:{held['id']}", admin["id"], WHY)
    assert row["before_hash"] == held["change_hash"]
    assert ledger.verify().ok


def test_rl10_a_refused_decision_has_none(
    source: Any, apply_source: Any, harvest: Any, admin: dict[str, Any]
) -> None:
    held = _held(source, apply_source, harvest, admin)
    with pytest.raises(tk.ValidationError):
        call("jambi_quarantine_decide", admin, id=held["id"], decision="reject", change_hash="0", note=WHY)
    assert entries("quarantine.reject") == []


def test_rl10_definitions_from_files_have_a_row_for_each_change(apply_source: Any) -> None:
    apply_source(approve_by=None)
    apply_source(approve_by=None)
    apply_source(trigger={"every": "1h"}, approve_by=None)
    [created], [updated] = entries("source.create"), entries("source.update")
    assert created["object"] == updated["object"] == "source:uji-kunjungan"
    assert updated["before_hash"] == created["after_hash"]
    assert created["actor"].startswith("cli:")
    assert entries("source.approve") == []


def test_rl10_an_approval_has_its_row(apply_source: Any) -> None:
    apply_source()
    apply_source()
    [row] = entries("source.approve")
    assert row["after_hash"] == entries("source.create")[0]["after_hash"]


def test_rl10_a_reviewers_approval_is_by_name_and_with_its_note(
    apply_source: Any, agency: dict[str, Any], ckan_config: Any, admin: dict[str, Any]
) -> None:
    ckan_config["ckanext.jambi.harvest.reviewing_organization"] = agency["name"]
    source_id = apply_source(approve_by=None)
    definition_hash = call("jambi_source_show", admin, id=source_id)["definition_hash"]
    for _ in range(2):
        call("jambi_source_approve", admin, id=source_id, definition_hash=definition_hash, note=WHY)
    [row] = entries("source.approve")
    assert (row["actor"], row["reason"], row["after_hash"]) == (admin["id"], WHY, definition_hash)


def test_rl10_a_restored_record_has_its_row(
    source: Any, apply_source: Any, harvest: Any, admin: dict[str, Any]
) -> None:
    source.csv(5)
    source_id = apply_source()
    harvest(source_id)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_harvest_record SET missing_since = now()"))
        guid = connection.scalar(sa.text("SELECT guid FROM jambi_harvest_record"))
    package_id = call("jambi_record_restore", admin, source_id=source_id, guid=guid)["package_id"]
    [row] = entries("record.restore")
    assert (row["object"], row["actor"]) == (f"dataset:{package_id}", admin["id"])


def test_rl10_changes_of_the_allowlist_have_their_rows(agency: dict[str, Any]) -> None:
    sysadmin = factories.Sysadmin()
    call("jambi_target_create", sysadmin, **ROW)
    call("jambi_target_delete", sysadmin, name="simpus")
    [written], [deleted] = entries("target.write"), entries("target.delete")
    assert written["object"] == deleted["object"] == "target:simpus"
    assert (written["actor"], written["reason"]) == (sysadmin["id"], WHY)


def test_a_target_needs_a_reason_and_may_end(agency: dict[str, Any]) -> None:
    sysadmin = factories.Sysadmin()
    for bad in ({"reason": "uji"}, {"expires_at": "2020-01-01"}, {"expires_at": "besok"}):
        with pytest.raises(tk.ValidationError):
            call("jambi_target_create", sysadmin, **(ROW | bad))
    assert count("jambi_audit") == 0
    tomorrow = (datetime.now(WIB) + timedelta(days=1)).date()
    call("jambi_target_create", sysadmin, **ROW, expires_at=tomorrow.isoformat())
    [row] = call("jambi_target_list", sysadmin)
    assert datetime.fromisoformat(row["expires_at"]).astimezone(WIB).date() == tomorrow


def test_rl10_an_act_that_is_rolled_back_leaves_no_row(
    apply_source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id = apply_source(approve_by=None)
    from ckanext.jambi.harvest import sources
    from jambi_harvesters.definition import parse

    raw = sources.find(model.Session.connection(), source_id)["definition"]
    wanted = parse(
        raw
        | {
            "schema": {"fields": {"bulan": COLUMNS["bulan"]}},
            "dataset": raw["dataset"] | {"key_columns": ["bulan"]},
        }
    )
    sources.store(model.Session.connection(), wanted, source_id, ledger.command_line())
    model.Session.rollback()
    assert entries("source.update") == []
