"""Events become notices: once a source, occasion and day, to the right people, without a value (HV29)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import Answer, count
from killing import killed_before
from mail_server import PLUGINS

from ckanext.jambi import log_masks
from ckanext.jambi.harvest import breaker
from ckanext.jambi.notices import reading

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


def notices(**where: str) -> list[dict[str, Any]]:
    clauses = " AND ".join(f"{name} = :{name}" for name in where) or "true"
    query = sa.text(f"SELECT * FROM jambi_notice WHERE {clauses} ORDER BY created_at")
    with model.meta.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query, where).mappings()]


def recipients() -> set[str]:
    with model.meta.engine.connect() as connection:
        return set(connection.scalars(sa.text("SELECT recipient FROM jambi_notice_delivery")))


def test_hv29_a_thousand_events_of_one_source_are_one_notice(apply_source: Any, happen: Any) -> None:
    source_id = apply_source()
    happen("run.failed", source_id, times=1000, source="uji", code="source_down")
    assert reading.read_events() == 1
    happen("run.failed", source_id, source="uji", code="source_down")
    assert reading.read_events() == 0
    assert [one["event"] for one in notices()] == ["failed"]


def test_hv29_events_of_other_sources_and_days_are_notices_of_their_own(
    apply_source: Any, happen: Any
) -> None:
    for name in ("uji-satu", "uji-dua"):
        happen("run.failed", apply_source(name=name), code="source_down")
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO jambi_event (kind, source_id, public, payload, emitted_at)"
                " SELECT kind, source_id, public, payload, emitted_at - interval '1 day' FROM jambi_event"
            )
        )
    assert reading.read_events() == 4
    assert len({one["day"] for one in notices()}) == 2


@pytest.mark.parametrize(
    ("kind", "payload", "event"),
    [
        ("run.failed", {"code": "source_down"}, "failed"),
        ("run.failed", {"code": "auth_failed"}, "auth_failed"),
        ("quarantine.opened", {"reason": "mass_deletion"}, "quarantined"),
        ("quarantine.opened", {"reason": "personal_data"}, "personal_data"),
        ("source.down", {"code": "source_down"}, "down"),
        ("source.recovered", {}, "recovered"),
    ],
)
def test_hv29_a_notice_says_what_since_when_what_stays_and_the_next_step(
    apply_source: Any, happen: Any, kind: str, payload: dict[str, str], event: str
) -> None:
    happen(kind, apply_source(), **payload)
    reading.read_events()
    [one] = notices()
    assert one["event"] == event
    for part in ("Since: ", "Next step: ", "http://", "public"):
        assert part in one["body"]
    assert one["subject"].startswith("[")


def test_hv29_a_run_that_fails_is_told_with_its_cause(
    source: Any, apply_source: Any, harvest: Any, member: Any
) -> None:
    member(email="walidata-pendukung@example.go.id")
    member("editor", email="penyunting@example.go.id")
    source.csv(5)
    source_id = apply_source()
    assert harvest(source_id)["state"] == "succeeded"
    source.answers["/data.csv"] = Answer(b"", 403)
    assert harvest(source_id)["error_code"] == "auth_failed"
    reading.read_events()
    [one] = notices()
    assert (one["event"], one["source_name"]) == ("auth_failed", "uji-kunjungan")
    assert "does not accept the portal's key" in one["body"]
    assert "The last good data, read on" in one["body"]
    assert recipients() == {"walidata-pendukung@example.go.id", "dinkes@example.go.id"}


def test_s02_auth_failure_is_told_once_a_day_and_down_once(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source_id = apply_source()
    source.answers["/data.csv"] = Answer(b"", 401)
    for _ in range(breaker.RUNS_THAT_OPEN + 2):
        harvest(source_id)
        reading.read_events()
    assert sorted(one["event"] for one in notices()) == ["auth_failed", "down"]
    source.csv(5)
    harvest(source_id)
    reading.read_events()
    assert sorted(one["event"] for one in notices()) == ["auth_failed", "down", "recovered"]


def test_a_definition_that_is_no_longer_valid_is_told(apply_source: Any, harvest: Any) -> None:
    source_id = apply_source()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text('UPDATE jambi_harvest_source SET definition = \'{"kind": "csv"}\''))
    assert harvest(source_id)["state"] == "failed"
    assert reading.read_events() == 1
    assert "not valid any more" in notices()[0]["body"]


def test_p09_held_personal_data_is_told_without_a_value(source: Any, apply_source: Any, harvest: Any) -> None:
    nik = "1571014708900001"
    body = f"bulan,puskesmas,kunjungan\n2026-01,NIK {nik},3\n2026-02,NIK 1571015203850002,4\n"
    source.answers["/data.csv"] = Answer(body.encode(), headers={"Content-Type": "text/csv"})
    harvest(apply_source(notify={"on": ["down"]}))
    reading.read_events()
    [one] = notices()
    assert one["event"] == "personal_data"
    assert nik not in str(one)
    assert "1571015203850002" not in str(one)


def test_p10_no_secret_comes_into_a_notice(apply_source: Any, happen: Any) -> None:
    secret = "kunci-sangat-rahasia-8f31"
    log_masks.remember([secret])
    dataset = {"title": f"Kunjungan {secret}", "fields": {"frekuensi": "bulanan"}}
    happen("run.failed", apply_source(dataset=dataset), code=secret)
    reading.read_events()
    [one] = notices()
    assert secret not in one["subject"] + one["body"]


def test_notify_says_to_whom_and_of_what(apply_source: Any, happen: Any, member: Any) -> None:
    user = member("editor", email="penyunting@example.go.id")
    site = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    lines = ["walidata-dinkes: walidata@example.go.id", "telegram: 12345"]
    tk.get_action("organization_patch")({**site}, {"id": "dinkes", "notifikasi": lines})
    to = ["pusat@example.go.id", "walidata-dinkes", user["name"]]
    source_id = apply_source(notify={"to": to, "on": ["down"]})
    happen("run.failed", source_id, code="source_down")
    assert reading.read_events() == 0
    happen("source.down", source_id, code="source_down")
    assert reading.read_events() == 1
    assert recipients() == {
        "pusat@example.go.id",
        "walidata@example.go.id",
        "penyunting@example.go.id",
    }


def test_names_that_lead_nowhere_fall_back_to_the_agency(apply_source: Any, happen: Any) -> None:
    happen("run.failed", apply_source(notify={"to": ["tidak-ada"]}), code="source_down")
    reading.read_events()
    assert recipients() == {"dinkes@example.go.id"}


def test_without_any_address_the_sysadmins_are_told(
    apply_source: Any, happen: Any, sysadmin: dict[str, Any]
) -> None:
    source_id = apply_source()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE \"group\" SET extras = extras - 'surel'"))
    happen("run.failed", source_id, code="source_down")
    reading.read_events()
    assert sysadmin["email"] in recipients()


def test_an_event_of_a_source_that_is_gone_is_passed_over(apply_source: Any, happen: Any) -> None:
    happen("run.failed", "tidak-ada", code="source_down")
    happen("run.failed", apply_source(), code="source_down")
    assert reading.read_events() == 1


def test_p01_a_reader_killed_anywhere_makes_each_notice_once(apply_source: Any, happen: Any) -> None:
    happen("run.failed", apply_source(), times=3, code="source_down")
    happen("source.down", apply_source(name="uji-dua"), code="source_down")
    model.Session.remove()
    kills = 0
    while killed_before(kills + 1, reading.read_events):
        kills += 1
    assert kills >= 8
    reading.read_events()
    assert sorted(one["event"] for one in notices()) == ["down", "failed"]
    assert count("jambi_notice_delivery") == 2
