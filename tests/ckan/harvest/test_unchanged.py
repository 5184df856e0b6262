"""HV01: a run that changes nothing writes nothing that anybody could see."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from counting import statements
from harvest_source import PLUGINS, count

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
QUIET = {
    "package",
    "package_tag",
    "package_relationship",
    "resource",
    "tag",
    "member",
    "activity",
    "harvest_object",
    "harvest_job",
    "jambi_search_doc",
    "jambi_search_narrow",
    "jambi_search_facet_delta",
    "jambi_freshness_observation",
    "jambi_event",
    "jambi_harvest_record",
    "jambi_harvest_load",
    "jambi_harvest_incoming",
    "jambi_harvest_chunk",
}
WRITES = """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"""
MANY_STATEMENTS = 40


def written() -> Counter[str]:
    """Return how many rows each table of both databases had written, by the server's own count."""
    model.Session.remove()
    found: Counter[str] = Counter()
    for engine in (model.meta.engine, get_write_engine()):
        _report_counts(engine)
        with engine.connect() as connection:
            found.update(dict(connection.execute(sa.text(WRITES)).all()))
    return found


def _report_counts(engine: Any) -> None:
    """Let each pooled connection's server process report what it counted."""
    connections = [engine.connect() for _ in range(engine.pool.checkedin())]
    for connection in connections:
        connection.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        connection.commit()
    for connection in connections:
        connection.close()


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
    tables = [name for name in after if name in QUIET or len(name) == 36 or name == "jambi_load"]
    assert {name: after[name] - before[name] for name in tables if after[name] != before[name]} == {}
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
