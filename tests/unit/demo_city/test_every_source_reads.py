"""All 25 definitions read their source through the real connectors, at the four instants of a first start.

What the connectors make of the dressed answers must equal the true rows that the city started from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ckanext.jambi.clock import WIB
from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.harvest import datasets as described
from ckanext.jambi.harvest.periods import coverage
from ckanext.jambi.metadata.requirements import gaps
from jambi_harvesters.errors import HarvesterError

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAYS_BACK = (*(pytest.param(days, marks=pytest.mark.large) for days in (120, 60, 30)), 0)
EXPECTED_WARNINGS = {
    "tinggi-muka-air-batanghari": {"bad_form"},
    "stunting-kelurahan": {"apostrophe_removed"},
    "izin-terbit": {"zero_date"},
    "anggaran-realisasi-perangkat-daerah": {"spreadsheet_error"},
    "produk-hukum-daerah": {"zero_date"},
}
"""What a steward must be told of: values that the definitions refuse or clean, never guess."""

every_source = pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])


def comparable(rows: list[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """Return rows with instants in UTC, in no order."""
    return Counter(
        tuple(cell.astimezone(UTC) if isinstance(cell, datetime) else cell for cell in row) for row in rows
    )


def test_there_is_one_definition_for_each_dataset(definitions):
    assert set(definitions) == {source.name for source in SOURCES}
    for source in SOURCES:
        found = definitions[source.name]
        assert found.organization == source.owner
        assert found.id != source.name
        assert found.client.base_url == f"http://kota-peraga.invalid/{source.system}/"
        assert f"{source.system}/{found.endpoint.path}" == source.path
        assert found.dataset.title == source.title
        assert all(field.public and field.label and field.definition for field in found.schema.fields)


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[3] / "config" / "sources").glob("*.yaml")))
def test_a_definition_is_short_beside_its_columns(path: Path):
    lines = path.read_text("utf-8").splitlines()
    columns = lines.index("dataset:") - lines.index("  fields:") - 1
    assert len(lines) - columns <= 40
    assert lines[1] == f"id: {path.stem}"


@every_source
@pytest.mark.parametrize("days", DAYS_BACK)
def test_a_source_reads_as_what_the_city_meant(live, whole, definitions, reading, source, days):
    instant = NOW - timedelta(days=days)
    found = reading(source.name, instant)
    live.hands.instant = instant
    city = live if days else whole
    assert found.columns == source.columns
    assert comparable(found.rows) == comparable(true_rows(city, source))
    assert found.complete
    assert found.problem is None
    assert set(found.warnings) - {"more_warnings"} <= EXPECTED_WARNINGS.get(source.name, set())
    assert len(found.rows) >= definitions[source.name].guard.min_rows


@every_source
def test_a_steward_is_told_of_what_was_refused_or_cleaned(reading, source):
    warnings = set(reading(source.name, NOW).warnings) - {"more_warnings"}
    assert warnings == EXPECTED_WARNINGS.get(source.name, set())


def true_rows(live: Any, source: Any) -> list[tuple[Any, ...]]:
    """Return the true rows of a source in the city that is served."""
    return live.app.city.rows(live.app.city.sources[source.number - 1])


@every_source
def test_equal_instants_have_equal_hashes(live, definitions, reading, reader, source):
    instant = NOW - timedelta(days=30)
    first = reading(source.name, instant).hash
    live.hands.instant = instant
    assert reader(definitions[source.name], live.port, instant).hash == first


@pytest.mark.parametrize("name", ["harga-bahan-pokok", "lampu-penerangan-jalan", "sekolah-murid-guru"])
def test_one_changed_row_has_another_hash(live, definitions, reading, reader, name):
    instant = NOW - timedelta(days=30)
    first = reading(name, instant).hash
    live.hands.instant = instant
    live.app.city.changes[name] = 1
    changed = reader(definitions[name], live.port, instant).hash
    live.app.city.changes.clear()
    assert changed != first


@every_source
def test_a_source_describes_a_dataset_that_can_be_public(definitions, reading, source):
    definition = definitions[source.name]
    found = reading(source.name, NOW)
    place = found.columns.index(definition.dataset.period_column)
    first, last = coverage((row[place] for row in found.rows), NOW.astimezone(WIB).date())
    table = {
        "columns": [dictionary_column(column) for column in found.record.rows.columns],
        "period": (first.isoformat(), last.isoformat()),
        "hash": found.hash,
        "rows": len(found.rows),
    }
    content = {"fields": dict(found.record.fields), "table": table}
    dataset = described.dataset_dict(definition, content, described.package_id(SITE, source.name), "http://x")
    missing = gaps({**dataset, "owner_org": source.owner})
    assert [(gap.path, gap.code) for gap in missing] == []


SITE = "6f1c1f0e-3c53-4c0b-8d1b-9a3f0c6d2c11"
COLUMN_PARTS = ("name", "type", "unit", "label", "definition", "concept", "reference_code")


def dictionary_column(column: Any) -> dict[str, Any]:
    return {name: getattr(column, name) for name in COLUMN_PARTS}


@every_source
def test_the_newest_period_is_the_one_that_was_released_last(whole, definitions, reading, source):
    found = reading(source.name, NOW)
    place = found.columns.index(definitions[source.name].dataset.period_column)
    truth = true_rows(whole, source)
    day = NOW.astimezone(WIB).date()
    assert coverage((row[place] for row in found.rows), day) == coverage((row[place] for row in truth), day)


@pytest.mark.parametrize("mode", ["html", "kosong", "locale", "redirect"])
def test_a_fault_is_refused_with_a_name(live, definitions, reader, mode):
    live.hands.instant = NOW
    definition = definitions["harga-bahan-pokok"]
    refused = problem_of(lambda: reader(definition, live.port, NOW, {"_galat": mode}).problem)
    assert refused.code
    assert refused.pesan


def problem_of(read: Callable[[], HarvesterError | None]) -> Any:
    """Return what a reading raised, or the problem that it ended with."""
    try:
        return read()
    except HarvesterError as err:
        return err


def test_half_a_list_is_shorter_and_left_to_the_guards(live, definitions, reader):
    live.hands.instant = NOW
    definition = definitions["harga-bahan-pokok"]
    whole = reader(definition, live.port, NOW)
    half = reader(definition, live.port, NOW, {"_galat": "separuh"})
    assert len(half.rows) == len(whole.rows) // 2
    assert half.hash != whole.hash


@every_source
def test_the_key_columns_name_each_dated_row_once(whole, definitions, source):
    places = [source.columns.index(name) for name in definitions[source.name].dataset.key_columns]
    keys = [tuple(row[place] for place in places) for row in true_rows(whole, source)]
    whole = [key for key in keys if None not in key]
    assert len(set(whole)) == len(whole)
    assert len(whole) > 0.97 * len(keys)
