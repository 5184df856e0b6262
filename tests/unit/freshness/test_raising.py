"""What one item that rises adds to the index is what the index gains (F24, F51)."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES

from ckanext.jambi.freshness.rules.index import Weighed, of_items
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.raising import exactly

SCORES = st.fractions(0, 100, max_denominator=97)
ITEMS = st.lists(st.builds(Weighed, SCORES, st.integers(1, 3)), min_size=1, max_size=40)


def index(items: list[Weighed]) -> Fraction:
    found = of_items(items, V1.scoring)
    assert found
    return found.value


@given(ITEMS, st.data())
@settings(max_examples=4 * EXAMPLES)
def test_f51_the_gain_of_a_step_is_exactly_what_the_index_gains(
    items: list[Weighed], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    before = items[place]
    after = data.draw(st.fractions(before.total, 100, max_denominator=97))
    raised = [*items[:place], Weighed(after, before.weight), *items[place + 1 :]]

    gain = exactly(items, V1.scoring).gain(before.total, after, before.weight)

    assert gain == index(raised) - index(items)


def test_f24_an_item_that_is_more_than_nine_tenths_of_the_weight_is_the_weakest_wherever_it_rises() -> None:
    items = [Weighed(Fraction(10), 19), Weighed(Fraction(50), 1)]
    gain = exactly(items, V1.scoring).gain(Fraction(10), Fraction(60), 19)
    assert gain == index([Weighed(Fraction(60), 19), items[1]]) - index(items)


def test_f24_such_an_item_may_rise_to_the_top() -> None:
    items = [Weighed(Fraction(10), 19), Weighed(Fraction(100), 1)]
    gain = exactly(items, V1.scoring).gain(Fraction(10), Fraction(100), 19)
    assert gain == 100 - index(items)
