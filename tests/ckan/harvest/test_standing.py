"""A source that fails is probed, postponed and taken back (HV27); workers share politeness and hosts (HV16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Answer, count

from ckanext.jambi.clock import WIB
from ckanext.jambi.harvest import breaker, leases, probing, queue, status
from ckanext.jambi.harvest.politeness import SharedLimiter

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def _source(source_id: str) -> dict[str, Any]:
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT *, clock_timestamp() AS now FROM jambi_harvest_source WHERE source_id = :id")
        return dict(connection.execute(query, {"id": source_id}).mappings().one())


def _let_probe_be_due(source_id: str) -> None:
    with model.meta.engine.begin() as connection:
        statement = sa.text("UPDATE jambi_harvest_source SET probe_at = now() WHERE source_id = :id")
        connection.execute(statement, {"id": source_id})


def _health(source_id: str) -> str:
    with model.meta.engine.connect() as connection:
        [shown] = [one for one in status.board(connection) if one["id"] == source_id]
    return shown["health"]


def _minutes(later: datetime, sooner: datetime) -> int:
    return round((later - sooner) / timedelta(minutes=1))


def test_hv27_three_failed_probes_open_the_breaker_and_a_good_run_closes_it(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source_id = apply_source()
    source.answers["/data.csv"] = Answer(b"", 403)
    harvest(source_id)
    own = _source(source_id)
    assert (own["failures"], _health(source_id)) == (1, "terganggu")
    assert _minutes(own["probe_at"], own["now"]) == 5
    assert count("jambi_event", "kind = 'source.down'") == 0
    for _ in range(3):
        _let_probe_be_due(source_id)
        assert probing.probe_next(model.meta.engine)
    assert (_source(source_id)["probe_failures"], _health(source_id)) == (3, "mati")
    assert count("jambi_event", "kind = 'source.down'") == 1
    source.csv(5)
    _let_probe_be_due(source_id)
    probing.probe_next(model.meta.engine)
    half_open = _source(source_id)
    assert half_open["next_due_at"] <= half_open["now"]
    assert harvest(source_id)["state"] == "succeeded"
    own = _source(source_id)
    assert (own["failures"], own["probe_failures"], own["probe_at"], own["down_since"]) == (0, 0, None, None)
    assert _health(source_id) == "sehat"


def test_hv27_five_failed_runs_postpone_the_next(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source()
    source.answers["/data.csv"] = Answer(b"", 403)
    for _ in range(breaker.RUNS_THAT_OPEN):
        harvest(source_id)
    own = _source(source_id)
    assert _minutes(own["next_due_at"], own["now"]) == 24 * 60
    assert count("jambi_event", "kind = 'source.down'") == 1
    source.csv(5)
    harvest(source_id)
    assert count("jambi_event", "kind = 'source.recovered'") == 1


def test_hv27_probes_can_be_declined(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(polite={"max_rps": 20, "probe": False})
    source.answers["/data.csv"] = Answer(b"", 403)
    harvest(source_id)
    assert _source(source_id)["probe_at"] is None


def test_hv27_of_two_workers_one_probes(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source()
    source.answers["/data.csv"] = Answer(b"", 403)
    harvest(source_id)
    _let_probe_be_due(source_id)
    assert [probing.probe_next(model.meta.engine) for _ in range(2)] == [True, False]


def test_hv16_one_host_is_one_lane(source: Any, apply_source: Any) -> None:
    engine = model.meta.engine
    with engine.begin() as connection:
        for name in ("uji-satu", "uji-dua"):
            queue.enqueue(connection, apply_source(name=name), "timer")
    first = leases.claim(engine, "a")
    assert first is not None
    assert leases.claim(engine, "b") is None
    first.release()
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE jambi_harvest_source SET host = 'lain.example.go.id' WHERE name = 'uji-dua'")
        )
    taken = [leases.claim(engine, owner) for owner in "ab"]
    assert len({lease.source_id for lease in taken if lease}) == 2
    for lease in taken:
        if lease:
            lease.release()


def test_politeness_is_shared_by_all_workers(with_plugins: None) -> None:
    limiters = [SharedLimiter(model.meta.engine) for _ in range(4)]
    waits = [limiter.reserve("sumber.example.go.id", 0.1) for limiter in limiters for _ in range(2)]
    assert [round(wait / 10) for wait in waits] == list(range(8))
    assert limiters[0].reserve("lain.example.go.id", 0.1) == 0


def test_trigger_says_when_a_source_is_due(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(5)
    source_id = apply_source(trigger={"every": "2h", "adaptive": False})
    harvest(source_id)
    own = _source(source_id)
    assert 0 < _minutes(own["next_due_at"], own["now"]) <= 120
    source_id = apply_source(trigger={"at": "05:30"})
    harvest(source_id)
    assert _source(source_id)["next_due_at"].astimezone(WIB).strftime("%H:%M") == "05:30"
