from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import FIELDS, NOTES, PLUGINS, count, raw_definition
from signed_requests import signed

from ckanext.jambi.harvest import pushing, queue

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_live {PLUGINS}"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
]


def rows(number: int, add: int = 0) -> list[dict[str, Any]]:
    return [
        {"bulan": f"2026-{at % 9 + 1:02d}", "puskesmas": f"Puskesmas {at}", "kunjungan": at * 7 + add}
        for at in range(number)
    ]


def public_rows(name: str = "uji-kunjungan-data") -> int:
    package = tk.get_action("package_show")({"ignore_auth": True}, {"id": name})
    found = tk.get_action("datastore_search")(
        {"ignore_auth": True}, {"resource_id": package["resources"][0]["id"], "limit": 0}
    )
    model.Session.remove()
    return found["total"]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_hv32_pushed_rows_become_the_table_and_the_body_is_deleted(open_door, push, harvest, source) -> None:
    source_id = open_door()

    answer = push(rows(12), "a1")
    run = harvest(source_id)

    assert answer.status_code == 202
    assert answer.json["result"] == {"status": "queued", "run_id": run["id"]}
    assert (run["trigger"], run["state"], run["error"]) == ("push", "succeeded", None)
    assert public_rows() == 12
    assert source.asked == []
    with model.meta.engine.begin() as connection:
        pushing.enqueue_waiting(connection)
    assert count("jambi_harvest_push", "state = 'ended' AND body IS NULL") == 1


def test_hv32_same_key_twice_is_one_push(open_door, push, harvest) -> None:
    source_id = open_door()
    first = push(rows(5), "a1").json["result"]
    harvest(source_id)

    again = push(rows(5), "a1")

    assert again.status_code == 202
    assert again.json["result"] == {"status": "repeated", "run_id": first["run_id"]}
    assert count("jambi_harvest_run") == 1
    assert code(push(rows(6), "a1")) == (422, "key_reused")


def test_hv32_pushes_of_a_source_are_applied_one_after_the_other(open_door, push, harvest) -> None:
    source_id = open_door()
    ids = [push(rows(20, add), f"k{add}").json["result"]["run_id"] for add in range(3)]
    assert count("jambi_harvest_run") == 1

    ended = []
    for _ in ids:
        with model.meta.engine.begin() as connection:
            pushing.enqueue_waiting(connection)
            queue.enqueue_due(connection)
        ended.append(harvest(source_id)["id"])

    assert ended == ids
    package = tk.get_action("package_show")({"ignore_auth": True}, {"id": "uji-kunjungan-data"})
    found = tk.get_action("datastore_search")(
        {"ignore_auth": True}, {"resource_id": package["resources"][0]["id"], "limit": 100}
    )["records"]
    assert sorted(one["kunjungan"] for one in found)[0] == 2


def test_hv32_pushed_equal_rows_change_nothing(open_door, push, harvest, source) -> None:
    source_id = open_door()
    source.csv(10)
    harvest(source_id)

    push(rows(10), "a1")

    assert harvest(source_id)["state"] == "unchanged"


def test_hv32_shrunk_table_is_held_like_any(open_door, push, harvest) -> None:
    source_id = open_door()
    push(rows(40), "a1")
    harvest(source_id)

    push(rows(10), "a2")
    run = harvest(source_id)

    assert run["state"] == "quarantined"
    assert public_rows() == 40


def test_hv32_part_of_a_table_that_is_replaced_whole_is_refused(open_door, push) -> None:
    open_door()

    assert code(push(rows(3), "a1", mode="partial")) == (422, "partial_not_possible")
    assert count("jambi_harvest_push") == 0


def test_hv32_part_changes_what_it_names_and_nothing_vanishes(open_door, push, harvest, source) -> None:
    dataset = {
        "mode": "per_record",
        "title": "Kunjungan {puskesmas}",
        "notes": NOTES,
        "tags": ["kesehatan", "puskesmas", "kunjungan"],
        "fields": FIELDS,
    }
    source_id = open_door(dataset=dataset, primary_key="puskesmas")
    push(rows(6), "a1")
    harvest(source_id)

    changed = rows(1)
    changed[0]["puskesmas"] = "Puskesmas 99"
    push(changed, "a2", mode="partial")
    run = harvest(source_id)

    assert (run["new"], run["changed"], run["vanished"]) == (1, 0, 0)
    assert count("jambi_harvest_record", f"source_id = '{source_id}' AND missing_since IS NULL") == 7


def test_hv32_bad_push_fails_and_says_nothing_of_the_source(open_door, push, harvest) -> None:
    source_id = open_door()

    push(b'[{"bulan": ', "a1")
    run = harvest(source_id)

    assert run["state"] == "failed"
    assert count("jambi_event", "kind = 'source.down'") == 0
    assert count("jambi_harvest_source", "failures = 0 AND checked_at IS NULL") == 1


def test_hv32_source_that_only_pushes_is_never_polled(open_door, push, harvest) -> None:
    source_id = open_door(trigger={"push": True})
    with model.meta.engine.begin() as connection:
        assert queue.enqueue_due(connection) == 0

    push(rows(5), "a1")
    harvest(source_id)

    assert count("jambi_harvest_source", "next_due_at IS NULL AND checked_at IS NOT NULL") == 1


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"key": ""}, (400, "key_missing")),
        ({"key": "dua kata"}, (400, "key_missing")),
        ({"mode": "alles"}, (400, "mode_invalid")),
        ({"media_type": "text/html"}, (415, "type_unsupported")),
        ({"Content-Encoding": "gzip"}, (415, "type_unsupported")),
    ],
)
def test_hv32_bad_request_is_named(open_door, push, over: dict[str, str], expected: tuple[int, str]) -> None:
    open_door()

    assert code(push(rows(1), **{"key": "a1"} | over)) == expected


def test_hv32_too_many_waiting_pushes_are_put_off(open_door, push) -> None:
    open_door()
    for number in range(pushing.MAX_WAITING + 1):
        assert push(rows(1, number), f"k{number}").status_code == 202

    answer = push(rows(1), "more")

    assert code(answer) == (429, "too_many_waiting")
    assert answer.headers["Retry-After"] == "30"


def test_hv32_body_above_ten_megabytes_is_refused(open_door, push) -> None:
    open_door()

    assert code(push(b" " * 10_000_001, "a1")) == (413, "body_too_large")


def test_hv32_definition_without_push_takes_none(open_door, push) -> None:
    open_door(trigger={"webhook": True})

    assert code(push(rows(1), "a1")) == (403, "not_enabled")


def test_hv32_signature_taken_by_a_ping_is_not_taken_by_a_push(open_door, push, app) -> None:
    open_door()
    body = b"{}"
    headers = signed(body)
    app.post("/api/jambi/ping/uji-kunjungan", data=body, headers=headers, status=202)

    answer = app.post(
        "/api/jambi/push/uji-kunjungan?mode=complete",
        data=body,
        headers={**headers, "Idempotency-Key": "a", "Content-Type": "application/json"},
        status=None,
    )

    assert code(answer) == (409, "replayed")


def test_paused_source_keeps_no_push(open_door, push, source) -> None:
    open_door(**{"state": "paused"})

    assert code(push(rows(1), "a1")) == (409, "source_paused")
    assert raw_definition(source)["id"] == "uji-kunjungan"
    assert model.Session.scalar(sa.text("SELECT count(*) FROM jambi_harvest_push")) == 0
