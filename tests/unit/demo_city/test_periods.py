"""Steps cut time without gaps, and releases follow the schedules of the catalogue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.clock import WIB
from ckanext.jambi.demo_city import periods
from ckanext.jambi.demo_city.chance import Chance
from ckanext.jambi.demo_city.periods import Step, at

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
STEPS = {
    name: getattr(periods, name)
    for name in ("HOUR", "THREE_HOURS", "HALF_DAY", "DAY", "WEEK", "MONTH", "SEMESTER", "YEAR")
}
instants = st.integers(0, 20 * 366 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@given(instant=instants)
def test_each_instant_lies_in_its_period_and_periods_join(step: Step, instant):
    number = step.number(instant)
    period = step.period(number)
    assert period.start <= instant < period.end
    assert step.period(number + 1).start == period.end
    assert step.number(period.start) == number
    assert period.start.tzinfo is WIB


@pytest.mark.parametrize(
    ("step", "instant", "start", "end"),
    [
        (periods.HALF_DAY, at(date(2026, 11, 24), 9), at(date(2026, 11, 24), 6), at(date(2026, 11, 24), 18)),
        (
            periods.THREE_HOURS,
            at(date(2026, 11, 24), 9),
            at(date(2026, 11, 24), 7),
            at(date(2026, 11, 24), 10),
        ),
        (periods.WEEK, at(date(2026, 11, 24), 9), at(date(2026, 11, 23)), at(date(2026, 11, 30))),
        (periods.SEMESTER, at(date(2026, 11, 24), 9), at(date(2026, 7, 1)), at(date(2027, 1, 1))),
        (periods.MONTH, at(date(2026, 12, 31), 23), at(date(2026, 12, 1)), at(date(2027, 1, 1))),
    ],
)
def test_periods_begin_where_offices_begin_them(step: Step, instant, start, end):
    period = step.period(step.number(instant))
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("release", "step", "day", "expected"),
    [
        (periods.days_later(1, 10), periods.DAY, date(2026, 11, 24), at(date(2026, 11, 25), 10)),
        (periods.days_later(0, 12), periods.DAY, date(2026, 11, 24), at(date(2026, 11, 24), 12)),
        (periods.monthly_on(5), periods.MONTH, date(2026, 11, 24), at(date(2026, 12, 5), 8)),
        (periods.monthly_on(10), periods.MONTH, date(2026, 12, 1), at(date(2027, 1, 10), 8)),
    ],
)
def test_releases_follow_the_schedule(release, step: Step, day, expected):
    assert release(Chance("s"), step.period(step.number(at(day)))) == expected


def test_a_quick_release_comes_within_its_minutes():
    chance, release = Chance("s"), periods.soon(10, 55)
    waits = {release(chance, p) - p.start for p in map(periods.HALF_DAY.period, range(200))}
    assert min(waits) >= timedelta(minutes=10)
    assert max(waits) <= timedelta(minutes=55)
    assert len(waits) > 20
