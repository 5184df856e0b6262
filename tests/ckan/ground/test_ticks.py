from __future__ import annotations

from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs

from ckanext.jambi import ticks
from ckanext.jambi.clock import WIB
from ckanext.jambi.model import tick
from ckanext.jambi.ticks import Tick, registered, run_due

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def counting(calls: list[str], name: str = "count", hours: int = 1) -> Tick:
    return Tick(name, timedelta(hours=hours), lambda: calls.append(name))


def make_due() -> None:
    model.Session.execute(sa.update(tick).values(due_at=sa.func.now() - timedelta(seconds=1)))
    model.Session.commit()


def test_due_duty_runs_once_until_its_interval_is_over() -> None:
    calls: list[str] = []

    assert run_due([counting(calls)]) == ["count"]
    assert run_due([counting(calls)]) == []
    assert calls == ["count"]


def test_duty_whose_instant_has_come_runs_again() -> None:
    calls: list[str] = []
    run_due([counting(calls)])
    make_due()

    run_due([counting(calls)])

    assert calls == ["count", "count"]


def test_daily_duty_waits_for_its_time_of_day_from_the_first_day_on() -> None:
    calls: list[str] = []
    nightly = Tick("nightly", timedelta(days=1), lambda: calls.append("nightly"), at=time(2, 30))

    assert run_due([nightly]) == []
    first = model.Session.scalar(sa.select(tick.c.due_at))
    make_due()
    assert run_due([nightly]) == ["nightly"]
    following = model.Session.scalar(sa.select(tick.c.due_at))

    assert first.astimezone(WIB).time() == following.astimezone(WIB).time() == time(2, 30)
    assert timedelta(0) < first - model.Session.scalar(sa.select(sa.func.now())) <= timedelta(days=1)


def test_long_duty_is_done_apart_by_a_job_and_once_though_two_jobs_were_made() -> None:
    calls: list[str] = []
    long = Tick("search.compact", timedelta(days=1), lambda: calls.append("long"), apart=timedelta(hours=2))
    jobs.get_queue().empty()

    assert run_due([long]) == ["search.compact"]
    assert run_due([long]) == []
    [job] = jobs.get_queue().jobs

    assert (calls, job.timeout, job.args) == ([], 7_200, ["search.compact"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ticks, "registered", lambda: [long])
        job.perform()
        job.perform()
    assert calls == ["long"]
    jobs.get_queue().empty()


def test_long_duty_whose_job_was_lost_is_due_again_when_its_lease_ends() -> None:
    long = Tick("long", timedelta(days=1), print, apart=timedelta(hours=2))
    run_due([long])
    jobs.get_queue().empty()
    past = sa.func.now() - timedelta(seconds=1)
    model.Session.execute(sa.update(tick).values(lease_until=past))
    model.Session.commit()

    assert run_due([long]) == ["long"]
    jobs.get_queue().empty()


def test_duty_leased_by_another_worker_is_left_alone_until_the_lease_ends() -> None:
    calls: list[str] = []
    run_due([counting(calls)])
    past = sa.func.now() - timedelta(seconds=1)
    model.Session.execute(
        sa.update(tick).values(due_at=past, lease_until=sa.func.now() + timedelta(minutes=1))
    )
    model.Session.commit()

    assert run_due([counting(calls)]) == []
    model.Session.execute(sa.update(tick).values(lease_until=past))
    model.Session.commit()
    assert run_due([counting(calls)]) == ["count"]


def test_failing_duty_is_recorded_and_does_not_stop_the_next() -> None:
    calls: list[str] = []

    def fail() -> None:
        raise ValueError("no disk")

    assert run_due([Tick("fails", timedelta(hours=1), fail), counting(calls)]) == ["count"]
    error = model.Session.scalar(sa.select(tick.c.last_error).where(tick.c.name == "fails"))
    assert error == "ValueError: no disk"


def test_rooms_whose_plugin_is_off_have_no_duties() -> None:
    assert registered() == []


def test_rooms_whose_plugin_is_on_have_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckan.plugins.plugin_loaded", lambda name: name == "jambi_search")
    assert [one.name for one in registered()] == ["search.compact"]
