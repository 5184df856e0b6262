"""P2 through the whole engine: whatever an outage answers, what is public stays as it was."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import OWN_HOST, PLUGINS, Answer, Handler, catalogue_of, count, entry, raw_catalogue

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def published(source: Any, apply_source: Any, harvest: Any) -> str:
    """Return the id of a source whose 30 rows are public; one request of it may take two seconds."""
    source.csv(30)
    source_id = apply_source(polite={"max_rps": 20, "deadline": "2s"})
    assert harvest(source_id)["state"] == "succeeded"
    return source_id


def public() -> tuple[dict[str, Any], list[Any], str]:
    """Return what an anonymous visitor gets: the dataset, its rows, and when it was last good."""
    dataset = tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"})
    found = tk.get_action("datastore_search")(
        {"user": ""}, {"resource_id": dataset["resources"][0]["id"], "limit": 1000}
    )
    return dataset, found["records"], last_good()


def last_good() -> str:
    with model.meta.engine.connect() as connection:
        query = sa.text(
            "SELECT last_good_run || checked_at::text || changed_at::text FROM jambi_harvest_source"
        )
        return connection.scalar(query)


def attempts() -> list[int | None]:
    """Return the statuses of the requests of the run that ended last."""
    with model.meta.engine.connect() as connection:
        query = """SELECT a.status FROM jambi_harvest_attempt a JOIN jambi_harvest_run r ON r.id = a.run_id
            WHERE r.finished_at = (SELECT max(finished_at) FROM jambi_harvest_run) ORDER BY a.n"""
        return list(connection.scalars(sa.text(query)))


def repoint(host: str, port: int) -> None:
    """Let the source live somewhere else, as if its machine had gone."""
    query = """UPDATE jambi_harvest_source SET definition =
        jsonb_set(definition::jsonb, '{client,base_url}', to_jsonb(CAST(:url AS text)))::json"""
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(query), {"url": f"http://{host}:{port}"})
        connection.execute(sa.text("UPDATE jambi_harvest_target SET port = :port"), {"port": port})


def closed_port() -> int:
    with closing(socket.socket()) as free:
        free.bind((OWN_HOST, 0))
        return free.getsockname()[1]


def dripping(handler: Handler) -> None:
    """Send one byte now and then, as long as anybody listens (S10)."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/csv")
    handler.end_headers()
    pause = threading.Event()
    while not pause.wait(0.2):
        handler.wfile.write(b"b")


def in_turn(*answers: Answer) -> Callable[[Handler], None]:
    left = list(answers)
    return lambda handler: handler.give(left.pop(0))


def test_s01_refused_connection_leaves_everything_public(published: str, harvest: Any) -> None:
    before = public()
    repoint(OWN_HOST, closed_port())
    run = harvest(published)
    assert (run["state"], run["error_code"]) == ("failed", "source_down")
    assert public() == before


def test_s01_name_that_no_longer_exists_leaves_everything_public(published: str, harvest: Any) -> None:
    before = public()
    repoint("tidak-ada.invalid", closed_port())
    run = harvest(published)
    assert (run["state"], run["error_code"]) == ("failed", "source_down")
    assert public() == before


def test_s01_source_that_is_down_is_due_again_by_backoff(published: str, harvest: Any) -> None:
    repoint(OWN_HOST, closed_port())
    harvest(published)
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT next_due_at > now(), failures FROM jambi_harvest_source")
        assert tuple(connection.execute(query).one()) == (True, 1)


@pytest.mark.parametrize("status", [401, 403])
def test_s02_refused_client_is_asked_once(published: str, source: Any, harvest: Any, status: int) -> None:
    before = public()
    source.answers["/data.csv"] = Answer(b"", status)
    run = harvest(published)
    assert (run["state"], run["error_code"]) == ("failed", "auth_failed")
    assert attempts() == [status]
    assert public() == before


def test_s03_list_that_is_gone_deletes_nothing(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(raw_catalogue(source))
    source.answers["/data.json"] = catalogue_of(entry(f"id-{at}") for at in range(4))
    harvest(source_id)
    source.answers.clear()
    run = harvest(source_id)
    assert (run["state"], run["error_code"], run["vanished"]) == ("failed", "not_found", 0)
    assert count("jambi_harvest_record", "missing_since IS NULL AND package_id IS NOT NULL") == 4


def test_s05_three_failures_then_success_is_one_run(published: str, source: Any, harvest: Any) -> None:
    runs = count("jambi_harvest_run")
    source.csv(31)
    failure = Answer(b"", 500, {"Retry-After": "0"})
    source.behaviours["/data.csv"] = in_turn(failure, failure, failure, source.answers["/data.csv"])
    run = harvest(published)
    assert (run["state"], run["changed"], run["requests"]) == ("succeeded", 1, 4)
    assert attempts() == [500, 500, 500, 200]
    assert count("jambi_harvest_run") == runs + 1


def test_s07_empty_catalogue_is_quarantined(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(raw_catalogue(source))
    source.answers["/data.json"] = catalogue_of(entry(f"id-{at}") for at in range(2))
    harvest(source_id)
    source.answers["/data.json"] = catalogue_of([])
    assert harvest(source_id)["state"] == "quarantined"
    jobs = count("harvest_job")
    assert harvest(source_id, mode="complete")["state"] == "quarantined"
    assert count("harvest_job") == jobs
    assert count("jambi_harvest_quarantine", "reason = 'empty' AND state = 'open'") == 1
    assert count("jambi_harvest_record", "missing_since IS NULL AND package_id IS NOT NULL") == 2


def test_s10_dripping_source_is_given_up_at_its_deadline(published: str, source: Any, harvest: Any) -> None:
    before = public()
    source.behaviours["/data.csv"] = dripping
    run = harvest(published)
    assert (run["state"], run["error_code"]) == ("failed", "deadline_exceeded")
    assert public() == before
    assert (run["finished_at"] - run["started_at"]).total_seconds() < 10
