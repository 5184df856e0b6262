"""I6: clocks that jump move no run, and a day is a day in Jambi."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Answer, count

from ckanext.jambi import clock
from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def portal_at(tmp_path: Path) -> Iterator[Callable[[datetime], None]]:
    """Return a function that sets the portal's clock."""
    file = tmp_path / "clock.json"
    clock.use(file)
    yield lambda instant: clock.set_to(file, instant)
    clock.use(None)


def test_i06_jumping_clock_neither_skips_nor_doubles_a_run(
    source: Any, apply_source: Any, app: Any, portal_at: Callable[[datetime], None]
) -> None:
    apply_source(trigger={"every": "10m", "adaptive": False})
    worker = Worker(app.flask_app)
    for turn, hours in enumerate((0, 1, -1, 1, 0, -1)):
        portal_at(datetime.now(UTC) + timedelta(hours=hours))
        source.csv(20 + turn)
        assert worker.drain() == ["succeeded"]
        assert worker.drain() == []
        with model.meta.engine.begin() as connection:
            query = "SELECT next_due_at - now() FROM jambi_harvest_source"
            left = connection.scalar(sa.text(query))
            assert timedelta() < left <= timedelta(minutes=10)
            connection.execute(sa.text("UPDATE jambi_harvest_source SET next_due_at = now()"))
    assert count("jambi_harvest_run") == 6


@pytest.mark.parametrize(
    ("instant", "last"),
    [
        ("2026-11-24T16:59:00+00:00", "2026-11-24"),
        ("2026-11-24T17:01:00+00:00", "2026-11-25"),
        ("2028-02-28T17:01:00+00:00", "2028-02-29"),
        ("2026-12-31T17:01:00+00:00", "2027-01-01"),
    ],
)
def test_i06_period_of_the_data_ends_with_the_day_in_jambi(
    source: Any,
    apply_source: Any,
    harvest: Any,
    portal_at: Callable[[datetime], None],
    instant: str,
    last: str,
) -> None:
    portal_at(datetime.fromisoformat(instant))
    days = ["2026-11-24", "2026-11-25", "2026-11-26", "2027-01-01", "2027-01-02", "2028-02-29", "2028-03-01"]
    lines = ["bulan,puskesmas,kunjungan", *(f"{day},Puskesmas,{at}" for at, day in enumerate(days))]
    source.answers["/data.csv"] = Answer("\n".join(lines).encode(), headers={"Content-Type": "text/csv"})
    assert harvest(apply_source())["state"] == "succeeded"
    with model.meta.engine.connect() as connection:
        query = "SELECT max(period_end)::text FROM jambi_freshness_observation"
        assert connection.scalar(sa.text(query)) == last
