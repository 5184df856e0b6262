"""P8: of 70 sources 10 are hostile; the other 60 end as if they were alone.

Here the hostile ones come first and hold their lanes for good. How long the others need, within 1.2 times of
what they need alone, is a matter of time: JAMBI_RATIOS=1 measures it, on a machine that does nothing else.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Handler, Source, count, raw_definition
from processes import eventually, running

from ckanext.jambi.harvest.lanes import Lanes
from ckanext.jambi.harvest.model import target
from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
GOOD, HOSTILE, LANES = 60, 10, 16
HOLDING = 7  # of the hostile ones; endless answers end at the limit of bytes
FACTOR, ROUNDS = 1.2, 3
# The limits of hostile answers, a tenth of those in use (20 s a read, 120 s a request), or none that is reached.
SOON = {"max_rps": 20, "timeout": "2s", "deadline": "12s"}
NEVER = {"max_rps": 20, "timeout": "10m", "deadline": "30m"}
MEASURED = os.environ.get("JAMBI_RATIOS") == "1"


def _named(prefix: str) -> str:
    return f"source_id IN (SELECT source_id FROM jambi_harvest_source WHERE name LIKE '{prefix}-%')"


ENDED = f"state = 'succeeded' AND {_named('baik')}"


def drip(handler: Handler) -> None:
    """Give one byte now and then (S10)."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/csv")
    handler.end_headers()
    pause = threading.Event()
    while not pause.wait(0.5):
        handler.wfile.write(b"b")


def endless(handler: Handler) -> None:
    """Give rows for ever (S11)."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/csv")
    handler.end_headers()
    handler.wfile.write(b"bulan,puskesmas,kunjungan\n")
    while True:
        handler.wfile.write(b"2026-01,Puskesmas,1\n" * 3_000)


def silent(handler: Handler) -> None:
    """Take the request and say nothing."""
    threading.Event().wait(600)


@pytest.fixture
def city() -> Iterator[Source]:
    """Return a server that answers at every loopback address, so that each source has a host of its own."""
    server = Source("")
    yield server
    server.close()


@pytest.fixture
def seventy(city: Source, apply_source: Any) -> None:
    """Make the sources, each on a host of its own; the hostile ones are paused."""
    for at in range(GOOD + HOSTILE):
        host, name = f"127.1.0.{at + 1}", f"{'baik' if at < GOOD else 'jahat'}-{at}"
        raw = raw_definition(city, name=name) | {
            "client": {"base_url": f"http://{host}:{city.port}"},
            "endpoint": {"path": f"{name}.csv"},
            "polite": SOON if MEASURED else NEVER,
            "guard": {"internal_target": name},
        }
        _allow(name, host, city.port)
        apply_source(raw)
        if at >= GOOD:
            city.behaviours[f"/{name}.csv"] = (drip, endless, silent)[at % 3]


def _allow(name: str, host: str, port: int) -> None:
    values = {"name": name, "host": host, "cidr": f"{host}/32", "port": port, "path_prefix": "/"}
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.insert(target).values(**values, reason="uji", created_by="uji", created_at=sa.func.now())
        )


def faults_of_good() -> list[str]:
    """Return what went wrong with the good sources' data."""
    query = f"SELECT last_error FROM jambi_harvest_record WHERE last_error IS NOT NULL AND {_named('baik')}"
    with model.meta.engine.begin() as connection:
        return list(connection.scalars(sa.text(query)))


def begin(city: Source, number: int, *, hostile: bool) -> None:
    """Let every good source change and be due, after the hostile ones if those take part."""
    for at in range(GOOD):
        city.csv(5, path=f"/baik-{at}.csv", add=number)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM jambi_harvest_run"))
        connection.execute(
            sa.text(
                """UPDATE jambi_harvest_source SET failures = 0, probe_failures = 0, probe_at = NULL,
                next_due_at = now() - CASE WHEN name LIKE 'baik%' THEN 0 ELSE 60 END * interval '1 second',
                state = CASE WHEN :hostile OR name LIKE 'baik%' THEN 'active' ELSE 'paused' END"""
            ),
            {"hostile": hostile},
        )


def good_end() -> None:
    """Wait until every good source has ended its one run well."""
    eventually(lambda: count("jambi_harvest_run", ENDED) == GOOD or faults_of_good(), 200)
    assert faults_of_good() == []
    assert count("jambi_harvest_run", _named("baik")) == GOOD, "a run was doubled"


def turn(city: Source, number: int, *, hostile: bool) -> float:
    """Return how many seconds the good sources needed together; the hostile ones have ended too."""
    begin(city, number, hostile=hostile)
    good_end()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_harvest_source SET state = 'paused'"))
        query = f"""SELECT extract(epoch FROM max(finished_at) - min(started_at))::float
            FROM jambi_harvest_run WHERE {ENDED}"""
        taken = connection.scalar(sa.text(query))
    eventually(lambda: count("jambi_harvest_run", "finished_at IS NULL") == 0, 60)
    return taken


@pytest.fixture
def lanes(app: Any) -> Iterator[None]:
    """One worker of sixteen lanes, as `worker --lanes 16` starts it."""

    def serve() -> None:
        Worker(app.flask_app, owner=str(os.getpid())).serve()

    with running(lambda: Lanes([serve] * LANES).serve()):
        yield


@pytest.mark.skipif(MEASURED, reason="the limits that are measured let go of the lanes")
def test_p08_hv16_hostile_sources_do_not_delay_the_others(city: Source, seventy: None, lanes: None) -> None:
    begin(city, 0, hostile=True)
    good_end()
    holding = f"finished_at IS NULL AND {_named('jahat')}"
    assert count("jambi_harvest_run", holding) >= HOLDING, "the hostile sources held no lanes"
    begun = f"""started_at > (SELECT min(started_at) FROM jambi_harvest_run WHERE {_named("jahat")})"""
    assert count("jambi_harvest_run", f"{ENDED} AND {begun}") == GOOD


@pytest.mark.skipif(not MEASURED, reason="measures time; JAMBI_RATIOS=1 runs it")
def test_p08_the_others_need_no_longer_beside_hostile_sources(
    city: Source, seventy: None, lanes: None
) -> None:
    turn(city, 0, hostile=False)
    ratios = []
    for number in range(ROUNDS):
        alone = turn(city, 2 * number + 1, hostile=False)
        beside = turn(city, 2 * number + 2, hostile=True)
        ratios.append(beside / alone)
        print(f"\n  {GOOD} sources: {alone:.1f} s alone, {beside:.1f} s beside {HOSTILE} hostile ones")  # noqa: T201
    print(f"  ratios: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")  # noqa: T201
    assert median(ratios) <= FACTOR, ratios
    assert count("jambi_harvest_run", f"state = 'failed' AND {_named('jahat')}") == HOSTILE
