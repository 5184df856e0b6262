from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from harvest_source import PLUGINS, count
from signed_requests import signed

from ckanext.jambi.harvest import queue
from ckanext.jambi.harvest.leases import claim
from ckanext.jambi.live import doors, pinging

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_live {PLUGINS}"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
]


def end(run_id: str) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE jambi_harvest_run SET state = 'succeeded', finished_at = now() WHERE id = :id"),
            {"id": run_id},
        )


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_hv31_ping_queues_a_run(open_door, ping) -> None:
    source_id = open_door()

    answer = ping(b'{"keys": ["a", 2]}')

    assert answer.status_code == 202
    assert answer.json["result"]["status"] == "queued"
    run = f"id = '{answer.json['result']['run_id']}' AND trigger = 'ping' AND source_id = '{source_id}'"
    assert count("jambi_harvest_run", f"{run} AND state = 'queued'") == 1


def test_hv31_ping_reads_what_is_new(open_door, ping, harvest, source) -> None:
    source_id = open_door()
    source.csv(5)
    harvest(source_id)
    source.csv(6)

    ping()

    run = harvest(source_id)
    assert (run["trigger"], run["changed"]) == ("ping", 1)


def test_hv31_pings_while_a_run_waits_join_it(open_door, ping) -> None:
    open_door()
    first = ping().json["result"]

    others = [ping().json["result"] for _ in range(5)]

    assert all(one == {"status": "coalesced", "run_id": first["run_id"]} for one in others)
    assert count("jambi_harvest_run") == 1


def test_hv31_thousand_pings_during_a_run_lead_to_exactly_one_more(open_door, harvest, source) -> None:
    source_id = open_door()
    source.csv(5)
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, source_id, "timer")
    lease = claim(model.meta.engine, "uji", run_id)
    held = model.meta.engine.connect()
    held.begin()
    lease.fence(held)  # a batch at work holds the run's row

    began = time.monotonic()
    threads = [threading.Thread(target=_ping_directly, args=(250,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began

    held.rollback()
    held.close()
    assert count("jambi_live_signature") == 1_000
    assert seconds < 60
    assert count("jambi_harvest_run") == 1
    lease.release()
    harvest(source_id)
    assert count("jambi_harvest_run", "state = 'queued' AND trigger = 'follow_up'") == 1
    assert harvest(source_id)["trigger"] == "follow_up"
    assert count("jambi_harvest_run", "state IN ('queued', 'gather')") == 0
    assert count("jambi_harvest_run") == 2


def _ping_directly(times: int) -> None:
    for _ in range(times):
        headers = signed(b"")
        with model.meta.engine.begin() as connection:
            knock = doors.answer_to(connection, "uji-kunjungan", headers, b"", "webhook")
            assert not pinging.take(connection, knock).new


def test_hv31_ping_in_the_moment_in_which_a_run_ends_is_not_lost(open_door) -> None:
    source_id = open_door()
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, source_id, "timer")
    lease = claim(model.meta.engine, "uji", run_id)
    with model.meta.engine.begin() as pinging_one:
        queue.ask(pinging_one, source_id, "ping")
        lease.release()
        end(run_id)

    with model.meta.engine.begin() as connection:
        assert queue.enqueue_due(connection) == 1
        assert queue.enqueue_due(connection) == 0
    assert count("jambi_harvest_run", "state = 'queued' AND trigger = 'follow_up'") == 1
    assert count("jambi_harvest_source", "follow_up") == 0


def test_hv31_replay_is_refused(open_door, ping) -> None:
    open_door()
    headers = signed(b"")

    assert ping(headers=headers).status_code == 202
    assert code(ping(headers=headers)) == (409, "replayed")
    upper = {name: value.replace("sha256=", "").upper() for name, value in headers.items()}
    upper["X-Jambi-Signature"] = f"sha256={upper['X-Jambi-Signature']}"
    assert code(ping(headers=upper)) == (409, "replayed")


@pytest.mark.parametrize(("age", "status"), [(-290, 202), (290, 202), (-310, 401), (310, 401)])
def test_hv31_window_is_judged_by_the_databases_clock(open_door, ping, age: int, status: int) -> None:
    open_door()

    assert ping(at=time.time() + age).status_code == status


def test_hv31_wrong_or_missing_signatures_are_refused(open_door, ping) -> None:
    open_door()

    assert code(ping(secret="lain")) == (401, "signature_refused")
    assert code(ping(b"{}", headers=signed(b"[]"))) == (401, "signature_refused")
    assert code(ping(headers={"X-Jambi-Timestamp": "1"})) == (401, "signature_missing")
    assert count("jambi_harvest_run") == 0


def test_hv31_source_without_a_secret_takes_no_ping(apply_source, ping) -> None:
    apply_source(trigger={"webhook": True})

    assert code(ping()) == (401, "signature_refused")


def test_hv31_door_is_open_only_where_the_definition_says_so(open_door, ping) -> None:
    open_door(trigger={"push": True})

    assert code(ping()) == (403, "not_enabled")
    assert code(ping(name="tak-ada")) == (404, "source_unknown")


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"keys": 1}', b'{"keys": [null]}', b'{"keys": [' + b"1," * 1_000 + b"1]}"]
)
def test_hv31_bad_body_is_refused(open_door, ping, body: bytes) -> None:
    open_door()

    assert code(ping(body)) == (400, "body_invalid")


def test_a10_long_body_is_refused_before_it_is_read(open_door, ping) -> None:
    open_door()

    assert code(ping(b" " * 64_001)) == (413, "body_too_large")
    assert ping(b" " * 64_000).status_code == 202


@pytest.mark.ckan_config("WTF_CSRF_ENABLED", True)
def test_hv31_door_needs_no_csrf_token_and_knows_no_cookie(open_door, app) -> None:
    open_door()
    user = factories.User(password="sandi-panjang-1")
    app.post("/user/login", data={"login": user["name"], "password": "sandi-panjang-1"}, status=None)

    answer = app.post("/api/jambi/ping/uji-kunjungan", headers=signed(b""), status=None)

    assert answer.status_code == 202
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_events_lead_to_the_hub_with_their_query(app, ckan_config, monkeypatch, clean_db) -> None:
    assert app.get("/events", status=None).status_code == 404
    monkeypatch.setitem(ckan_config, "ckanext.jambi.live.events_url", "http://127.0.0.1:5009/events")

    answer = app.get("/events?kind=rows.changed", status=None, follow_redirects=False)

    assert answer.status_code == 307
    assert answer.headers["Location"] == "http://127.0.0.1:5009/events?kind=rows.changed"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
