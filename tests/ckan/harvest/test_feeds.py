"""A run that reads its source to the proven end tells the event feeds that wait for it (F13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, Source

from ckanext.jambi import clock
from ckanext.jambi.freshness.model import item, obligation, observation
from ckanext.jambi.harvest.model import record

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def owe_yesterday(package_id: str) -> None:
    """Let a daily event feed owe the day before, as the duty of freshness writes it."""
    yesterday, now = clock.today().date() - timedelta(days=1), clock.now()
    plain = {"calendar": "kerja", "weight": 1, "class": "biasa", "access": "terbuka", "seq": 1}
    said = {"id": "i", "organization_id": "o", "code": "A", "title": "A", "frequency": "harian"}
    instants = dict.fromkeys(("soon_at", "due_at", "overdue_at", "delinquent_at"), now)
    owed = {"item_id": "i", "package_id": package_id, "frequency": "harian", "outcome": "open"}
    span = {"period_start": yesterday, "period_end": yesterday}
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.insert(item).values(**said, **plain, peristiwa=True, valid_from=date(2026, 1, 1))
        )
        connection.execute(
            sa.insert(obligation).values(**owed, **span, **instants, policy_version="1", calendar_version="1")
        )


def told() -> list[str]:
    """Return of which datasets the log says since when their source answers."""
    query = sa.select(observation.c.package_id).where(observation.c.detail.has_key("answers_since"))
    return list(model.Session.scalars(query))


def test_f13_a_complete_run_tells_the_event_feed_that_waits(
    source: Source, apply_source: Callable, harvest: Callable
) -> None:
    source.csv(5)
    source_id = apply_source()
    harvest(source_id)
    package_id = model.Session.scalar(sa.select(record.c.package_id))
    assert told() == []  # nothing waits
    owe_yesterday(package_id)
    harvest(source_id, mode="complete")
    assert told() == [package_id]
    harvest(source_id, mode="complete")
    assert told() == [package_id]  # once a day


def test_f13_a_run_that_fails_tells_nothing(
    source: Source, apply_source: Callable, harvest: Callable
) -> None:
    source.csv(5)
    source_id = apply_source()
    harvest(source_id)
    owe_yesterday(model.Session.scalar(sa.select(record.c.package_id)))
    source.answers.clear()
    assert harvest(source_id, mode="complete")["state"] == "failed"
    assert told() == []
