"""A judgement holds until a row speaks of its item, a boundary passes, or the day ends (F33)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, GOOD, LAW, LONG_AGO, content, item, wib

from ckanext.jambi.freshness.promises import holding
from ckanext.jambi.freshness.promises.replay import Assignment, World
from ckanext.jambi.freshness.rules.obligations import Known

MORNING = wib(2026, 3, 4, 6)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def known(promised: str = "tiga_jam", *touched: datetime) -> World:
    """Return a world of one item, whose content came in the morning and which rows touched after it."""
    found = World([*LAW.policies], [*LAW.calendars], {"A": item(promised)})
    found.assigned["A"] = [Assignment("a", "a")]
    found.events["a", None] = [content(1, MORNING)]
    found.facts["a"] = [Known(LONG_AGO, GOOD)]
    found.touched["a"] = max([MORNING, *touched])
    return found


def judged_at(found: World, now: datetime) -> datetime:
    ((_, at),) = holding.of_organization(found, "opd", now)
    return at


@pytest.mark.parametrize(
    ("asked", "judged"),
    [
        (0, 0),  # the row itself
        (2.9, 0),
        (3, 3),  # due
        (5.9, 3),
        (6, 6),  # overdue
        (9, 9),  # delinquent
        (17.9, 9),
        (18, 18),  # midnight
        (40, 18),
    ],
)
def test_f33_an_item_is_judged_at_the_last_row_boundary_or_midnight(asked: float, judged: float) -> None:
    assert judged_at(known(), MORNING + hours(asked)) == MORNING + hours(judged)


@pytest.mark.parametrize(("after", "ends"), [(0, 3), (3, 6), (6, 9), (9, None)])
def test_f33_the_next_boundary_ends_a_judgement(after: float, ends: float | None) -> None:
    ((judged, at),) = holding.of_organization(known(), None, MORNING + hours(after))
    assert holding.ends_at(judged, at) == (None if ends is None else MORNING + hours(ends))


def test_f33_a_fault_and_a_rule_judge_all_anew() -> None:
    found = known("mingguan")
    found.fault_at = MORNING + hours(1)
    assert judged_at(found, MORNING + hours(5)) == MORNING + hours(1)
    found.policies.append(Known(MORNING + hours(2), LAW.policies[0].rule))
    found._law = None
    assert judged_at(found, MORNING + hours(5)) == MORNING + hours(2)
    assert judged_at(found, MORNING + hours(1.5)) == MORNING + hours(1)


def test_f33_what_was_recorded_later_judges_an_instant_at_that_instant() -> None:
    now = MORNING + hours(1)
    assert judged_at(known("mingguan", now + timedelta(days=3)), now) == now


def test_before_there_are_rules_nothing_is_judged() -> None:
    found = known()
    found.policies.clear()
    assert holding.of_organization(found, None, MORNING) == []
    assert list(holding.judge(found, ["A"], MORNING)) == []


def test_only_the_items_of_an_organization_are_judged() -> None:
    assert holding.of_organization(known(), "another", MORNING) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.floats(0, 400), st.sampled_from(["tiga_jam", "harian", "mingguan", "insidental"]))
def test_f53_a_judgement_is_the_same_at_every_instant_while_it_holds(after: float, promised: str) -> None:
    found, now = known(promised), MORNING + hours(after)
    ((judged, at),) = holding.of_organization(found, None, now)
    assert at <= now
    assert holding.of_organization(found, None, at) == [(judged, at)]
