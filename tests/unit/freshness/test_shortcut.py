"""The fewest steps into the next band reach it by the same rules, and fewer do not (F51)."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, GOOD, LAW, PLAIN, content, item, wib

from ckanext.jambi.freshness.rules.assessing import Docket, Track, assess
from ckanext.jambi.freshness.rules.index import Weighed, next_band, of_items
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.remedies import Remedy, after
from ckanext.jambi.freshness.rules.scoring import Checks, Facts
from ckanext.jambi.freshness.rules.shortcut import shortest

NOW = wib(2026, 10, 1)
EARLY, LATE = content(1, wib(2026, 1, 20)), content(2, wib(2026, 9, 20))


def docket(
    code: str, facts: Facts = GOOD, *, events: tuple = (EARLY,), weight: int = 1, datasets: int = 1
) -> Docket:
    tracks = tuple(Track(f"{code}{n}", events, (), facts) for n in range(datasets))
    return Docket(item(code=code, weight=weight), tracks)


def index(dockets: list[Docket]):
    weighed = [Weighed(assess(each, PLAIN, NOW).score.total, each.item.terms(NOW).weight) for each in dockets]
    found = of_items(weighed, V1.scoring)
    assert found
    return found.value


def taken(one: Docket, remedies: tuple[Remedy, ...]) -> Docket:
    for each in remedies:
        one = replace(one, tracks=tuple(after(track, each, one, NOW) for track in one.tracks))
    return one


SENDING = tuple(each for each in Remedy if each is not Remedy.CONFIRM)


def fewest(dockets: list[Docket], goal, remedies=SENDING) -> int | None:
    """Try every set of steps, the smallest first."""
    sets = [[each for n in range(len(remedies) + 1) for each in combinations(remedies, n)] for _ in dockets]
    sizes = sorted(product(*sets), key=lambda each: sum(map(len, each)))
    for chosen in sizes:
        if index([taken(one, each) for one, each in zip(dockets, chosen, strict=True)]) >= goal:
            return sum(map(len, chosen))
    return None


def test_f51_the_steps_reach_the_band_by_the_same_rules() -> None:
    dockets = [
        docket("A", weight=3),
        docket("B", replace(GOOD, stored=False)),
        docket("C", events=(EARLY, LATE)),
    ]
    found = shortest(dockets, PLAIN, NOW)
    assert found is not None
    steps = {ladder.code: rung.remedies for ladder, rung in found.steps}
    reached = index([taken(one, steps.get(one.item.code, ())) for one in dockets])
    assert reached == found.index
    assert reached >= index(dockets) + next_band(index(dockets), V1.scoring)[1]
    assert found.minimal


FACTS = st.builds(
    Facts, st.booleans(), st.just(True), st.just(True), st.booleans(), st.builds(Checks, *[st.booleans()] * 2)
)
ONE = st.builds(
    docket,
    st.just("A"),
    FACTS,
    events=st.sampled_from([(), (EARLY,), (EARLY, LATE)]),
    weight=st.integers(1, 3),
    datasets=st.integers(1, 2),
)


@given(ONE)
@settings(max_examples=min(EXAMPLES, 12), deadline=None)
def test_f51_no_smaller_set_of_steps_reaches_the_band(one: Docket) -> None:
    before = index([one])
    ahead = next_band(before, V1.scoring)
    found = shortest([one], PLAIN, NOW)
    if ahead is None:
        assert found is None
        return
    wanted = fewest([one], before + ahead[1])
    assert (found is None) == (wanted is None)
    if found:
        assert sum(len(rung.remedies) for _, rung in found.steps) == wanted


FEW = (Remedy.DELIVER, Remedy.STORE, Remedy.ROWS, Remedy.LICENCE)
TWO = st.tuples(
    *[
        st.builds(
            docket,
            st.just(code),
            st.builds(
                Facts,
                st.just(True),
                st.just(True),
                st.just(True),
                st.booleans(),
                st.builds(Checks, st.just(True), st.just(True), st.just(True), st.booleans(), st.booleans()),
            ),
            events=st.sampled_from([(EARLY,), (EARLY, LATE)]),
            weight=st.integers(1, 3),
        )
        for code in "AB"
    ]
)


@given(TWO)
@settings(max_examples=min(EXAMPLES, 8), deadline=None)
def test_f51_of_two_items_no_smaller_set_reaches_the_band(two: tuple[Docket, Docket]) -> None:
    dockets = list(two)
    before = index(dockets)
    ahead = next_band(before, V1.scoring)
    found = shortest(dockets, PLAIN, NOW)
    wanted = fewest(dockets, before + ahead[1], FEW) if ahead else None
    assert (found and sum(len(rung.remedies) for _, rung in found.steps)) == wanted


def test_f25_a_word_is_a_step_into_the_next_band_where_it_counts() -> None:
    one = replace(docket("A", events=(content(1, wib(2025, 6, 1)),)), item=item("insidental"), lenient=True)
    found = shortest([one], PLAIN, NOW)
    assert found is not None
    ((_, rung),) = found.steps
    assert rung.remedies == (Remedy.CONFIRM,)
    assert found.index == index([taken(one, rung.remedies)])


def test_f51_in_the_best_band_there_is_nothing_to_do() -> None:
    assert (
        shortest([docket("A", events=tuple(content(n, wib(2026, n, 5)) for n in range(1, 10)))], PLAIN, NOW)
        is None
    )
    assert shortest([], PLAIN, NOW) is None


def test_f51_twenty_items_take_at_most_200_ms() -> None:
    poor = replace(GOOD, stored=False, checks=Checks(True, True))
    events = tuple(content(n, wib(2026, n, 20)) for n in range(1, 8))
    dockets = [docket(f"{n:02}", poor if n % 3 else GOOD, events=events, weight=n % 3 + 1) for n in range(20)]
    best = min(_seconds(dockets) for _ in range(3))
    assert best <= 0.2


def _seconds(dockets: list[Docket]) -> float:
    start = time.process_time()
    found = shortest(dockets, LAW, NOW)
    assert found is not None
    return time.process_time() - start
