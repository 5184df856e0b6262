"""The fewest steps into the next band reach it by the same rules, and fewer do not (F51)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, GOOD, LAW, NEW_YEAR_EVE, PLAIN, content, item, wib

from ckanext.jambi.freshness.rules.assessing import Docket, Track, assess
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.index import Weighed, next_band, of_items
from ckanext.jambi.freshness.rules.obligations import Known, Law
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.remedies import Remedy, after
from ckanext.jambi.freshness.rules.scoring import Checks, Facts, Look
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
    assert found.band is next_band(index(dockets), V1.scoring)[0]


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


def unlike(*failing: tuple[str, ...]) -> Docket:
    """Return an item with a dataset for each of these, which fails the checks that it names."""
    facts = [replace(GOOD, checks=replace(GOOD.checks, **dict.fromkeys(each, False))) for each in failing]
    return Docket(item(code="A"), tuple(Track(f"A{n}", (EARLY,), (), each) for n, each in enumerate(facts)))


LINKED = replace(GOOD, stored=False, checks=Checks(True, False, False, True, False))
HALF_THERE = (Look(NOW - timedelta(hours=40), True), Look(NOW - timedelta(hours=20), False))
AWAY = (Interval(NOW - timedelta(hours=10), NOW),)


@pytest.mark.parametrize(
    "one",
    [
        docket("A", LINKED),
        docket("A", LINKED, datasets=2),
        docket("A", replace(LINKED, published=False)),
        docket("A", replace(LINKED, has_resource=False)),
        docket("A", LINKED, events=()),
        docket("A", replace(GOOD, checks=Checks()), events=(EARLY, LATE)),
        unlike(("rows_valid", "licence_set"), ("open_format", "licence_set")),
        Docket(item(code="A"), (Track("A", (EARLY,), HALF_THERE, LINKED),), faults=AWAY),
        Docket(item(code="A"), (Track("A", (EARLY,), HALF_THERE, LINKED),), exempt=AWAY),
        Docket(item(code="A"), (Track(""),)),
    ],
)
def test_f51_an_items_best_score_with_so_many_steps_is_the_best_of_every_set(one: Docket) -> None:
    found = shortest([one], PLAIN, NOW)
    assert found
    ((ladder, _),) = found.steps
    best = [max(scored(one, each) for each in combinations(SENDING, n)) for n in range(len(SENDING) + 1)]
    rising = [(n, score) for n, score in enumerate(best) if n == 0 or score > max(best[:n])]
    assert [(len(each.remedies), each.score) for each in ladder.rungs] == rising
    assert [scored(one, each.remedies) for each in ladder.rungs] == [score for _, score in rising]


def scored(one: Docket, remedies: tuple[Remedy, ...]) -> Fraction:
    return assess(taken(one, remedies), PLAIN, NOW).score.total


def test_f51_an_item_without_a_dataset_is_published_first() -> None:
    found = shortest([Docket(item(code="A"))], PLAIN, NOW)
    assert found
    assert found == shortest([Docket(item(code="A"), (Track(""),))], PLAIN, NOW)
    assert found.steps[0][1].remedies[0] is Remedy.PUBLISH


def test_f51_where_no_steps_lead_into_the_next_band_none_are_named() -> None:
    whole = docket("A", events=(EARLY, content(2, NOW)))  # nothing is left to do; months were lost before
    assert 60 < scored(whole, ()) < 80
    assert shortest([whole], PLAIN, NOW) is None


def test_f25_an_item_that_does_not_count_yet_gives_no_steps() -> None:
    one = docket("A", LINKED)
    later = replace(one, item=item(code="B", since=NOW))
    assert shortest([later], PLAIN, NOW) is None
    assert shortest([later, one], PLAIN, NOW) == shortest([one], PLAIN, NOW)


def test_f25_a_word_is_a_step_into_the_next_band_where_it_counts() -> None:
    one = replace(docket("A", events=(content(1, wib(2025, 6, 1)),)), item=item("insidental"), lenient=True)
    found = shortest([one], PLAIN, NOW)
    assert found is not None
    ((_, rung),) = found.steps
    assert rung.remedies == (Remedy.CONFIRM,)
    assert found.index == index([taken(one, rung.remedies)])


FRESH = (content(1, NEW_YEAR_EVE), *(content(n, wib(2026, n, 5)) for n in range(2, 10)))


def test_f51_where_checks_alone_fail_they_are_the_steps() -> None:
    found = shortest([docket("A", replace(GOOD, checks=Checks(True, True)), events=FRESH)], PLAIN, NOW)
    assert found
    ((_, rung),) = found.steps
    assert rung.remedies == (Remedy.DICTIONARY,)


def test_f51_the_last_point_to_a_hundred_is_found_too() -> None:
    policy = replace(V1, scoring=replace(V1.scoring, bands=(100, 80, 60)))
    law = Law((Known(NEW_YEAR_EVE, policy),), PLAIN.calendars)
    seen = tuple(Look(NOW - timedelta(hours=n), n != 400) for n in range(1, 720))
    one = Docket(item(code="A"), (Track("A", FRESH, seen, replace(GOOD, stored=False)),))
    assert 99 < assess(one, law, NOW).score.total < 100
    found = shortest([one], law, NOW)
    assert found
    assert found.index == 100


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
