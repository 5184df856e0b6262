"""Leases, fencing, takeover, stop and abort (HV03, HV14, HV15, HV18)."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Answer, count, shown

from ckanext.jambi.harvest import queue, runner, wake
from ckanext.jambi.harvest.errors import AbortRequestedError, LeaseLostError
from ckanext.jambi.harvest.leases import Heartbeat, Lease, claim
from ckanext.jambi.harvest.work import Stop
from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


SOURCE = """INSERT INTO harvest_source (id, url, title, type, active)
    VALUES (:id, 'https://a.test/' || :id, '', 'uji', true)"""
RUN = """INSERT INTO jambi_harvest_run (id, source_id, trigger, due_at)
    VALUES (:id, :id, :trigger, now() - :ago * interval '1 second')"""


@pytest.fixture
def waiting(source: Any, apply_source: Any) -> str:
    """Return the id of a run that waits."""
    source.csv(30)
    source_id = apply_source()
    with model.meta.engine.begin() as connection:
        return queue.enqueue(connection, source_id, "timer")


@pytest.fixture
def leased(waiting: str) -> Iterator[Lease]:
    """Return a held lease."""
    lease = claim(model.meta.engine, "satu")
    assert lease is not None
    yield lease
    if not lease.connection.closed:
        lease.connection.invalidate()
        lease.connection.close()


def execute(statement: str) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_hv14_a_held_run_is_nobody_elses(leased: Lease) -> None:
    assert claim(model.meta.engine, "dua") is None


def test_hv14_closed_connection_frees_the_run_at_once(leased: Lease) -> None:
    leased.connection.invalidate()
    leased.connection.close()
    other = _claim_soon()
    assert other.run_id == leased.run_id
    assert other.token > leased.token
    other.release()


def test_hv14_lease_that_ran_out_is_taken_over(leased: Lease) -> None:
    execute("UPDATE jambi_harvest_run SET lease_until = now() - interval '1 second'")
    other = claim(model.meta.engine, "dua")
    assert other is not None
    other.release()


def test_hv15_sleeper_changes_nothing_after_takeover(leased: Lease) -> None:
    execute("UPDATE jambi_harvest_run SET lease_until = now() - interval '1 second'")
    other = claim(model.meta.engine, "dua")
    assert other is not None
    with pytest.raises(LeaseLostError), leased.transaction(new=99) as connection:
        connection.execute(sa.text("DELETE FROM jambi_harvest_source"))
    assert shown(leased.run_id)["new"] == 0
    assert count("jambi_harvest_source") == 1
    other.release()


def test_hv15_runner_that_lost_its_lease_stops(leased: Lease, app: Any) -> None:
    execute("UPDATE jambi_harvest_run SET lease_token = lease_token + 1")
    with app.flask_app.test_request_context():
        assert runner.perform(leased, Stop(), heartbeat=False) == "lost"
    assert count("package", "type = 'dataset'") == 0


def test_heartbeat_renews_the_lease(leased: Lease) -> None:
    execute("UPDATE jambi_harvest_run SET lease_until = now() + interval '1 second'")
    assert Heartbeat(leased)._renew()
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT lease_until > now() + interval '10 seconds' FROM jambi_harvest_run")
        assert connection.scalar(query)


def test_released_run_is_free(leased: Lease) -> None:
    leased.release()
    other = claim(model.meta.engine, "dua")
    assert other is not None
    other.release()


def test_hv20_abort_stops_at_the_next_commit(leased: Lease) -> None:
    with model.meta.engine.begin() as connection:
        assert queue.request_abort(connection, leased.run_id)
    with pytest.raises(AbortRequestedError), leased.transaction():
        pass


def test_hv20_aborted_run_ends_and_leaves_nothing(waiting: str, app: Any) -> None:
    lease = claim(model.meta.engine, "satu")
    assert lease is not None
    with model.meta.engine.begin() as connection:
        queue.request_abort(connection, waiting)
    with app.flask_app.test_request_context():
        assert runner.perform(lease, Stop(), heartbeat=False) == "aborted"
    assert count("package", "type = 'dataset'") == 0
    assert count("jambi_harvest_incoming") == 0


def test_hv31_wish_made_during_a_run_outlives_its_abort(waiting: str, app: Any) -> None:
    lease = claim(model.meta.engine, "satu")
    assert lease is not None
    with model.meta.engine.begin() as connection:
        queue.ask(connection, lease.source_id, "ping")
        queue.request_abort(connection, waiting)
    with app.flask_app.test_request_context():
        assert runner.perform(lease, Stop(), heartbeat=False) == "aborted"
    assert count("jambi_harvest_run", "state = 'queued' AND trigger = 'follow_up'") == 1


def test_one_active_run_a_source(waiting: str) -> None:
    source_id = shown(waiting)["source_id"]
    with model.meta.engine.begin() as connection:
        assert queue.enqueue(connection, source_id, "manual") == waiting
    assert count("jambi_harvest_source", "follow_up") == 0


def queued(number: int, trigger: str, seconds: int) -> list[str]:
    """Put runs into the queue, each of a source of its own, the last of them due so many seconds ago."""
    ids = [f"{trigger}-{at}" for at in range(number)]
    with model.meta.engine.begin() as connection:
        for at, name in enumerate(ids):
            values = {"id": name, "trigger": trigger, "ago": seconds + number - at}
            connection.execute(sa.text(SOURCE), values)
            connection.execute(sa.text(RUN), values)
    return ids


def taken(number: int, *, awaited: bool = False) -> list[str]:
    """Take and end so many runs, one after the other; return their ids."""
    found = []
    for _ in range(number):
        lease = claim(model.meta.engine, "uji", awaited=awaited)
        assert lease is not None
        found.append(lease.run_id)
        with lease.transaction(state="succeeded"):
            pass
        lease.release()
    return found


@pytest.mark.parametrize("trigger", ["push", "ping", "manual", "button", "decision", "follow_up"])
def test_hv33_what_somebody_waits_for_is_taken_before_a_flood_of_rounds(app: Any, trigger: str) -> None:
    queued(50, "timer", 3_600)
    taken(3)
    [wanted] = queued(1, trigger, 1)
    assert wanted in taken(2)


def test_hv33_rounds_of_the_clock_do_not_starve(app: Any) -> None:
    rounds = queued(5, "timer", 60)
    queued(50, "push", 1)
    found = taken(20)
    assert [one for one in found if one in rounds] == rounds


def test_hv33_lane_for_what_is_awaited_begins_no_round_of_the_clock(app: Any) -> None:
    [cut, *rounds] = queued(9, "timer", 60)
    awaited = queued(9, "push", 0)
    execute(f"UPDATE jambi_harvest_run SET state = 'import' WHERE id = '{cut}'")
    assert taken(10, awaited=True) == [cut, *awaited]
    assert claim(model.meta.engine, "uji", awaited=True) is None
    assert taken(len(rounds)) == rounds


def test_hv33_lane_for_what_is_awaited_does_no_duty(app: Any) -> None:
    execute("DELETE FROM jambi_tick")
    assert not Worker(app.flask_app, awaited=True)._step()
    assert count("jambi_tick") == 0
    Worker(app.flask_app)._step()
    assert count("jambi_tick") > 0


def test_hv14_run_that_has_begun_is_taken_over_before_what_is_new(app: Any) -> None:
    [cut] = queued(1, "timer", 60)
    execute("UPDATE jambi_harvest_run SET state = 'import'")
    queued(9, "push", 0)
    assert cut in taken(2)


def test_round_of_the_clock_that_waits_becomes_what_joins_it(waiting: str) -> None:
    source_id = shown(waiting)["source_id"]
    with model.meta.engine.begin() as connection:
        queue.ask(connection, source_id, "ping")
    assert (shown(waiting)["trigger"], shown(waiting)["mode"]) == ("ping", "normal")
    execute("UPDATE jambi_harvest_run SET trigger = 'timer'")
    with model.meta.engine.begin() as connection:
        queue.enqueue(connection, source_id, "manual", mode="complete")
        queue.enqueue(connection, source_id, "timer")
    assert (shown(waiting)["trigger"], shown(waiting)["mode"]) == ("manual", "complete")


@pytest.mark.parametrize(("trigger", "free"), [("push", True), ("timer", False), ("manual", False)])
def test_hv16_push_does_not_wait_for_its_host(
    source: Any, apply_source: Any, leased: Lease, trigger: str, free: bool
) -> None:
    other = apply_source(name="uji-lain")
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, other, trigger)
    found = claim(model.meta.engine, "dua")
    assert (found is not None and found.run_id == run_id) == free
    if found:
        found.release()


def test_trigger_during_a_run_leads_to_exactly_one_follow_up(leased: Lease, app: Any) -> None:
    execute("UPDATE jambi_harvest_run SET state = 'gather'")
    for _ in range(3):
        with model.meta.engine.begin() as connection:
            queue.enqueue(connection, leased.source_id, "ping")
    assert count("jambi_harvest_source", "follow_up") == 1
    with app.flask_app.test_request_context():
        assert runner.perform(leased, Stop(), heartbeat=False) == "succeeded"
    assert count("jambi_harvest_run", "state = 'queued' AND trigger = 'follow_up'") == 1
    assert count("jambi_harvest_source", "follow_up") == 0


@pytest.mark.parametrize("state", ["queued", "gather"])
def test_complete_reading_asked_for_during_a_run_follows_as_one(leased: Lease, app: Any, state: str) -> None:
    execute(f"UPDATE jambi_harvest_run SET state = '{state}'")
    for mode in ("complete", "normal"):
        with model.meta.engine.begin() as connection:
            queue.enqueue(connection, leased.source_id, "manual", mode=mode)
    with app.flask_app.test_request_context():
        assert runner.perform(leased, Stop(), heartbeat=False) == "succeeded"
    assert count("jambi_harvest_run", "state = 'queued' AND trigger = 'follow_up' AND mode = 'complete'") == 1
    assert count("jambi_harvest_source", "follow_up OR follow_up_mode <> 'normal'") == 0


def test_run_that_waits_becomes_a_complete_reading(waiting: str) -> None:
    source_id = shown(waiting)["source_id"]
    with model.meta.engine.begin() as connection:
        queue.enqueue(connection, source_id, "ping")
        queue.enqueue(connection, source_id, "manual", mode="complete")
    assert (shown(waiting)["trigger"], shown(waiting)["mode"]) == ("ping", "complete")
    assert count("jambi_harvest_source", "follow_up") == 0


def test_push_that_waits_answers_no_wish_to_read_the_source(waiting: str) -> None:
    source_id = shown(waiting)["source_id"]
    execute("UPDATE jambi_harvest_run SET trigger = 'push'")
    with model.meta.engine.begin() as connection:
        assert not queue.ask(connection, source_id, "ping").new
        queue.enqueue(connection, source_id, "manual", mode="complete")
    assert (shown(waiting)["trigger"], shown(waiting)["mode"]) == ("push", "normal")
    assert count("jambi_harvest_source", "follow_up AND follow_up_mode = 'complete'") == 1


def test_stop_between_batches_gives_the_run_back(waiting: str, app: Any) -> None:
    stop = Stop()
    stop.requested = True
    lease = claim(model.meta.engine, "satu")
    assert lease is not None
    with app.flask_app.test_request_context():
        assert runner.perform(lease, stop, heartbeat=False) == "stopped"
    run = shown(waiting)
    assert (run["state"], run["lease_token"]) == ("gather", None)
    assert Worker(app.flask_app).run_next(waiting) == "succeeded"


def test_hv18_sigterm_during_a_slow_answer_gives_the_lease_back(source: Any, waiting: str, app: Any) -> None:
    began, release = threading.Event(), threading.Event()
    source.answers["/data.csv"] = _Slow(began, release)
    child = _fork(lambda: Worker(app.flask_app, owner="anak").serve())
    assert began.wait(20)
    started = time.monotonic()
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    assert time.monotonic() - started < 10
    release.set()
    run = shown(waiting)
    assert (run["state"], run["lease_token"]) == ("gather", None)


def test_hv14_killed_worker_is_replaced_within_five_seconds(source: Any, waiting: str, app: Any) -> None:
    began, release = threading.Event(), threading.Event()
    source.answers["/data.csv"] = _Slow(began, release)
    child = _fork(lambda: Worker(app.flask_app, owner="anak").serve())
    assert began.wait(20)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    started = time.monotonic()
    lease = _claim_soon()
    assert time.monotonic() - started < 5
    release.set()
    lease.release()


@pytest.mark.ckan_config("ckan.redis.url", "redis://127.0.0.1:9/0")
def test_hv03_without_redis_runs_start_all_the_same(waiting: str, app: Any) -> None:
    wake.wake()
    assert Worker(app.flask_app).drain() == ["succeeded"]


def test_due_sources_get_a_run_once(source: Any, apply_source: Any) -> None:
    source.csv(30)
    apply_source()
    for expected in (1, 0):
        with model.meta.engine.begin() as connection:
            assert queue.enqueue_due(connection) == expected
    execute("DELETE FROM jambi_harvest_run")
    execute("UPDATE jambi_harvest_source SET state = 'paused'")
    with model.meta.engine.begin() as connection:
        assert queue.enqueue_due(connection) == 0


def test_next_due_time_follows_what_happened(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    source_id = apply_source()
    intervals = []
    for _ in range(3):
        harvest(source_id)
        with model.meta.engine.connect() as connection:
            intervals.append(
                connection.scalar(
                    sa.text("SELECT extract(epoch FROM interval)::int FROM jambi_harvest_source")
                )
            )
    assert intervals == [60, 120, 240]


class _Slow(Answer):
    """An answer whose body is not given before the test says so."""

    def __init__(self, began: threading.Event, release: threading.Event) -> None:
        super().__init__(b"")
        self._began, self._release = began, release
        self.headers = _Waiting(self)

    def hold(self) -> None:
        self._began.set()
        self._release.wait(30)


class _Waiting(dict[str, str]):
    """Headers that are asked for before the answer is sent."""

    def __init__(self, answer: _Slow) -> None:
        super().__init__()
        self._answer = answer

    def get(self, *_: Any) -> Any:
        self._answer.hold()


def _fork(work: Callable[[], Any]) -> int:
    """Run work in a child with connections of its own."""
    model.Session.remove()
    child = os.fork()
    if child == 0:
        try:
            model.meta.engine.dispose(close=False)
            work()
        finally:
            os._exit(0)
    return child


def _claim_soon() -> Lease:
    """Claim the run as soon as the server notices that its holder is gone."""
    for _ in range(200):
        if lease := claim(model.meta.engine, "dua"):
            return lease
        with model.meta.engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_sleep(0.02)"))
    raise AssertionError("The run stays held")
