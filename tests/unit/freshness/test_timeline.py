"""In which state a dataset was when (F50)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

from promises import wib

from ckanext.jambi.frequency import parse
from ckanext.jambi.freshness.rules.schedule import Demand
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.freshness.rules.states import State, state
from ckanext.jambi.freshness.rules.thresholds import rolling
from ckanext.jambi.freshness.rules.timeline import Band, Owed, Promised, bands

START, END = wib(2026, 1, 1), wib(2026, 4, 1)
DAY = timedelta(days=1)


def by_week(evidence_at: datetime):
    return rolling(parse("mingguan"), evidence_at)


def owed(month: int, due: datetime, closed_at: datetime | None = None) -> Owed:
    """Return a period whose deadline is a day after it is due, and long overdue ten days later."""
    span = Span(date(2026, month, 1), date(2026, month, 28))
    demand = Demand("A", span, due - DAY, due, due + DAY, due + 11 * DAY, begun=False)
    return Owed(demand, closed_at)


def test_f50_without_evidence_nothing_was_judged() -> None:
    assert bands([], [], by_week, START, END) == [Band(START, END, State.UNKNOWN)]


def test_f50_by_age_each_evidence_begins_anew() -> None:
    came = [START + 5 * DAY, START + 25 * DAY]
    found = bands(came, [], by_week, START, START + 30 * DAY)
    assert [(each.state.value, (each.start - START).days) for each in found] == [
        ("unknown", 0),
        ("fresh", 5),
        ("due", 12),
        ("overdue", 19),
        ("fresh", 25),
    ]


def test_f50_bands_follow_each_other_without_a_gap_and_agree_with_the_state_machine() -> None:
    came = [START - 20 * DAY, START + 3 * DAY, START + 40 * DAY]
    found = bands(came, [], by_week, START, END)
    assert (found[0].start, found[-1].end) == (START, END)
    assert all(one.end == other.start and one.state is not other.state for one, other in pairwise(found))
    for each in found:
        newest = max(at for at in came if at <= each.start)
        assert state(by_week(newest), each.start) is each.state


def test_f50_by_the_schedule_the_oldest_open_period_judges() -> None:
    january, february = owed(1, wib(2026, 2, 10), wib(2026, 2, 13)), owed(2, wib(2026, 3, 10))
    item = Promised(START, None, [january, february])
    found = bands([START + DAY, wib(2026, 2, 13)], [item], by_week, wib(2026, 2, 12), END)
    assert [each.state.value for each in found] == ["delinquent", "fresh", "due", "overdue", "delinquent"]
    assert found[2].start == wib(2026, 3, 10)


def test_f50_an_item_judges_from_when_it_was_taken_in_until_it_is_retired() -> None:
    item = Promised(
        wib(2026, 2, 1), wib(2026, 3, 1), [owed(1, wib(2026, 2, 10), START), owed(2, wib(2026, 3, 20))]
    )
    found = bands([START], [item], by_week, START, END)
    states = [(each.state.value, each.start) for each in found]
    assert ("fresh", wib(2026, 2, 1)) in states
    assert ("delinquent", wib(2026, 3, 1)) in states


def test_f50_where_all_that_was_owed_had_come_data_was_fresh() -> None:
    item = Promised(START, None, [owed(1, wib(2026, 2, 10), wib(2026, 1, 29))])
    assert bands([START], [item], by_week, wib(2026, 2, 20), END) == [
        Band(wib(2026, 2, 20), END, State.FRESH)
    ]


def test_f50_of_many_pieces_of_evidence_the_newest_counts() -> None:
    came = [START + n * DAY for n in (0, 5, 10, 15, 20)]
    assert bands(came, [], by_week, START, START + 27 * DAY) == [Band(START, START + 27 * DAY, State.FRESH)]


def test_f50_an_item_ends_at_the_instant_of_its_retirement_and_begins_at_that_of_a_closing() -> None:
    closed = wib(2026, 2, 1)
    item = Promised(START, wib(2026, 3, 1), [owed(1, wib(2026, 2, 10), closed)])
    assert item.judges(START)
    assert not item.judges(START - DAY)
    assert not item.judges(wib(2026, 3, 1))
    assert not item.judges(wib(2026, 3, 2))
    assert item.has_begun(closed)
    assert not item.has_begun(closed - DAY)
    assert item.at(closed - DAY) is item.periods[0].demand
    assert item.at(closed) is None


def test_f50_of_a_year_of_days_all_may_be_closed() -> None:
    days = [START + n * DAY for n in range(366)]
    demands = [Demand("A", Span(at.date(), at.date()), at, at, at, at, begun=False) for at in days]
    item = Promised(START, None, [Owed(each, each.due_at) for each in demands])
    assert item.at(days[-1]) is None
    assert item.at(days[-1] - DAY / 2) == demands[-1]
