"""Event feeds: a complete run says that nothing happened (F13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from daftar import outcomes, promise

from ckanext.jambi import clock
from ckanext.jambi.freshness import evidence, feeds
from ckanext.jambi.freshness.model import observation
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.rules.spans import Span

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
START = datetime(2026, 9, 1, 3, tzinfo=UTC)
FIRST_WEEK = Span(date(2026, 9, 7), date(2026, 9, 13))


@pytest.fixture
def event_feed(dataset: Callable, seen: Callable, portal_at: Callable) -> dict[str, Any]:
    """Return a weekly event feed whose source answered on each day; it is the day after its first week."""
    one = dataset("mingguan")
    promise(one, peristiwa=True)
    evidence.observe([seen(one, "a", period_end=date(2026, 8, 30))])
    for day in range(14):
        evidence.reachability("sumber", [one["id"]], True, portal_at(day))
    model.Session.commit()
    ticking.run()
    return one


def run(one: dict[str, Any], source_id: str = "sumber") -> int:
    """End a complete run; return how many rows it wrote."""
    waiting = feeds.waiting(clock.now())
    written = feeds.completed(source_id, waiting, clock.now()) if waiting else []
    model.Session.commit()
    ticking.run()
    assert set(waiting) <= {one["id"]}
    return len(written)


def test_f13_a_complete_run_closes_a_week_in_which_nothing_happened(event_feed: dict[str, Any]) -> None:
    assert outcomes() == ["open", "open"]
    assert run(event_feed) == 1
    assert outcomes() == ["met", "open"]
    assert run(event_feed) == 0  # nothing waits


def test_f13_it_says_so_once_a_day_where_it_closes_nothing(
    event_feed: dict[str, Any], portal_at: Callable
) -> None:
    for day, ok in ((0, True), (2, True), (4, True), (6, True), (8, True), (10, False)):
        evidence.reachability("lain", [event_feed["id"]], ok, START + timedelta(days=day))
    assert run(event_feed, "lain") == 0  # the source does not answer
    evidence.reachability("lain", [event_feed["id"]], True, START + timedelta(days=13))
    assert [run(event_feed, "lain"), run(event_feed, "lain")] == [1, 0]
    assert outcomes()[0] == "open"  # there are days on which it did not answer
    portal_at(14)
    assert run(event_feed, "lain") == 1


def test_f13_rows_that_appear_later_turn_it_into_met_late(
    event_feed: dict[str, Any], seen: Callable, portal_at: Callable
) -> None:
    run(event_feed)
    portal_at(16)
    late = seen(event_feed, "b", period_end=FIRST_WEEK.end, rows_in=(FIRST_WEEK,))
    evidence.observe([late])
    model.Session.commit()
    ticking.run()
    assert outcomes()[0] == "met_late"


def test_f13_data_that_is_no_event_feed_is_left_alone(dataset: Callable, event_feed: dict[str, Any]) -> None:
    other = dataset("mingguan")
    promise(other, code="B")
    ticking.run()
    assert feeds.waiting(clock.now()) == [event_feed["id"]]


def test_f33_the_row_of_a_complete_run_says_since_when_its_source_answers(event_feed: dict[str, Any]) -> None:
    run(event_feed)
    said = observation.c.detail["answers_since"].astext
    row = model.Session.execute(sa.select(observation, said.label("since")).where(said.is_not(None))).one()
    assert (row.since, row.kind, row.detail["credit"]) == ("2026-09-01", "harvest_ok", "no_content")
