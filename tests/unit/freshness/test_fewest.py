"""No smaller set of steps reaches the goal, and what is called proven is (F51)."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES

from ckanext.jambi.freshness.rules import fewest as rules
from ckanext.jambi.freshness.rules.fewest import Ladder, Rung, fewest, value
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.remedies import Remedy

SCORING = V1.scoring
STEPS = tuple(Remedy)


def ladder(code: str, *scores: float | tuple[int, float], weight: int = 1) -> Ladder:
    """Return an item that rises to these scores; a pair names the number of steps of a rung as well."""
    pairs = [each if isinstance(each, tuple) else (n, each) for n, each in enumerate(scores)]
    return Ladder(code, code, weight, tuple(Rung(Fraction(score), STEPS[:n]) for n, score in pairs))


def spent(ladders: list[Ladder], chosen: dict[int, int]) -> int:
    return sum(ladders[n].cost(at) for n, at in chosen.items())


def smallest(ladders: list[Ladder], goal: Fraction) -> int | None:
    """Try every choice of rungs."""
    costs = [
        spent(ladders, chosen)
        for ways in product(*(range(len(each.rungs)) for each in ladders))
        if value(ladders, chosen := dict(enumerate(ways)), SCORING) >= goal
    ]
    return min(costs, default=None)


LADDERS = st.lists(
    st.builds(
        lambda scores, gaps, weight: ladder(
            "A", *zip(_summed(gaps), sorted(scores), strict=False), weight=weight
        ),
        st.sets(st.integers(0, 100), min_size=1, max_size=4),
        st.lists(st.integers(1, 2), min_size=3, max_size=3),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=5,
)


def _summed(gaps: list[int]) -> list[int]:
    return [sum(gaps[:n]) for n in range(len(gaps) + 1)]


@given(LADDERS, st.integers(1, 40))
@settings(max_examples=EXAMPLES, deadline=None)
def test_f51_no_choice_of_fewer_steps_reaches_the_goal(ladders: list[Ladder], points: int) -> None:
    goal = value(ladders, {}, SCORING) + points
    found, wanted = fewest(ladders, goal, SCORING), smallest(ladders, goal)
    assert (found is None) == (wanted is None)
    if found:
        chosen, minimal = found
        assert value(ladders, chosen, SCORING) >= goal
        assert minimal
        assert spent(ladders, chosen) == wanted


@given(LADDERS, st.integers(1, 40))
@settings(max_examples=EXAMPLES, deadline=None)
def test_f51_what_the_bound_rules_out_cannot_be_done(ladders: list[Ladder], points: int) -> None:
    goal = value(ladders, {}, SCORING) + points
    wanted = smallest(ladders, goal)
    if wanted is not None:
        assert rules._at_least(ladders, goal, SCORING) <= wanted


@given(LADDERS, st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_f51_the_quick_index_is_the_index(ladders: list[Ladder], data: st.DataObject) -> None:
    chosen = {n: data.draw(st.integers(0, len(each.rungs) - 1)) for n, each in enumerate(ladders)}
    quick = rules._Quick(ladders, chosen, SCORING)
    assert quick.value == pytest.approx(float(value(ladders, chosen, SCORING)))
    for n, each in enumerate(ladders):
        for at in range(chosen[n], len(each.rungs)):
            before, then = (float(each.rungs[where].score) for where in (chosen[n], at))
            after = value(ladders, chosen | {n: at}, SCORING)
            assert quick.after(before, then, each.weight) == pytest.approx(float(after))


@given(LADDERS, st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_f51_a_rung_is_worth_what_it_adds_for_each_step(ladders: list[Ladder], data: st.DataObject) -> None:
    chosen = {n: data.draw(st.integers(0, len(each.rungs) - 1)) for n, each in enumerate(ladders)}
    quick, before = rules._Quick(ladders, chosen, SCORING), value(ladders, chosen, SCORING)
    for n, each in enumerate(ladders):
        for at in range(chosen[n] + 1, len(each.rungs)):
            steps = each.cost(at) - each.cost(chosen[n])
            gain = float(value(ladders, chosen | {n: at}, SCORING) - before)
            assert rules._worth(each, chosen[n], at, quick) == (pytest.approx(gain / steps), -steps)


@pytest.mark.parametrize(
    ("weights", "scores", "weakest"),
    [
        ([1, 9], [0, 100], 0),  # exactly a tenth
        ([1, 10], [0, 100], 100),  # less than a tenth
        ([1, 1, 3, 3, 3, 3], [0, 10, 50, 60, 70, 80], 10),
    ],
)
def test_f51_the_quick_index_knows_the_weakest_tenth(
    weights: list[int], scores: list[int], weakest: int
) -> None:
    items = list(zip(scores, weights, strict=True))
    ladders = [ladder("A", each, 50 + each / 2, weight=weight) for each, weight in items]
    mean = sum(score * weight for score, weight in items) / sum(weights)
    assert rules._Quick(ladders, {}, SCORING).value == pytest.approx(0.8 * mean + 0.2 * weakest)
    for n, (score, weight) in enumerate(items):
        after = rules._Quick(ladders, {}, SCORING).after(score, 50 + score / 2, weight)
        assert after == pytest.approx(float(value(ladders, {n: 1}, SCORING)))


@pytest.mark.parametrize(
    ("rungs", "slopes"),
    [
        ([0], []),
        ([0, 10, 15], [20, 10]),
        ([0, (1, 10), (3, 40), (4, 41)], [80 / 3, 80 / 3, 80 / 3, 2]),  # three at once bring more for each
        ([0, (3, 60), (5, 80), (6, 85)], [40, 40, 40, 20, 20, 10]),
        ([0, (1, 1), (3, 2)], [2, 1, 1]),
    ],
)
def test_f51_no_steps_of_an_item_bring_more_than_its_steepest(rungs: list, slopes: list[float]) -> None:
    assert list(rules._slopes(ladder("A", *rungs, weight=2))) == pytest.approx(slopes)


@pytest.mark.parametrize(
    ("ladders", "goal", "steps"),
    [
        # The heavy item alone lifts the weakest tenth to 10.
        ([("A", [0, 100], 3), ("B", [10, 11], 1), ("C", [50], 6)], {0: 1}, 1),
        ([("A", [0, 10], 1), ("B", [0, 20], 1), ("C", [0, 30], 1)], {1: 1, 2: 1}, 2),
        ([("A", [0, 10], 1), ("B", [0, 20], 1), ("C", [0, 30], 1)], {0: 1, 1: 1, 2: 1}, 3),
        ([("A", [0, 100], 1), ("B", [0, 100], 2)], {0: 1, 1: 1}, 2),
        ([("A", [0, (3, 30)], 1), ("B", [0], 1)], {0: 1}, 3),
        ([(f"{n}", [0, n], 1) for n in (10, 20, 30, 40)], dict.fromkeys(range(4), 1), 4),
    ],
)
def test_f51_how_many_steps_it_takes_at_least(ladders: list, goal: dict[int, int], steps: int) -> None:
    made = [ladder(code, *rungs, weight=weight) for code, rungs, weight in ladders]
    assert rules._at_least(made, value(made, goal, SCORING), SCORING) == steps


def test_f51_every_way_to_take_so_many_steps_is_tried_once() -> None:
    ladders = [ladder("A", 0, 1, 2, 3), ladder("B", 0), ladder("C", 0, (2, 1), (5, 2)), ladder("D", 0, 1)]
    ways = [dict(enumerate(each)) for each in product(*(range(len(each.rungs)) for each in ladders))]
    for total in range(12):
        wanted = [{n: at for n, at in each.items() if at} for each in ways if spent(ladders, each) == total]
        found = list(rules._choices(ladders, total))
        assert len(found) == len(wanted)
        assert all(each in found for each in wanted)


def test_f51_a_hair_below_the_goal_is_not_the_goal() -> None:
    goal = Fraction(60) + Fraction(1, 10**9)
    assert fewest([ladder("A", 50, 60)], goal, SCORING) is None
    assert fewest([ladder("A", 50, 60, 61)], goal, SCORING) == ({0: 2}, True)
    assert fewest([ladder("A", 60)], Fraction(60), SCORING) == ({}, True)


def test_f51_the_rung_of_most_for_each_step_is_taken_first() -> None:
    ladders = [ladder("A", 50, 60), ladder("B", 50, (2, 90)), ladder("C", 50, 55)]
    chosen, minimal = fewest(ladders, value(ladders, {1: 1}, SCORING), SCORING) or ({}, False)
    assert (chosen, minimal) == ({1: 1}, True)


def test_f51_of_equal_steps_the_first_item_and_the_lower_rung_are_taken() -> None:
    same = [ladder("A", 50, 60), ladder("B", 50, 60), ladder("Z", 10)]
    assert fewest(same, value(same, {0: 1}, SCORING), SCORING) == ({0: 1}, True)
    steady = [ladder("A", 50, 60, 70), ladder("Z", 10)]
    assert fewest(steady, value(steady, {0: 1}, SCORING), SCORING) == ({0: 1}, True)


def test_f51_fewer_steps_than_the_greedy_ones_are_found() -> None:
    ladders = [ladder("A", 0, 30), ladder("B", 0, 30), ladder("C", 0, (3, 86)), ladder("Z", 0, weight=3)]
    goal = value(ladders, {2: 1}, SCORING)
    greedy = rules._greedily(ladders, goal, SCORING)
    assert greedy is not None
    assert spent(ladders, greedy) > 3
    assert fewest(ladders, goal, SCORING) == ({2: 1}, True)


@pytest.mark.parametrize("rung", [60, (2, 60)])
def test_f51_a_proof_that_takes_too_long_is_not_claimed(
    monkeypatch: pytest.MonkeyPatch, rung: float | tuple[int, float]
) -> None:
    ladders = [ladder(f"{n}", 40, rung, weight=1 + n % 3) for n in range(9)]
    goal = value(ladders, dict.fromkeys(range(0, 9, 2), 1), SCORING)
    assert (fewest(ladders, goal, SCORING) or ({}, False))[1]
    monkeypatch.setattr(rules, "MOST_TRIES", 1)
    monkeypatch.setattr(rules, "_at_least", lambda *_: 1)
    chosen, minimal = fewest(ladders, goal, SCORING) or ({}, True)
    assert not minimal
    assert value(ladders, chosen, SCORING) >= goal


def test_f51_a_goal_beyond_the_highest_rungs_is_not_reached() -> None:
    assert fewest([ladder("A", 50, 60)], Fraction(61), SCORING) is None
    assert fewest([ladder("A", 50)], Fraction(51), SCORING) is None


def test_f51_where_no_item_rises_by_a_single_step_few_sets_are_to_be_tried() -> None:
    ladders = [ladder(f"{n}", (0, 50), (2, 100)) for n in range(100)]
    found = fewest(ladders, Fraction("50.6"), SCORING)  # a rung brings 0.4
    assert found is not None
    chosen, minimal = found
    assert (spent(ladders, chosen), minimal) == (4, True)
