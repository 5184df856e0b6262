"""Guards: what may vanish, what is held, what never deletes anything."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.harvest.guard import Facts, Limit, Reason, judge

LIMIT = Limit()


def reasons(facts: Facts, **kwargs: int) -> list[Reason]:
    return [hold.reason for hold in judge(facts, LIMIT, **kwargs).holds]


@pytest.mark.parametrize(
    ("live", "gone", "held"),
    [
        (1, 1, False),
        (3, 3, False),
        (5, 3, False),
        (5, 4, True),
        (30, 3, False),
        (30, 4, True),
        (40, 4, False),
        (100, 5, False),
        (100, 10, False),
        (100, 11, True),
        (100, 40, True),
    ],
)
def test_s08_more_than_three_and_a_tenth_is_held(live: int, gone: int, held: bool) -> None:
    verdict = judge(Facts(complete=True, seen=live - gone + 1, live=live, vanished=gone), LIMIT)
    assert verdict.buries is not held
    assert verdict.imports
    assert [hold.reason for hold in verdict.holds] == ([Reason.MASS_DELETION] if held else [])


def test_s07_empty_list_is_quarantined() -> None:
    verdict = judge(Facts(complete=True, seen=0, live=1, vanished=1), LIMIT)
    assert (verdict.imports, verdict.buries) == (False, False)
    assert verdict.holds[0].reason is Reason.EMPTY


def test_fewer_than_min_rows_counts_as_empty() -> None:
    assert reasons(Facts(complete=True, seen=9, live=1), min_rows=10) == [Reason.EMPTY]
    assert reasons(Facts(complete=True, seen=10, live=1), min_rows=10) == []


def test_min_rows_of_zero_still_holds_an_empty_list() -> None:
    assert reasons(Facts(complete=True, seen=0, live=2, vanished=2), min_rows=0) == [Reason.EMPTY]


def test_nothing_live_and_nothing_listed_is_no_hold() -> None:
    assert reasons(Facts(complete=True, seen=0, live=0)) == []


def test_unproven_list_imports_and_buries_nothing() -> None:
    verdict = judge(Facts(complete=False, seen=50, live=100, vanished=50), LIMIT)
    assert (verdict.imports, verdict.buries, verdict.holds) == (True, False, ())


@pytest.mark.parametrize(("buried", "gone", "held"), [(8, 2, False), (8, 3, True), (0, 9, False)])
def test_deletions_of_seven_days_are_summed(buried: int, gone: int, held: bool) -> None:
    live = 100 - buried
    verdict = judge(Facts(complete=True, seen=live - gone, live=live, vanished=gone, buried=buried), LIMIT)
    assert bool(verdict.holds) is held


def test_old_tombstones_alone_hold_nothing() -> None:
    assert reasons(Facts(complete=True, seen=10, live=10, vanished=0, buried=50)) == []


def test_s19_possible_rename_is_held_beside_the_rest() -> None:
    verdict = judge(Facts(complete=True, seen=10, live=10, vanished=1, renamed=1), LIMIT)
    assert [hold.reason for hold in verdict.holds] == [Reason.POSSIBLE_RENAME]
    assert verdict.buries


def test_limit_may_be_tightened_to_nothing() -> None:
    strict = Limit(0, Fraction(0))
    assert judge(Facts(complete=True, seen=9, live=10, vanished=1), strict).holds


@given(
    live=st.integers(0, 500),
    seen=st.integers(0, 500),
    vanished=st.integers(0, 500),
    buried=st.integers(0, 500),
    complete=st.booleans(),
)
def test_p03_nothing_is_buried_beyond_the_limit(
    live: int, seen: int, vanished: int, buried: int, complete: bool
) -> None:
    verdict = judge(Facts(complete, seen, live, vanished, buried), LIMIT)
    if verdict.buries:
        assert complete
        assert vanished <= max(3, live / 10)
        assert not vanished or vanished + buried <= max(3, (live + buried) / 10)
        assert seen or not live
