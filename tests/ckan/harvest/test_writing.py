"""Tables whose rows are put over those that are there: changes since a cursor, windows that move (section 5)."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import COLUMNS, FIELDS, NOTES, PLUGINS, Answer, count, raw_definition

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
KEYS = ["bulan", "puskesmas"]


def _raw(source: Any, **over: Any) -> dict[str, Any]:
    """Return the definition of a JSON list of changes."""
    raw = raw_definition(source) | {
        "kind": "rest_api",
        "endpoint": {
            "path": "data",
            "data_selector": "data",
            "incremental": {"cursor_path": "diubah", "start_param": "sejak"},
        },
        "client": {"base_url": source.url, "paginator": {"type": "single_page"}},
        "schema": {"fields": COLUMNS},
        "write": {"mode": "merge"},
        "dataset": {
            "name": "uji-kunjungan-data",
            "title": "Jumlah Kunjungan Puskesmas menurut Bulan",
            "notes": NOTES,
            "tags": ["kesehatan", "puskesmas", "kunjungan"],
            "fields": FIELDS,
            "period_column": "bulan",
            "key_columns": KEYS,
        },
    }
    return raw | over


def _answer(source: Any, *rows: tuple[str, str, int, str]) -> None:
    names = ("bulan", "puskesmas", "kunjungan", "diubah")
    body = json.dumps({"data": [dict(zip(names, row, strict=True)) for row in rows]})
    source.answers["/data"] = Answer(body.encode(), headers={"Content-Type": "application/json"})


def _table() -> dict[str, int]:
    [resource] = model.Session.query(model.Resource).filter_by(state="active").all()
    found = tk.get_action("datastore_search")({"ignore_auth": True}, {"resource_id": resource.id})
    model.Session.remove()
    return {f"{row['bulan']} {row['puskesmas']}": row["kunjungan"] for row in found["records"]}


def _dataset() -> dict[str, Any]:
    return tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": "uji-kunjungan-data"})


FIRST = (
    ("2026-01", "Putri Ayu", 10, "2026-02-01T00:00:00Z"),
    ("2026-02", "Putri Ayu", 20, "2026-03-01T00:00:00Z"),
)


def test_hv17_changes_are_put_over_the_table(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(_raw(source))
    _answer(source, *FIRST)
    assert harvest(source_id)["state"] == "succeeded"
    _answer(
        source,
        ("2026-02", "Putri Ayu", 21, "2026-03-05T00:00:00Z"),
        ("2026-03", "Putri Ayu", 30, "2026-04-01T00:00:00Z"),
    )
    run = harvest(source_id)
    assert (run["state"], run["mode"], run["changed"]) == ("succeeded", "incremental", 1)
    assert "sejak=2026-03-01T06%3A00%3A00" in source.asked[-1]
    assert _table() == {"2026-01 Putri Ayu": 10, "2026-02 Putri Ayu": 21, "2026-03 Putri Ayu": 30}
    dataset = _dataset()
    assert (dataset["periode_mulai"], dataset["periode_akhir"]) == ("2026-01-01", "2026-03-31")
    assert dataset["resources"][0]["jumlah_baris"] == 3


def test_hv01_no_changes_write_nothing(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(_raw(source))
    _answer(source, *FIRST)
    harvest(source_id)
    before = _dataset()["metadata_modified"]
    _answer(source)
    assert harvest(source_id)["state"] == "unchanged"
    _answer(source, FIRST[1])
    assert harvest(source_id)["state"] == "succeeded"
    assert harvest(source_id)["state"] == "unchanged"
    assert count("jambi_harvest_load", "state = 'done'") == 2
    assert before <= _dataset()["metadata_modified"]


def test_complete_reading_takes_away_what_is_gone(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(_raw(source))
    _answer(source, *FIRST)
    harvest(source_id)
    _answer(source, FIRST[1])
    run = harvest(source_id, mode="complete")
    assert (run["state"], run["mode"]) == ("succeeded", "complete")
    assert _table() == {"2026-02 Putri Ayu": 20}
    _answer(source, ("2026-04", "Putri Ayu", 40, "2026-05-01T00:00:00Z"))
    assert harvest(source_id)["state"] == "succeeded"
    assert _table() == {"2026-02 Putri Ayu": 20, "2026-04 Putri Ayu": 40}


def test_append_leaves_rows_as_they_are(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(_raw(source, write={"mode": "append"}))
    _answer(source, *FIRST)
    harvest(source_id)
    _answer(
        source,
        ("2026-02", "Putri Ayu", 99, "2026-03-05T00:00:00Z"),
        ("2026-03", "Putri Ayu", 30, "2026-04-01T00:00:00Z"),
    )
    harvest(source_id)
    assert _table() == {"2026-01 Putri Ayu": 10, "2026-02 Putri Ayu": 20, "2026-03 Putri Ayu": 30}


def _page(source: Any, pages: int, *rows: tuple[str, str, int, str]) -> None:
    _answer(source, *rows)
    stated = {**json.loads(source.answers["/data"].body), "last_page": pages}
    source.answers["/data"] = Answer(
        json.dumps(stated).encode(), headers={"Content-Type": "application/json"}
    )


def test_changes_in_their_order_that_were_cut_go_on_in_the_next_run(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    paginator = {"type": "page_number", "base_page": 1, "total_path": "last_page"}
    raw = _raw(source, client={"base_url": source.url, "paginator": paginator}, polite={"max_pages": 1})
    raw["endpoint"]["incremental"] |= {"row_order": "asc", "lag": 0}
    source_id = apply_source(raw)
    _page(source, 1, *FIRST)
    assert harvest(source_id)["state"] == "succeeded"
    _page(source, 2, ("2026-03", "Putri Ayu", 30, "2026-04-01T00:00:00Z"))
    run = harvest(source_id)
    assert (run["state"], run["error_code"]) == ("partial", "incomplete_list")
    assert _table()["2026-03 Putri Ayu"] == 30
    _page(source, 1, ("2026-04", "Putri Ayu", 40, "2026-05-01T00:00:00Z"))
    assert harvest(source_id)["state"] == "succeeded"
    assert "sejak=2026-04-01T07%3A00%3A00%2B07%3A00" in source.asked[-1]
    assert len(_table()) == 4


def test_cursor_stays_where_it_was_when_the_source_fails(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source_id = apply_source(_raw(source))
    _answer(source, *FIRST)
    harvest(source_id)
    source.answers["/data"] = Answer(b"", 404)
    assert harvest(source_id)["state"] == "failed"
    with model.meta.engine.connect() as connection:
        cursor = connection.scalar(sa.text("SELECT cursor FROM jambi_harvest_source"))
    assert cursor == {"since": "2026-03-01T00:00:00Z"}


def test_window_that_moves_keeps_the_rows_that_leave_it(source: Any, apply_source: Any, harvest: Any) -> None:
    limits = {"internal_target": "uji", "rolling": True}
    source_id = apply_source(write={"mode": "merge"}, guard=limits)
    source.csv(40)
    harvest(source_id)
    source.csv(10, first=36)
    run = harvest(source_id)
    assert (run["state"], run["held"]) == ("succeeded", 0)
    assert len(_table()) == 46
    assert harvest(source_id)["state"] == "unchanged"


def test_table_that_may_not_shrink_is_held_in_merge_too(source: Any, apply_source: Any, harvest: Any) -> None:
    source_id = apply_source(write={"mode": "merge"})
    source.csv(40)
    harvest(source_id)
    source.csv(10)
    assert harvest(source_id)["state"] == "quarantined"
    assert len(_table()) == 40
