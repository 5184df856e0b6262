"""After the four harvests of a first start the freshness board has several colours, whatever the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ckanext.jambi import frequency
from ckanext.jambi.demo_city.chance import Chance
from ckanext.jambi.demo_city.datasets import SOURCES
from ckanext.jambi.freshness.rules.states import state
from ckanext.jambi.freshness.rules.thresholds import rolling

DAYS = [datetime(2026, 11, 24, 2, tzinfo=UTC) + timedelta(days=days) for days in (0, 11, 29, 44, 58)]
MISBEHAVING = {"dinkes": ("bulanan", (9, 10)), "dishub and dlh": ("mingguan", (20, 21))}


def judged(number: int, promised: str, now: datetime) -> str:
    """Return the state of a dataset whose rows were harvested at the four instants."""
    content = SOURCES[number - 1].content
    seen: list[list[tuple]] = []
    evidence_at = None
    for days in (120, 60, 30, 0):
        instant = now - timedelta(days=days)
        rows = content.rows(Chance("kota-jambi"), instant)
        if rows not in seen:
            evidence_at = instant
        seen.append(rows)
    return str(state(rolling(frequency.parse(promised), evidence_at), now))


@pytest.mark.parametrize("now", DAYS, ids=lambda day: f"{day:%d-%m-%Y}")
def test_one_of_each_pair_has_fallen_behind(now):
    late, irregular = (
        {judged(number, promised, now) for number in pair} for promised, pair in MISBEHAVING.values()
    )
    assert late == {"fresh", "due"}
    assert irregular == {"fresh", "delinquent"}
