"""The late office is late by a growing lag; the two irregular ones take turns in being silent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from ckanext.jambi.demo_city.chance import Chance
from ckanext.jambi.demo_city.datasets.health import LATE_PHASES
from ckanext.jambi.demo_city.datasets.services import REFUSE_PHASE
from ckanext.jambi.demo_city.datasets.streets import LIGHT_PHASE
from ckanext.jambi.demo_city.periods import MONTH, WEEK, at
from ckanext.jambi.demo_city.tempo import CYCLE_DAYS, bursts, growing_lag, last_slot, next_slot

CHANCE = Chance("s")


def lag_days(year: int, month: int) -> int:
    period = MONTH.period(MONTH.number(at(date(year, month, 1))))
    return (growing_lag(0)(CHANCE, period) - period.end).days


def test_the_lag_grows_through_a_year_and_is_caught_up_in_the_next():
    lags = [lag_days(2025, 12), *(lag_days(2026, month) for month in range(1, 5))]
    assert lags == sorted(lags)
    assert lags[-1] > lags[0] + 90
    assert lag_days(2026, 11) < lags[-1] - 60


def test_no_month_is_released_before_it_ends():
    for year in (2025, 2026, 2027):
        assert all(lag_days(year, month) >= 0 for month in range(1, 13))


@pytest.mark.parametrize("phases", [LATE_PHASES, (LIGHT_PHASE, REFUSE_PHASE)])
@pytest.mark.parametrize("days", range(0, 2 * CYCLE_DAYS, 7))
def test_at_any_instant_one_of_a_pair_has_been_silent_for_a_month_and_the_other_has_not(phases, days):
    now = at(date(2026, 11, 24), 9) + timedelta(days=days)
    silent = sorted((now.date() - last_slot(now, phase)).days for phase in phases)
    assert silent[0] < 30 <= silent[1] < 60


def test_each_slot_of_a_late_table_brings_something_new():
    released = {growing_lag(0)(CHANCE, MONTH.period(index)) for index in range(2025 * 12, 2028 * 12)}
    slot = next_slot(date(2026, 1, 1), 0)
    for step in range(6):
        assert at(slot + timedelta(days=step * CYCLE_DAYS), 8) in released


def test_irregular_weeks_come_in_bursts_and_some_are_forgotten_once():
    release = bursts("x", 45)
    first = WEEK.number(at(date(2025, 1, 6)))
    waits = {}
    for index in range(first, first + 100):
        period = WEEK.period(index)
        slot: datetime = release(CHANCE, period)
        assert (slot.date().toordinal() - 45) % CYCLE_DAYS == 0
        waits[index] = (slot - period.end).days
    assert min(waits.values()) > 0
    assert max(waits.values()) > CYCLE_DAYS


def test_a_slot_begins_at_eight_in_the_morning():
    slot = next_slot(date(2026, 11, 1), 15)
    assert last_slot(at(slot, 8), 15) == slot
    assert last_slot(at(slot, 7, 59), 15) == slot - timedelta(days=CYCLE_DAYS)
