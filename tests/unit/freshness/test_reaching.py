"""Since when a source answered on every day (F13)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from promises import wib

from ckanext.jambi.freshness.rules.reaching import since
from ckanext.jambi.freshness.rules.scoring import Look

NOW = wib(2026, 10, 8, 12)


def at(day: int, hour: int = 10) -> datetime:
    return wib(2026, 10, day, hour)


def looks(*found: tuple[int, bool]) -> list[Look]:
    return [Look(at(day), ok) for day, ok in found]


@pytest.mark.parametrize(
    ("seen", "first"),
    [
        ([], None),
        (looks((8, True)), date(2026, 10, 8)),
        (looks((8, False)), None),
        ([Look(NOW, True)], date(2026, 10, 8)),  # just now
        (looks(*((day, True) for day in range(1, 9))), date(2026, 10, 1)),
        (
            looks((1, True), (3, True), (5, True), (7, True)),
            date(2026, 10, 1),
        ),  # an answer holds for 48 hours
        (looks((1, True), (5, True), (7, True)), date(2026, 10, 5)),  # nobody looked on the fourth
        (looks((4, True), (5, False), (6, True), (8, True)), date(2026, 10, 4)),  # it answered in the morning
        (looks((4, True), (5, False), (7, True), (8, True)), date(2026, 10, 7)),  # down the whole sixth
        ([*looks((8, True)), Look(at(8, 11), False)], date(2026, 10, 8)),  # it did answer today
        ([*looks((7, True)), Look(at(9), True)], date(2026, 10, 7)),  # what lies ahead is not known
    ],
)
def test_f13_a_source_answers_since_the_first_day_without_a_gap(seen: list[Look], first: date | None) -> None:
    assert since(seen, NOW) == first
    assert since(list(reversed(seen)), NOW) == first


def test_f13_an_answer_holds_no_longer_than_two_days() -> None:
    midnight = wib(2026, 10, 8)
    assert since([Look(midnight - timedelta(hours=48), True)], NOW) is None
    assert since([Look(midnight - timedelta(hours=47, minutes=59), True)], NOW) == date(2026, 10, 6)
