"""Held change sets are decided by people, and applied exactly as they were shown (HV26, P3, P4)."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from harvest_source import COLUMNS, PLUGINS, Answer, catalogue_of, count, entry, shown

from ckanext.jambi.harvest import pushing
from ckanext.jambi.harvest.cli_quarantine import quarantines

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
WHY = "Sudah diperiksa dengan pengelola sumber."


def _call(name: str, user: str, **data: Any) -> Any:
    return tk.get_action(name)({"user": user, "ignore_auth": False}, data)


def _open(user: str, source_id: str) -> dict[str, Any]:
    [found] = [
        one for one in _call("jambi_quarantine_list", user, source_id=source_id) if one["state"] == "open"
    ]
    return _call("jambi_quarantine_show", user, id=found["id"])


def _decide(user: str, held: dict[str, Any], decision: str, **over: Any) -> Any:
    data = {"id": held["id"], "decision": decision, "change_hash": held["change_hash"], "note": WHY}
    return _call("jambi_quarantine_decide", user, **(data | over))


def _columns_known() -> list[list[str]]:
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT columns FROM jambi_harvest_schema ORDER BY version")
        return [row.columns for row in connection.execute(query)]


def test_hv26_approved_deletions_are_those_that_were_shown(
    catalogue: Any, harvest: Any, admin: str, work_off: Any
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    held = _open(admin, source_id)
    assert (held["counts"], held["approvable"]) == ({"vanished": 6}, True)
    assert sorted(change["guid"] for change in held["changes"]) == [f"id-{at}" for at in range(6)]
    listing(*range(9, 12))  # what the source says meanwhile is not what was shown
    decided = _decide(admin, held, "approve")
    assert (decided["state"], decided["decided_by"], decided["note"]) == ("approved", admin, WHY)
    [state] = work_off()
    run = shown(decided["applied_by"])
    assert (state, run["state"], run["vanished"], run["requests"]) == ("succeeded", "succeeded", 6, 0)
    assert count("jambi_harvest_record", "tombstone_until IS NOT NULL") == 6
    assert count("package", "type = 'dataset' AND state = 'active'") == 12
    assert count("jambi_event", "kind = 'quarantine.decided'") == 1
    assert count("jambi_harvest_incoming") == 0


def test_hv26_decision_goes_before_a_push_that_waits_and_loses_none(
    catalogue: Any, harvest: Any, admin: str, source: Any, work_off: Any
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    body = catalogue_of([entry("id-30")]).body
    with model.meta.engine.begin() as connection:
        wanted = pushing.Push(source_id, "a1", "partial", "application/json", body)
        pushed = pushing.accept(connection, wanted).run_id
    decided = _decide(admin, _open(admin, source_id), "approve")
    assert count("jambi_harvest_push", "state = 'waiting'") == 1
    assert work_off()[0] == "succeeded"
    assert shown(decided["applied_by"])["vanished"] == 6
    work_off()
    assert shown(pushed)["trigger"] == "push"
    assert shown(pushed)["finished_at"]


def test_aborted_application_leaves_nothing_held(catalogue: Any, harvest: Any, admin: str) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    decided = _decide(admin, _open(admin, source_id), "approve")
    assert count("jambi_harvest_incoming") == 6
    assert _call("jambi_run_abort", admin, id=decided["applied_by"])["state"] == "aborted"
    assert count("jambi_harvest_incoming") == 0


def test_hv26_rejected_change_set_is_not_asked_about_again(catalogue: Any, harvest: Any, admin: str) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    _decide(admin, _open(admin, source_id), "reject")
    jobs = count("harvest_job")
    run = harvest(source_id, mode="complete")
    assert (run["state"], run["held"]) == ("quarantined", 6)
    assert count("harvest_job") == jobs
    assert count("jambi_harvest_quarantine", "state = 'open'") == 0
    assert count("jambi_harvest_incoming") == 0
    assert count("jambi_harvest_record", "tombstone_until IS NOT NULL") == 0


def test_hv26_nothing_is_rejected_while_the_run_that_holds_it_is_at_work(
    catalogue: Any, harvest: Any, admin: str
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    run = harvest(source_id)
    held = _open(admin, source_id)
    _cut_off(run["id"])
    with pytest.raises(tk.ValidationError, match="decide when it has ended"):
        _decide(admin, held, "reject")
    assert _open(admin, source_id)["counts"] == {"vanished": 6}


def test_hv26_the_same_change_set_stays_one_question(catalogue: Any, harvest: Any, admin: str) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    first = _open(admin, source_id)
    harvest(source_id, mode="complete")
    assert _open(admin, source_id)["id"] == first["id"]
    assert _open(admin, source_id)["counts"] == {"vanished": 6}
    assert count("jambi_event", "kind = 'quarantine.opened'") == 1


def test_hv26_source_that_is_whole_again_supersedes_what_waits(
    catalogue: Any, harvest: Any, admin: str
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    held = _open(admin, source_id)
    listing(*range(12))
    harvest(source_id)
    with pytest.raises(tk.ValidationError, match="id"):
        _decide(admin, held, "approve")
    assert count("jambi_harvest_quarantine", "state = 'superseded'") == 1
    assert count("jambi_harvest_incoming") == 0


def test_hv26_decisions_need_an_admin_a_reason_and_the_shown_hash(
    catalogue: Any, harvest: Any, editor: str, admin: str
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    held = _open(admin, source_id)
    with pytest.raises(tk.NotAuthorized):
        _decide(editor, held, "approve")
    with pytest.raises(tk.NotAuthorized):
        _decide(factories.User()["name"], held, "approve")
    with pytest.raises(tk.ValidationError, match="note"):
        _decide(admin, held, "approve", note="ya")
    with pytest.raises(tk.ValidationError, match="id"):
        _decide(admin, held, "approve", change_hash="0" * 64)
    assert _open(admin, source_id)["state"] == "open"


def test_s19_approved_rename_keeps_the_dataset(
    catalogue: Any, harvest: Any, admin: str, work_off: Any
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    before = _package_of(source_id, "id-0")
    listing(*range(1, 12), baru="0")
    harvest(source_id)
    held = _open(admin, source_id)
    assert (held["reason"], held["summary"]["pairs"]) == ("possible_rename", [["id-0", "baru"]])
    _decide(admin, held, "approve")
    assert work_off() == ["succeeded"]
    assert _package_of(source_id, "baru") == before
    assert count("package", "type = 'dataset'") == 12
    run = harvest(source_id, mode="complete")
    assert (run["state"], run["vanished"]) == ("unchanged", 0)


def test_s19_id_that_is_used_again_after_a_rename_gets_a_dataset_of_its_own(
    catalogue: Any, harvest: Any, admin: str, work_off: Any
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(1, 12), baru="0")
    harvest(source_id)
    _decide(admin, _open(admin, source_id), "approve")
    work_off()
    listing(*range(1, 12), **{"baru": "0", "id-0": "20"})
    run = harvest(source_id)
    assert (run["state"], run["new"], run["failed"]) == ("succeeded", 1, 0)
    assert (_title_of(source_id, "baru"), _title_of(source_id, "id-0")) == ("Dataset 0", "Dataset 20")
    listing(*range(1, 12), **{"baru": "0", "id-0": "21"})
    assert harvest(source_id)["changed"] == 1
    assert (_title_of(source_id, "baru"), _title_of(source_id, "id-0")) == ("Dataset 0", "Dataset 21")


@pytest.mark.parametrize(
    ("stands", "missing"),
    [
        ("INSERT INTO jambi_harvest_record (source_id, guid, failures) VALUES (:source, 'baru', 1)", 0),
        ("UPDATE jambi_harvest_record SET guid = 'baru' WHERE source_id = :source AND guid = 'id-50'", 1),
    ],
    ids=["failed", "imported"],
)
def test_s19_rename_is_applied_whatever_came_of_the_new_id_meanwhile(
    catalogue: Any, harvest: Any, admin: str, work_off: Any, stands: str, missing: int
) -> None:
    source_id, listing = catalogue
    listing(*range(12), 50)
    harvest(source_id)
    listing(*range(1, 12), 50, baru="0")
    harvest(source_id)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(stands), {"source": source_id})
    _decide(admin, _open(admin, source_id), "approve")
    assert work_off() == ["succeeded"]
    assert _title_of(source_id, "baru") == "Dataset 0"
    assert count("jambi_harvest_record", "guid = 'id-0' AND missing_since IS NOT NULL") == missing


def test_p03_approved_smaller_table_replaces_the_public_one(
    source: Any, apply_source: Any, harvest: Any, admin: str, work_off: Any
) -> None:
    source_id = apply_source()
    source.csv(60)
    harvest(source_id)
    source.csv(20)
    assert harvest(source_id)["state"] == "quarantined"
    held = _open(admin, source_id)
    assert (held["reason"], held["changes"][0]["rows"]) == ("rows_vanished", 20)
    assert _rows() == 60
    _decide(admin, held, "approve")
    assert work_off() == ["succeeded"]
    assert _rows() == 20
    assert harvest(source_id, mode="complete")["state"] == "unchanged"


def test_s21_new_column_is_held_until_it_is_approved(
    source: Any, apply_source: Any, harvest: Any, admin: str, work_off: Any
) -> None:
    source_id = apply_source()
    source.csv(5)
    harvest(source_id)
    assert _columns_known() == [["bulan", "puskesmas", "kunjungan"]]
    _with_new_column(source)
    run = harvest(source_id)
    assert (run["state"], run["error_code"]) == ("quarantined", "schema_drift")
    held = _open(admin, source_id)
    assert held["summary"]["columns"] == [{"column": "petugas", "change": "new"}]
    _decide(admin, held, "approve")
    assert work_off() == ["succeeded"]
    assert _columns_known()[-1] == ["bulan", "puskesmas", "kunjungan", "petugas"]
    assert _rows() == 6


def test_s20_missing_column_cannot_be_approved(
    source: Any, apply_source: Any, harvest: Any, admin: str
) -> None:
    source_id = apply_source()
    source.csv(5)
    harvest(source_id)
    source.answers["/data.csv"] = Answer(
        b"bulan,kunjungan\n2026-01,7\n", headers={"Content-Type": "text/csv"}
    )
    assert harvest(source_id)["error_code"] == "schema_drift"
    held = _open(admin, source_id)
    assert held["approvable"] is False
    with pytest.raises(tk.ValidationError, match="id"):
        _decide(admin, held, "approve")


def test_s21_contract_may_let_columns_come(source: Any, apply_source: Any, harvest: Any) -> None:
    contract = {"fields": COLUMNS, "contract": {"columns": "evolve"}}
    source_id = apply_source(schema=contract)
    source.csv(5)
    harvest(source_id)
    _with_new_column(source)
    assert harvest(source_id)["state"] == "succeeded"
    assert _columns_known()[-1] == ["bulan", "puskesmas", "kunjungan", "petugas"]


def test_s08_vanished_record_is_restored_by_one_action(catalogue: Any, harvest: Any, admin: str) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(1, 12))
    harvest(source_id)
    restored = _call("jambi_record_restore", admin, source_id=source_id, guid="id-0")
    assert restored["package_id"] == _package_of(source_id, "id-0")
    run = harvest(source_id, mode="complete")
    assert (run["state"], run["vanished"]) == ("unchanged", 0)
    assert count("jambi_harvest_record", "kept_since IS NOT NULL AND tombstone_until IS NULL") == 1
    with pytest.raises(tk.ValidationError, match="guid"):
        _call("jambi_record_restore", admin, source_id=source_id, guid="id-0")
    listing(*range(12))
    assert harvest(source_id)["changed"] == 1
    assert count("jambi_harvest_record", "kept_since IS NOT NULL") == 0


def test_hv11_record_is_shown_to_the_editors_of_its_source(catalogue: Any, harvest: Any, editor: str) -> None:
    source_id, listing = catalogue
    listing(0)
    harvest(source_id)
    shown = _call("jambi_record_show", editor, source_id=source_id, guid="ID-0")

    assert (shown["guid"], shown["package_id"]) == ("id-0", _package_of(source_id, "id-0"))
    assert (shown["failures"], shown["missing_since"]) == (0, None)
    assert [gap["field"] for gap in shown["gaps"]] == ["jenis_berkas", "resources"]
    assert shown["seen_at"]
    with pytest.raises(tk.ObjectNotFound):
        _call("jambi_record_show", editor, source_id=source_id, guid="id-1")
    with pytest.raises(tk.NotAuthorized):
        _call("jambi_record_show", factories.User()["name"], source_id=source_id, guid="id-0")


def test_hv26_commands_show_and_decide(
    catalogue: Any, harvest: Any, admin: str, command: Any, work_off: Any
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 12))
    harvest(source_id)
    assert "mass_deletion" in command(quarantines, "list").output
    held = _open(admin, source_id)
    assert json.loads(command(quarantines, "show", held["id"]).output)["counts"] == {"vanished": 6}
    how = ("--note", WHY, "--change-hash", held["change_hash"])
    refused = command(quarantines, "approve", held["id"], "--user", factories.User()["name"], *how)
    assert refused.exit_code == 1
    done = command(quarantines, "approve", held["id"], "--user", admin, *how)
    assert done.output == f"{held['id']}: approved\n"
    assert work_off() == ["succeeded"]
    assert command(quarantines, "list").output == ""
    assert "approved" in command(quarantines, "list", "--all").output


def _cut_off(run_id: str) -> None:
    """Leave a run as a worker does that died before its end."""
    statement = "UPDATE jambi_harvest_run SET state = 'finish', finished_at = NULL WHERE id = :id"
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(statement), {"id": run_id})


def _with_new_column(source: Any) -> None:
    lines = ["bulan,puskesmas,kunjungan,petugas"]
    lines += [f"2026-0{at + 1},Puskesmas {at},{at},{at}" for at in range(6)]
    source.answers["/data.csv"] = Answer("\n".join(lines).encode(), headers={"Content-Type": "text/csv"})


def _package_of(source_id: str, guid: str) -> str:
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT package_id FROM jambi_harvest_record WHERE source_id = :s AND guid = :g")
        return connection.execute(query, {"s": source_id, "g": guid}).scalar_one()


def _title_of(source_id: str, guid: str) -> str:
    shown = tk.get_action("package_show")({"ignore_auth": True}, {"id": _package_of(source_id, guid)})
    model.Session.remove()
    return shown["title"]


def _rows() -> int:
    [resource] = model.Session.query(model.Resource).filter_by(state="active").all()
    found = tk.get_action("datastore_search")({"ignore_auth": True}, {"resource_id": resource.id, "limit": 0})
    model.Session.remove()
    return found["total"]
