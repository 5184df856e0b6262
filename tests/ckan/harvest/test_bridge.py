"""ckanext-harvest's actions and pages on our runner (HV13, HV20, HV21, HV25)."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from harvest_source import PLUGINS, count, raw_definition

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def call(name: str, user: str = "", /, **data: Any) -> Any:
    """Call an action as a user, with authorization."""
    context = {"user": user, "model": model, "session": model.Session, "ignore_auth": False}
    return tk.get_action(name)(context, data)


def wait_for_nobody(source_id: str) -> None:
    """Let the clock alone: only what is asked for runs."""
    import sqlalchemy as sa

    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_harvest_source SET next_due_at = NULL"))


def test_hv20_job_button_runs_the_source(source: Any, apply_source: Any, editor: str, work_off: Any) -> None:
    source.csv(30)
    source_id = apply_source()
    wait_for_nobody(source_id)
    job = call("harvest_job_create", editor, source_id=source_id)
    assert job["status"] == "Running"
    assert work_off() == ["succeeded"]
    shown = call("harvest_job_show", editor, id=job["id"])
    assert shown["status"] == "Finished"
    assert (shown["stats"]["added"], shown["stats"]["not modified"]) == (1, 0)


def test_hv21_unmodified_records_are_counted(
    source: Any, apply_source: Any, editor: str, work_off: Any
) -> None:
    source.csv(30)
    source_id = apply_source()
    work_off()
    job = call("harvest_job_create", editor, source_id=source_id)
    work_off()
    assert call("harvest_job_show", editor, id=job["id"])["stats"]["not modified"] in (0, 1)
    job = call("harvest_job_create", editor, source_id=source_id)
    with model.meta.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jambi_harvest_run SET mode = 'complete' WHERE state = 'queued'")
    work_off()
    assert call("harvest_job_show", editor, id=job["id"])["stats"]["not modified"] == 1
    assert call("harvest_job_report", editor, id=job["id"])["not modified"] == 1
    status = call("harvest_source_show_status", editor, id=source_id)
    assert status["last_job"]["stats"]["not modified"] == 1
    assert count("harvest_object") == 1


def test_hv20_new_job_without_run_waits(source: Any, apply_source: Any, editor: str, work_off: Any) -> None:
    source.csv(30)
    source_id = apply_source()
    wait_for_nobody(source_id)
    job = call("harvest_job_create", editor, source_id=source_id, run=False)
    assert work_off() == []
    call("harvest_send_job_to_gather_queue", editor, id=job["id"])
    assert work_off() == ["succeeded"]


def test_hv20_abort_ends_a_waiting_job(source: Any, apply_source: Any, editor: str, work_off: Any) -> None:
    source.csv(30)
    source_id = apply_source()
    wait_for_nobody(source_id)
    job = call("harvest_job_create", editor, source_id=source_id)
    sysadmin = factories.Sysadmin()["name"]
    assert call("harvest_job_abort", sysadmin, id=job["id"])["status"] == "Finished"
    assert work_off() == []
    assert count("package", "type = 'dataset'") == 0


def test_hv14_run_that_is_aborted_while_it_waits_ends_its_job(
    source: Any, apply_source: Any, editor: str
) -> None:
    source.csv(30)
    source_id = apply_source()
    wait_for_nobody(source_id)
    job = call("harvest_job_create", editor, source_id=source_id)
    [waiting] = call("jambi_run_list", editor, source_id=source_id)
    assert call("jambi_run_abort", editor, id=waiting["id"])["state"] == "aborted"
    ended = call("harvest_job_show", editor, id=job["id"])
    assert (ended["status"], bool(ended["finished"])) == ("Finished", True)


def test_hv20_jobs_run_needs_no_redis(source: Any, apply_source: Any, work_off: Any) -> None:
    source.csv(30)
    apply_source()
    sysadmin = factories.Sysadmin()["name"]
    assert call("harvest_jobs_run", sysadmin) == []
    assert work_off() == ["succeeded"]


def test_error_of_the_source_stands_on_the_job(
    source: Any, apply_source: Any, editor: str, work_off: Any
) -> None:
    source_id = apply_source()
    wait_for_nobody(source_id)
    job = call("harvest_job_create", editor, source_id=source_id)
    assert work_off() == ["failed"]
    report = call("harvest_job_report", editor, id=job["id"])
    assert "HTTP 404" in report["gather_errors"][0]["message"]


def test_hv13_definition_is_shown_to_editors_only(source: Any, agency: dict[str, Any], editor: str) -> None:
    config = json.dumps(raw_definition(source, name="dari-formulir"))
    made = call(
        "harvest_source_create",
        factories.Sysadmin()["name"],
        name="dari-formulir",
        title="Dari formulir",
        url=source.url,
        source_type="jambi",
        owner_org=agency["id"],
        config=config,
    )
    for name in ("harvest_source_show", "package_show"):
        assert not {"config", "definition"} & set(call(name, "", id=made["id"]))
        assert json.loads(call(name, editor, id=made["id"])["config"]) == {"definition": json.loads(config)}
    found = call("package_search", "", q="*:*", fq="+dataset_type:harvest")["results"]
    assert found
    assert "puskesmas" not in json.dumps(found)
    assert count("jambi_harvest_source", "origin = 'form' AND approved_hash IS NULL") == 1
    assert "puskesmas" not in json.dumps(call("harvest_source_list", ""))


def test_form_refuses_a_definition_with_a_typo(source: Any, agency: dict[str, Any]) -> None:
    raw = raw_definition(source, name="dari-formulir")
    raw["dataset"]["titel"] = "x"
    with pytest.raises(tk.ValidationError, match="titel"):
        call(
            "harvest_source_create",
            factories.Sysadmin()["name"],
            name="dari-formulir",
            title="Dari formulir",
            url=source.url,
            source_type="jambi",
            owner_org=agency["id"],
            config=json.dumps(raw),
        )


def test_hv25_object_of_a_draft_is_not_public(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    raw = raw_definition(source)
    raw["dataset"]["fields"] = {**raw["dataset"]["fields"], "klasifikasi_akses": "terbatas"}
    run = harvest(apply_source(raw))
    assert (run["state"], run["error"]) == ("succeeded", None)
    dataset = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": "uji-kunjungan-data"})
    assert dataset["private"] is True
    with pytest.raises(tk.NotAuthorized):
        call("harvest_object_show", "", dataset_id=dataset["id"])


@pytest.mark.parametrize("path", ["/harvest", "/harvest/uji-kunjungan", "/harvest/about/uji-kunjungan"])
def test_hv04_pages_of_ckanext_harvest_work(
    source: Any, apply_source: Any, harvest: Any, app: Any, path: str
) -> None:
    source.csv(30)
    harvest(apply_source())
    answer = app.get(path)
    assert answer.status_code == 200


def test_actions_know_who_may_run(source: Any, apply_source: Any, editor: str) -> None:
    source_id = apply_source()
    with pytest.raises(tk.NotAuthorized):
        call("jambi_run_create", factories.User()["name"], source_id=source_id)
    run = call("jambi_run_create", editor, source_id="uji-kunjungan")
    assert run["state"] == "queued"
    assert call("jambi_run_abort", editor, id=run["id"])["state"] == "aborted"
    assert [one["id"] for one in call("jambi_run_list", editor, source_id=source_id)] == [run["id"]]
    with pytest.raises(tk.ValidationError):
        call("jambi_run_abort", editor, id=run["id"])


def test_board_shows_no_definition(apply_source: Any) -> None:
    apply_source()
    [row] = call("jambi_source_list", "")
    assert (row["name"], row["kind"], row["organization"]) == ("uji-kunjungan", "csv", "dinkes")
    assert "definition" not in row
    assert call("jambi_source_show", "", id="uji-kunjungan") == row


def test_preview_reads_and_writes_nothing(source: Any, apply_source: Any, editor: str) -> None:
    apply_source()
    source.csv(30)
    shown = call("jambi_source_preview", editor, definition=raw_definition(source), limit=5)
    assert len(shown["records"][0]["rows"]) == 5
    assert count("jambi_harvest_run") == 0
    with pytest.raises(tk.NotAuthorized):
        call("jambi_source_preview", factories.User()["name"], definition=raw_definition(source), limit=5)


def test_validate_names_the_problem(source: Any, editor: str) -> None:
    raw = raw_definition(source)
    raw["kynd"] = raw.pop("kind")
    found = call("jambi_source_validate", editor, definition=raw)
    assert found["valid"] is False
    assert "kind" in [one["suggestion"] for one in found["problems"]]


def test_targets_belong_to_sysadmins(agency: dict[str, Any], editor: str) -> None:
    row = {"name": "simpus", "host": "simpus.local", "cidr": "10.1.2.3/32", "port": 80}
    row["reason"] = "Sistem di jaringan dalam."
    with pytest.raises(tk.NotAuthorized):
        call("jambi_target_create", editor, **row)
    sysadmin = factories.Sysadmin()["name"]
    call("jambi_target_create", sysadmin, **row)
    assert [one["name"] for one in call("jambi_target_list", sysadmin)] == ["simpus"]
    with pytest.raises(tk.ValidationError):
        call("jambi_target_create", sysadmin, **(row | {"cidr": "bukan"}))
    call("jambi_target_delete", sysadmin, name="simpus")
    assert call("jambi_target_list", sysadmin) == []
