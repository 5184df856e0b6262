"""HV01: a run that changes nothing writes nothing that anybody could see."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from counting import statements, written
from harvest_source import PLUGINS, count

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
OF_THE_RUN = {"jambi_harvest_run", "jambi_harvest_source", "jambi_harvest_attempt", "jambi_harvest_host"}
"""The only tables that such a run may write: what the runner keeps of its own work."""
MANY_STATEMENTS = 40


@pytest.mark.parametrize("headers", [{}, {"ETag": '"satu"'}], ids=["hash", "etag"])
def test_p05_hv01_unchanged_run_writes_nothing(
    source: Any, apply_source: Any, harvest: Any, headers: dict[str, str]
) -> None:
    source.csv(30, **headers)
    source_id = apply_source()
    harvest(source_id)
    harvest(source_id)
    before, jobs = written(), count("harvest_job")
    with statements(model.meta.engine, get_write_engine()) as seen:
        run = harvest(source_id)
    after = written()
    assert run["state"] == "unchanged"
    assert set(after - before) <= OF_THE_RUN
    assert count("harvest_job") == jobs
    assert len(seen) <= MANY_STATEMENTS, len(seen)


def test_hv01_etag_costs_one_request_without_a_body(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30, ETag='"satu"')
    source_id = apply_source()
    harvest(source_id)
    run = harvest(source_id)
    assert (run["requests"], run["bytes"], run["state"]) == (1, 0, "unchanged")


def test_hv02_only_other_content_moves_changed_at(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    source_id = apply_source()
    harvest(source_id)
    first = _marks(source_id)
    harvest(source_id, mode="complete")
    second = _marks(source_id)
    source.csv(31)
    harvest(source_id)
    third = _marks(source_id)
    assert second["changed_at"] == first["changed_at"]
    assert second["checked_at"] > first["checked_at"]
    assert third["changed_at"] > second["changed_at"]


def test_hv02_failed_run_moves_neither(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    source_id = apply_source()
    harvest(source_id)
    before = _marks(source_id)
    source.answers.clear()
    run = harvest(source_id)
    assert (run["state"], run["error_code"]) == ("failed", "not_found")
    after = _marks(source_id)
    assert (after["checked_at"], after["changed_at"]) == (before["checked_at"], before["changed_at"])
    assert count("package", "type = 'dataset' AND state = 'active'") == 1


def _marks(source_id: str) -> dict[str, Any]:
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT * FROM jambi_harvest_source WHERE source_id = :id")
        return dict(connection.execute(query, {"id": source_id}).mappings().one())
