"""P4: a table whose columns change, in whatever way, is held, and what is public stays byte for byte."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from harvest_source import PLUGINS, Answer, count

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
Table = list[list[str]]
SEED = 20261124


def public(app: Any) -> tuple[bytes, bytes]:
    """Return what an anonymous caller of the API receives, in bytes."""
    dataset = app.get("/api/3/action/package_show?id=uji-kunjungan-data").body
    resource = json.loads(dataset)["result"]["resources"][0]["id"]
    rows = app.get(f"/api/3/action/datastore_search?resource_id={resource}&limit=100").body
    return dataset.encode(), rows.encode()


def table(rows: int = 30) -> Table:
    head = ["bulan", "puskesmas", "kunjungan"]
    return [head, *([f"2026-{at % 9 + 1:02d}", f"Puskesmas {at}", str(at * 7)] for at in range(rows))]


def written(cells: Table) -> Answer:
    return Answer("\n".join(",".join(row) for row in cells).encode(), headers={"Content-Type": "text/csv"})


def renamed(cells: Table, at: int, rng: random.Random) -> Table:
    return [
        [f"{name}_{rng.randrange(99)}" if n == at else name for n, name in enumerate(cells[0])],
        *cells[1:],
    ]


def dropped(cells: Table, at: int, rng: random.Random) -> Table:
    return [[cell for n, cell in enumerate(row) if n != at] for row in cells]


def retyped(cells: Table, _at: int, rng: random.Random) -> Table:
    return [cells[0], *([*row[:2], rng.choice(["banyak", "sedikit", "tinggi"])] for row in cells[1:])]


def added(cells: Table, at: int, rng: random.Random) -> Table:
    name = f"kolom_{rng.randrange(99)}"
    return [[*row[:at], name if n == 0 else str(n), *row[at:]] for n, row in enumerate(cells)]


MUTATIONS: tuple[Callable[..., Table], ...] = (renamed, dropped, retyped, added)


def test_p04_no_change_of_columns_reaches_the_public(
    source: Any, apply_source: Any, harvest: Any, app: Any
) -> None:
    source.answers["/data.csv"] = written(table())
    source_id = apply_source()
    assert harvest(source_id)["state"] == "succeeded"
    before, rng = public(app), random.Random(SEED)
    for mutate in MUTATIONS:
        for at in range(3):
            source.answers["/data.csv"] = written(mutate(table(), at, rng))
            run = harvest(source_id)
            said = (mutate.__name__, at, run["state"], run["error_code"])
            assert said[2:] == ("quarantined", "schema_drift"), said
            assert public(app) == before, said
    assert count("jambi_harvest_quarantine", "state = 'open'") == 1
    source.answers["/data.csv"] = written(table(31))
    assert harvest(source_id)["state"] == "succeeded"
    assert count("jambi_harvest_quarantine", "state = 'open'") == 0


def test_p04_order_of_columns_and_rows_is_no_drift(source: Any, apply_source: Any, harvest: Any) -> None:
    source.answers["/data.csv"] = written(table())
    source_id = apply_source()
    harvest(source_id)
    head, *rows = table()
    turned = [head[::-1], *(row[::-1] for row in rows[::-1])]
    source.answers["/data.csv"] = written(turned)
    assert harvest(source_id)["state"] == "unchanged"
    dataset = tk.get_action("package_show")({"user": ""}, {"id": "uji-kunjungan-data"})
    assert dataset["private"] is False
