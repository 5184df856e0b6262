"""The 25 demo datasets hold nothing of a person: the detector must let all of them pass."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.metadata.pii import Screen, ScreenColumn

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_m12_no_false_hit_on_a_demo_dataset(reading, source):
    found = reading(source.name, NOW)
    columns = [
        ScreenColumn(column.name, column.type, column.unit, column.label)
        for column in found.record.rows.columns
        if column.public
    ]
    screen = Screen(columns, key=b"uji")
    screen.add_rows(found.rows)
    screen.add_fields(found.record.fields)
    assert screen.verdicts() == ()
