"""Sources that say other things of themselves than their content does (S29, S30)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, catalogue_of, count, entry, raw_catalogue

from ckanext.jambi import clock

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
DATES = ("soon_at", "due_at", "overdue_at", "delinquent_at")
CREDITED = "content_hash IS NOT NULL"


@pytest.fixture
def later(tmp_path: Path) -> Any:
    """Return a function that moves the portal's clock ahead of the server's."""
    file = tmp_path / "clock.json"
    clock.use(file)
    yield lambda **ahead: clock.set_to(file, datetime.now(UTC) + timedelta(**ahead))
    clock.use(None)


def freshness() -> dict[str, Any]:
    return tk.get_action("jambi_freshness_show")({"user": ""}, {"id": "uji-kunjungan-data"})


def markers() -> dict[str, Any]:
    with model.meta.engine.connect() as connection:
        return connection.scalar(sa.text("SELECT markers FROM jambi_harvest_source"))


@pytest.mark.parametrize("validator", [{"ETag": '"tetap"'}, {"ETag": '"tetap"', "Last-Modified": "x"}])
def test_s29_validator_that_never_changes_hides_a_change_for_a_day_and_never_again(
    source: Any, apply_source: Any, harvest: Any, later: Any, validator: dict[str, str]
) -> None:
    source.csv(30, **validator)
    source_id = apply_source()
    harvest(source_id)
    source.csv(30, add=1, **validator)
    assert harvest(source_id)["state"] == "unchanged"
    later(hours=25)
    found = harvest(source_id)
    assert (found["state"], found["changed"]) == ("succeeded", 1)
    assert markers()["distrusted"] is True
    source.csv(30, add=2, **validator)
    assert harvest(source_id)["changed"] == 1
    quiet = harvest(source_id)
    assert (quiet["state"], quiet["changed"]) == ("unchanged", 0)
    assert markers()["distrusted"] is True


@pytest.mark.parametrize("days", [-1, 1])
def test_s29_clock_of_the_source_moves_no_freshness(
    source: Any, apply_source: Any, harvest: Any, days: int
) -> None:
    said = (datetime.now(UTC) + timedelta(days=days)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    source.csv(30, **{"Last-Modified": said})
    harvest(apply_source())
    state = freshness()
    assert state["state"] != "unknown"
    with model.meta.engine.connect() as connection:
        query = f"SELECT max(valid_at) - now() FROM jambi_freshness_observation WHERE {CREDITED}"
        assert abs(connection.scalar(sa.text(query)).total_seconds()) < 3600


def test_s30_touched_file_of_equal_content_earns_nothing(
    source: Any, apply_source: Any, harvest: Any, later: Any
) -> None:
    source.csv(30, **{"Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT"})
    source_id = apply_source()
    harvest(source_id)
    before, credited = freshness(), count("jambi_freshness_observation", CREDITED)
    later(hours=30)
    source.csv(30, **{"Last-Modified": "Tue, 24 Nov 2026 00:00:00 GMT"})
    assert harvest(source_id)["state"] == "unchanged"
    assert count("jambi_freshness_observation", CREDITED) == credited
    assert {name: freshness()[name] for name in DATES} == {name: before[name] for name in DATES}


def test_s30_touched_dates_of_a_catalogue_change_no_dataset(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source_id = apply_source(raw_catalogue(source))
    source.answers["/data.json"] = catalogue_of(entry(f"id-{at}") for at in range(4))
    harvest(source_id)
    source.answers["/data.json"] = catalogue_of(entry(f"id-{at}", modified="2026-11-24") for at in range(4))
    run = harvest(source_id)
    assert (run["state"], run["changed"], run["unchanged"]) == ("unchanged", 0, 4)
