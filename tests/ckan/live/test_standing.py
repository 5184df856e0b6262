"""The state of the portal: what waits, how sources stand, how soon changes are public."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from harvest_source import PLUGINS

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme jambi_live {PLUGINS}"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def shown() -> dict[str, Any]:
    model.Session.rollback()
    return tk.get_action("jambi_live_status_show")({"user": "", "auth_user_obj": None}, {})


def change(statement: str) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(statement))


def page(app: Any) -> str:
    return BeautifulSoup(app.get("/status").body, "html.parser").main.get_text(" ")


def test_portal_without_sources_says_so(app: Any) -> None:
    found = shown()
    assert (found["engine"]["waiting"], found["engine"]["working"], found["latency"]) == (0, 0, [])
    assert found["engine"]["silent_seconds"] is None
    assert "Data sedang tidak dipanen" in page(app)
    assert "Belum ada sistem yang terhubung." in page(app)


def test_run_that_changed_something_counts_by_what_started_it(
    app: Any, open_door: Any, ping: Any, harvest: Any, source: Any
) -> None:
    source_id = open_door()
    source.csv(5)
    harvest(source_id)
    source.csv(6)
    ping()
    harvest(source_id)
    harvest(source_id)
    change("UPDATE jambi_harvest_run SET due_at = finished_at - interval '4 seconds' WHERE trigger = 'ping'")

    found = shown()

    counted = {one["way"]: one["runs"] for one in found["latency"]}
    assert counted == {"ping": 1, "poll": 1}
    [told] = [one for one in found["latency"] if one["way"] == "ping"]
    assert (told["median_seconds"], told["p95_seconds"]) == (4, 4)
    assert found["sources"]["sehat"] == 1
    assert found["events"]["last_day"] >= 2
    assert "4 dtk" in page(app)


def test_silent_worker_and_late_run_are_told(app: Any, open_door: Any, ping: Any) -> None:
    open_door()
    ping()
    change("UPDATE jambi_harvest_run SET due_at = clock_timestamp() - interval '10 minutes'")
    change("DELETE FROM jambi_tick")
    change("INSERT INTO jambi_tick (name, due_at, last_run_at) VALUES ('uji', now(), clock_timestamp())")
    assert shown()["engine"]["waiting"] == 1
    assert 600 <= shown()["engine"]["oldest_waiting_seconds"] < 660
    assert "Panen data terlambat" in page(app)

    change("UPDATE jambi_tick SET last_run_at = clock_timestamp() - interval '1 hour'")
    assert shown()["engine"]["silent_seconds"] >= 3600
    assert "Data sedang tidak dipanen" in page(app)
