from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.model import tick
from ckanext.jambi.ticks import Tick, registered, run_due

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def counting(calls: list[str], name: str = "count", hours: int = 1) -> Tick:
    return Tick(name, timedelta(hours=hours), lambda: calls.append(name))


def test_due_duty_runs_once_until_its_interval_is_over() -> None:
    calls: list[str] = []

    assert run_due([counting(calls)]) == ["count"]
    assert run_due([counting(calls)]) == []
    assert calls == ["count"]


def test_duty_whose_instant_has_come_runs_again() -> None:
    calls: list[str] = []
    run_due([counting(calls)])
    model.Session.execute(sa.update(tick).values(due_at=sa.func.now() - timedelta(seconds=1)))
    model.Session.commit()

    run_due([counting(calls)])

    assert calls == ["count", "count"]


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
