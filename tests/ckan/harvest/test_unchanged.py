"""HV01: a run that changes nothing writes nothing that anybody could see."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from counting import OF_THE_RUN, statements, written
from harvest_source import PLUGINS, catalogue_of, count, entry, raw_catalogue

from jambi_harvesters import canonical

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
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


def test_hv05_new_version_of_the_hash_rehashes_and_writes_no_dataset(
    source: Any, apply_source: Any, harvest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.answers["/data.json"] = catalogue_of(map(_entry, range(5)))
    source_id = apply_source(raw_catalogue(source))
    harvest(source_id)
    harvest(source_id, mode="complete")
    monkeypatch.setitem(canonical.ALGORITHMS, "2", lambda content: sha256(repr(content).encode()).hexdigest())
    before, marks = written(), _marks(source_id)
    run = harvest(source_id, mode="complete")
    after = written()
    assert (run["state"], run["unchanged"]) == ("unchanged", 5)
    rewritten = after - before
    assert {name: rewritten[name] for name in set(rewritten) - OF_THE_RUN} == {"jambi_harvest_record": 5}
    assert count("jambi_harvest_record", "hash LIKE '2:%'") == 5
    assert _marks(source_id)["changed_at"] == marks["changed_at"]
    source.answers["/data.json"] = catalogue_of(
        [entry("id-0", title="Judul lain"), *map(_entry, range(1, 5))]
    )
    run = harvest(source_id)
    assert (run["changed"], run["unchanged"]) == (1, 4)


def _entry(at: int) -> dict[str, Any]:
    return entry(f"id-{at}")
