"""Chance is reproducible, bounded, and depends on everything that it is asked about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.demo_city.chance import Chance

about = st.lists(st.one_of(st.integers(), st.text(max_size=12)), min_size=1, max_size=4)


@given(seed=st.text(max_size=8), what=about)
def test_equal_seeds_agree_and_values_lie_in_the_unit_interval(seed, what):
    value = Chance(seed).unit(*what)
    assert 0 <= value < 1
    assert value == Chance(seed).unit(*what)


def test_another_seed_or_another_question_gives_another_value():
    values = {Chance(seed).unit(*what) for seed in "ab" for what in (("x", 1), ("x", 2), ("x1",), ("y", 1))}
    assert len(values) == 8


@given(low=st.integers(-50, 50), span=st.integers(0, 50), what=about)
def test_whole_numbers_stay_between_their_bounds(low, span, what):
    assert low <= Chance("s").whole(low, low + span, *what) <= low + span


@given(count=st.integers(0, 12), what=about)
def test_picks_are_different_and_keep_their_order(count, what):
    picked = Chance("s").picks(tuple(range(10)), count, *what)
    assert picked == sorted(set(picked))
    assert len(picked) == min(count, 10)


@given(position=st.floats(-1e6, 1e6), what=about)
def test_a_drift_is_bounded_and_moves_little_in_little_time(position, what):
    chance = Chance("s")
    assert -1 <= chance.drift(position, *what) <= 1
    assert abs(chance.drift(position + 0.01, *what) - chance.drift(position, *what)) < 0.1
