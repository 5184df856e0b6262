"""I1 and I7 with real processes: who dies is replaced, and of several workers one does the work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Handler, count, raw_definition, shown
from processes import end, eventually, fork, running

from ckanext.jambi.harvest import pushing, queue
from ckanext.jambi.harvest.lanes import Lanes, serve_lanes
from ckanext.jambi.harvest.leases import claim
from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
TAKEOVER_SECONDS = 5
LOST_HOST_SECONDS = 60


@pytest.fixture
def serve(app: Any) -> Callable[[], None]:
    """Return the work of one worker process."""
    return lambda: Worker(app.flask_app, owner=str(os.getpid())).serve()


class Gate:
    """A source's behaviour: who asks waits until the gate is open."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.asked = 0
        self.open = threading.Event()

    def __call__(self, handler: Handler) -> None:
        self.asked += 1
        self.open.wait(30)
        handler.give(self._source.answer_of(handler.path))


@pytest.fixture
def gate(source: Any) -> Gate:
    """Return the gate of a source of 30 rows."""
    source.csv(30)
    gate = Gate(source)
    source.behaviours["/data.csv"] = gate
    return gate


def wait_for_run(run_id: str, seconds: float) -> dict[str, Any]:
    return eventually(lambda: (found := shown(run_id))["finished_at"] and found, seconds)


def waiting_run(source_id: str) -> str:
    with model.meta.engine.begin() as connection:
        return queue.enqueue(connection, source_id, "timer")


def test_i01_run_of_a_killed_worker_is_taken_over_within_five_seconds(
    apply_source: Any, gate: Gate, serve: Callable[[], None]
) -> None:
    run_id = waiting_run(apply_source())
    with running(serve) as [victim]:
        eventually(lambda: gate.asked == 1, 20)
        with running(serve):
            owner, token = shown(run_id)["lease_owner"], shown(run_id)["lease_token"]
            began = time.monotonic()
            end(victim, signal.SIGKILL)
            eventually(lambda: shown(run_id)["lease_owner"] not in (owner, None), 20)
            taken = time.monotonic() - began
            assert shown(run_id)["lease_token"] > token
            gate.open.set()
            assert wait_for_run(run_id, 30)["state"] == "succeeded"
    print(f"\n  taken over after {taken:.2f} s")  # noqa: T201
    assert taken <= TAKEOVER_SECONDS
    assert count("package", "type = 'dataset'") == 1


def test_hv14_run_of_a_lost_host_is_taken_over_within_a_minute(
    apply_source: Any, gate: Gate, serve: Callable[[], None]
) -> None:
    """A host that is lost closes no connection: its lock stays, and only the time of its lease runs out."""
    run_id = waiting_run(apply_source())
    with running(serve) as [victim]:
        eventually(lambda: gate.asked == 1, 20)
        os.kill(victim, signal.SIGSTOP)
        began = time.monotonic()
        with running(serve):
            eventually(lambda: gate.asked == 2, LOST_HOST_SECONDS)
            taken = time.monotonic() - began
            gate.open.set()
            assert wait_for_run(run_id, 30)["state"] == "succeeded"
        assert time.monotonic() - began <= LOST_HOST_SECONDS
    print(f"\n  taken from a lost host after {taken:.2f} s")  # noqa: T201
    assert count("package", "type = 'dataset'") == 1


def test_i01_lane_that_is_killed_is_replaced(apply_source: Any, gate: Gate, serve: Any) -> None:
    run_id = waiting_run(apply_source())
    with running(lambda: Lanes([serve] * 2).serve()) as [parent]:
        eventually(lambda: gate.asked == 1, 20)
        os.kill(int(shown(run_id)["lease_owner"]), signal.SIGKILL)
        eventually(lambda: gate.asked == 2, 20)
        os.kill(int(shown(run_id)["lease_owner"]), signal.SIGKILL)
        gate.open.set()
        assert wait_for_run(run_id, 30)["state"] == "succeeded"
        assert end(parent) < 10


def test_hv33_push_is_public_while_the_only_lane_is_at_a_long_run(
    apply_source: Any, gate: Gate, source: Any, app: Any
) -> None:
    long = waiting_run(apply_source())
    with running(lambda: serve_lanes(app.flask_app, 1)):
        eventually(lambda: gate.asked == 1, 20)
        body = source.answer_of("/data.csv").body
        wanted = pushing.Push(apply_source(name="uji-dorong"), "a1", "complete", "text/csv", body)
        with model.meta.engine.begin() as connection:
            pushed = pushing.accept(connection, wanted).run_id
        assert wait_for_run(pushed, 30)["state"] == "succeeded"
        assert shown(long)["finished_at"] is None
        gate.open.set()
        assert wait_for_run(long, 30)["state"] == "succeeded"


def test_i01_lanes_end_with_their_parent_whatever_ends_it(apply_source: Any, gate: Gate, serve: Any) -> None:
    run_id = waiting_run(apply_source())
    with running(lambda: Lanes([serve] * 2).serve()) as [parent]:
        eventually(lambda: gate.asked == 1, 20)
        lane = int(shown(run_id)["lease_owner"])
        end(parent, signal.SIGKILL)
        eventually(lambda: not _alive(lane), 10)
    assert shown(run_id)["lease_token"] is None


def test_i07_two_workers_and_schedulers_do_each_run_once(
    source: Any, apply_source: Any, serve: Callable[[], None]
) -> None:
    names = [f"uji-{at}" for at in range(4)]
    for name in names:
        source.csv(5, path=f"/{name}.csv")
        apply_source(raw_definition(source, name=name) | {"endpoint": {"path": f"{name}.csv"}})
    with running(serve, serve, serve):
        eventually(lambda: count("jambi_harvest_run", "state = 'succeeded'") == len(names), 60)
    assert count("jambi_harvest_run", "trigger = 'timer'") == len(names)
    assert count("package", "type = 'dataset'") == len(names)
    assert sorted(source.asked) == sorted(f"/{name}.csv" for name in names)


def test_i07_many_schedulers_at_once_make_one_run(source: Any, apply_source: Any) -> None:
    source.csv(5)
    apply_source()

    for child in [fork(lambda: [_schedule() for _ in range(20)]) for _ in range(4)]:
        os.waitpid(child, 0)
    assert count("jambi_harvest_run") == 1


def test_i07_source_at_work_keeps_no_scheduler_waiting(source: Any, apply_source: Any) -> None:
    source.csv(5)
    source_id = apply_source()
    waiting_run(source_id)
    lease = claim(model.meta.engine, "satu")
    with lease.transaction(), model.meta.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = '2s'"))
        assert queue.enqueue_due(connection) == 0
    lease.release()


def test_i07_run_that_ends_while_a_scheduler_looks_is_not_doubled(source: Any, apply_source: Any) -> None:
    """The scheduler's statement began when the source was still due, and inserts when it is not any more."""
    source.csv(5)
    apply_source()
    look = threading.Thread(target=_schedule)
    with model.meta.engine.begin() as finishing:
        finishing.execute(sa.text("SELECT 1 FROM jambi_harvest_source FOR UPDATE"))
        finishing.execute(sa.text("UPDATE jambi_harvest_source SET next_due_at = now() + interval '1 hour'"))
        look.start()
        look.join(0.5)
    look.join(10)
    assert count("jambi_harvest_run") == 0


def _schedule() -> None:
    with model.meta.engine.begin() as connection:
        queue.enqueue_due(connection)


def _alive(pid: int) -> bool:
    with model.meta.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_sleep(0.05)"))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
