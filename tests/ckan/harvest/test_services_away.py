"""I2 and I3: Redis and PostgreSQL go away while workers are at work; runs start in time and lose nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckan.lib.redis
import ckan.plugins.toolkit as tk
import pytest
import redis
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend import postgres as datastore_backend
from harvest_source import PLUGINS, Handler, count, raw_definition
from processes import eventually, running

import services
from ckanext.jambi.harvest import wake
from ckanext.jambi.harvest.worker import Worker
from ckanext.jambi.launcher.valkey import Valkey

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
DUE_SECONDS, RESUME_SECONDS = 5, 30


@pytest.fixture
def valkey(ckan_config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """Return a Redis of this test alone."""
    server = Valkey(tmp_path / "valkey")
    server.start()
    monkeypatch.setitem(ckan_config, "ckan.redis.url", server.url)
    monkeypatch.setattr(ckan.lib.redis, "_connection_pool", None)
    yield server
    if server.process.poll() is None:
        os.kill(server.process.pid, signal.SIGCONT)
    server.stop()


@pytest.fixture
def serve(app: Any) -> Callable[[], None]:
    """Return the work of one worker process."""
    return lambda: Worker(app.flask_app, owner=str(os.getpid())).serve()


def stopped(server: Valkey) -> None:
    server.stop()


def stalled(server: Valkey) -> None:
    """Let it take connections and say nothing."""
    os.kill(server.process.pid, signal.SIGSTOP)


def read_only(server: Valkey) -> None:
    redis.Redis.from_url(server.url).replicaof("127.0.0.1", 9)


def flushed(server: Valkey) -> None:
    redis.Redis.from_url(server.url).flushall()


def due_in_a_second() -> None:
    with model.meta.engine.begin() as connection:
        query = "UPDATE jambi_harvest_source SET next_due_at = clock_timestamp() + interval '1 second'"
        connection.execute(sa.text(query))


def run_that_ended(number: int) -> dict[str, Any] | None:
    query = """SELECT state, extract(epoch FROM started_at - due_at)::float AS waited FROM jambi_harvest_run
        WHERE finished_at IS NOT NULL ORDER BY finished_at"""
    with model.meta.engine.connect() as connection:
        found = connection.execute(sa.text(query)).mappings().all()
    return dict(found[number - 1]) if len(found) >= number else None


@pytest.mark.parametrize("happen", [stopped, stalled, read_only, flushed])
def test_i02_hv03_without_redis_runs_start_in_time_and_lose_nothing(
    source: Any,
    apply_source: Any,
    serve: Callable[[], None],
    valkey: Valkey,
    happen: Callable[[Valkey], None],
) -> None:
    source.csv(30)
    apply_source()
    with running(serve):
        assert eventually(lambda: run_that_ended(1), 30)["state"] == "succeeded"
        happen(valkey)
        source.csv(31)
        due_in_a_second()
        second = eventually(lambda: run_that_ended(2), 30)
    print(f"\n  Redis {happen.__name__}: started {second['waited']:.2f} s after it was due")  # noqa: T201
    assert (second["state"], second["waited"] <= DUE_SECONDS) == ("succeeded", True)
    assert count("jambi_harvest_load", "state = 'done' AND rows = 31") == 1


@pytest.mark.parametrize("happen", [stopped, stalled, read_only, flushed])
def test_i02_redis_that_goes_away_during_a_run_loses_nothing_and_moves_no_due_time(
    source: Any,
    apply_source: Any,
    serve: Callable[[], None],
    valkey: Valkey,
    happen: Callable[[Valkey], None],
) -> None:
    source.csv(30)
    source_id = apply_source(raw_definition(source) | {"trigger": {"every": "24h", "adaptive": False}})
    asked: list[float] = []
    gone = threading.Event()

    def hold(handler: Handler) -> None:
        asked.append(time.monotonic())
        gone.wait(30)
        handler.give(source.answer_of(handler.path))

    source.behaviours["/data.csv"] = hold
    with running(serve):
        eventually(lambda: asked, 30)
        happen(valkey)
        gone.set()
        assert eventually(lambda: run_that_ended(1), 30)["state"] == "succeeded"
        assert _due_in_hours(source_id) > 20
        source.csv(31)
        due_in_a_second()
        second = eventually(lambda: run_that_ended(2), 30)
    print(f"\n  Redis {happen.__name__}: started {second['waited']:.2f} s after it was due")  # noqa: T201
    assert (second["state"], second["waited"] <= DUE_SECONDS) == ("succeeded", True)
    assert count("jambi_harvest_load", "state = 'done' AND rows IN (30, 31)") == 2
    assert count("jambi_harvest_run") == 2


def _due_in_hours(source_id: str) -> float:
    query = """SELECT extract(epoch FROM next_due_at - clock_timestamp())::float / 3600
        FROM jambi_harvest_source WHERE source_id = :id"""
    with model.meta.engine.connect() as connection:
        return float(connection.scalar(sa.text(query), {"id": source_id}))


@pytest.mark.parametrize("happen", [stopped, stalled, read_only])
def test_i02_waking_a_worker_keeps_nobody_waiting(valkey: Valkey, happen: Callable[[Valkey], None]) -> None:
    happen(valkey)
    began = time.monotonic()
    wake.wake()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("happen", [stopped, read_only])
def test_i02_site_reads_and_writes_without_redis(
    agency: dict[str, Any], valkey: Valkey, happen: Callable[[Valkey], None], app: Any
) -> None:
    happen(valkey)
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    made = tk.get_action("package_create")(
        {"ignore_auth": True, "user": user},
        {"name": "tanpa-redis", "title": "Tanpa Redis", "owner_org": agency["id"], "private": True},
    )
    assert tk.get_action("package_show")({"ignore_auth": True}, {"id": made["id"]})["name"] == "tanpa-redis"
    assert app.get("/api/3/action/package_search", status=200).json["success"] is True


def test_i03_restart_of_postgresql_in_the_middle_of_a_run_is_survived(
    source: Any, apply_source: Any, serve: Callable[[], None]
) -> None:
    source.csv(30)
    apply_source()
    asked: list[float] = []
    back = threading.Event()

    def hold(handler: Handler) -> None:
        asked.append(time.monotonic())
        back.wait(30)
        handler.give(source.answer_of(handler.path))

    source.behaviours["/data.csv"] = hold
    with running(serve):
        eventually(lambda: asked, 30)
        services.restart_postgres()
        began = time.monotonic()
        back.set()
        found = eventually(lambda: _despite_restart(lambda: run_that_ended(1)), 60)
        resumed = time.monotonic() - began
    print(f"\n  PostgreSQL restarted: run ended after {resumed:.2f} s")  # noqa: T201
    assert found["state"] == "succeeded"
    assert resumed <= RESUME_SECONDS
    assert count("jambi_harvest_run") == 1
    assert count("jambi_harvest_load", "state = 'done' AND rows = 30") == 1


def _despite_restart(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except sa.exc.OperationalError:
        model.meta.engine.dispose()
        for engine in datastore_backend._engines.values():
            engine.dispose()
        return None
