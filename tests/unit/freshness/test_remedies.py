"""What a step is worth is what the index does when it is taken (F51), and lost points add up (F23)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, GOOD, NEW_YEAR_EVE, PLAIN, content, item, wib

from ckanext.jambi.freshness.rules.assessing import Docket, Track, assess
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.index import Weighed, of_items
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.remedies import CHECKS, Remedy, lost, renewal, steps
from ckanext.jambi.freshness.rules.scoring import Checks, Facts, Look

NOW = wib(2026, 10, 1)
EARLY = content(1, wib(2026, 1, 20))
FRESH = (content(1, NEW_YEAR_EVE), *(content(n, wib(2026, n, 5)) for n in range(2, 10)))
UNLICENSED = Checks(True, True, True, True, False)


def docket(code: str = "A", *, facts: Facts = GOOD, events: tuple = (EARLY,), weight: int = 1) -> Docket:
    return Docket(item(code=code, weight=weight), (Track(code, events, (), facts),))


def index(dockets: list[Docket]) -> Fraction:
    weighed = [Weighed(assess(each, PLAIN, NOW).score.total, each.item.terms(NOW).weight) for each in dockets]
    found = of_items(weighed, V1.scoring)
    assert found
    return found.value


def test_f51_delivering_is_worth_what_the_index_gains_by_it() -> None:
    late, punctual = docket("A", weight=3), docket("B", events=(content(1, NOW),))
    (step,) = [each for each in steps([late, punctual], PLAIN, NOW) if each.code == "A"]
    delivered = docket("A", weight=3, events=(EARLY, content(2, NOW)))
    assert step.remedy is Remedy.DELIVER
    assert step.gain == index([delivered, punctual]) - index([late, punctual]) > 0
    assert step.points == assess(delivered, PLAIN, NOW).score.total - assess(late, PLAIN, NOW).score.total


def test_f51_what_is_fresh_and_whole_needs_no_step() -> None:
    found = docket(events=(EARLY, content(2, NOW - timedelta(days=1))))
    assert steps([found], PLAIN, NOW) == []


@pytest.mark.parametrize("seq", [8, 9])
def test_f51_what_is_delivered_comes_after_all_that_came_before(seq: int) -> None:
    came = (*(content(n, wib(2026, n, 5)) for n in range(1, 6)), content(seq, wib(2026, 6, 5)))
    (step,) = steps([docket(events=came)], PLAIN, NOW)
    delivered = docket(events=(*came, content(99, NOW)))
    assert step.gain == index([delivered]) - index([docket(events=came)])


@pytest.mark.parametrize("access", ["terbatas", "tertutup"])
def test_f24_data_that_is_not_open_need_not_be_published(access: str) -> None:
    facts = replace(GOOD, published=False, stored=False)
    one = Docket(item(access=access), (Track("A", FRESH, (), facts),))
    assert [each.remedy for each in steps([one], PLAIN, NOW)] == [Remedy.STORE]


@pytest.mark.parametrize("check", CHECKS)
def test_f22_each_check_that_fails_is_a_step_of_five_points(check: str) -> None:
    facts = replace(GOOD, checks=replace(GOOD.checks, **{check: False}))
    (step,) = steps([docket(facts=facts, events=(EARLY, content(2, NOW)))], PLAIN, NOW)
    assert (step.remedy, step.points) == (check, 5)


def test_f22_a_linked_file_is_worth_storing() -> None:
    found = steps([docket(facts=replace(GOOD, stored=False))], PLAIN, NOW)
    assert found[0].remedy is Remedy.STORE


@pytest.mark.parametrize(
    "tracks",
    [
        (),
        (Track("a", (EARLY,), (), replace(GOOD, published=False)),),
        (Track("a", (), (), Facts(active=True)),),
        (Track("a", (EARLY,), (), replace(GOOD, active=False)),),
    ],
    ids=["no dataset", "private", "no file", "deleted"],
)
def test_f24_what_is_not_there_can_be_published_and_nothing_else(tracks: tuple) -> None:
    open_ = json.loads('"terbuka"')  # as a log has it
    found = steps([Docket(item(access=open_), tracks)], PLAIN, NOW)
    assert [each.remedy for each in found] == [Remedy.PUBLISH]
    assert found[0].gain > 40


def test_f25_an_item_that_does_not_count_yet_has_no_step() -> None:
    assert steps([Docket(item(since=NOW))], PLAIN, NOW) == []


def as_needed(months_old: int, *, lenient: bool = True, facts: Facts = GOOD, events: tuple = ()) -> Docket:
    came = content(1, NOW - timedelta(days=30.5 * months_old))
    track = Track("A", events or (came,), (), facts)
    return Docket(item("insidental", since=wib(2024, 1, 1)), (track,), lenient=lenient)


@pytest.mark.parametrize(("months_old", "asked"), [(2, False), (4, True), (11, True), (13, True)])
def test_f25_data_as_needed_is_to_be_confirmed_once_a_quarter_brought_nothing(
    months_old: int, asked: bool
) -> None:
    found = steps([as_needed(months_old)], PLAIN, NOW)
    assert [each.remedy for each in found] == [Remedy.CONFIRM] * asked


def test_f25_a_confirmation_is_worth_what_the_index_gains_by_it() -> None:
    late = as_needed(15)
    (step,) = steps([late], PLAIN, NOW)
    said = Event(2, Act.CONFIRMED, NOW)
    confirmed = replace(late, tracks=(replace(late.tracks[0], events=(*late.tracks[0].events, said)),))
    assert step.gain == index([confirmed]) - index([late]) > 0
    assert steps([as_needed(11)], PLAIN, NOW)[0].gain == 0


def test_f25_where_a_word_does_not_count_new_data_is_sent() -> None:
    (step,) = steps([as_needed(15, lenient=False)], PLAIN, NOW)
    assert step.remedy is Remedy.DELIVER
    assert steps([as_needed(4, lenient=False)], PLAIN, NOW) == []
    for act in set(Act) - {Act.CONTENT}:
        never = as_needed(4, events=(Event(1, act, NOW - timedelta(days=120)),))
        assert renewal(never, NOW) is Remedy.DELIVER


def test_f25_what_nobody_can_see_is_published_and_not_confirmed() -> None:
    hidden = as_needed(15, facts=replace(GOOD, published=False))
    assert [each.remedy for each in steps([hidden], PLAIN, NOW)] == [Remedy.PUBLISH]


def test_f51_the_greatest_gain_stands_first() -> None:
    found = steps([docket("A", weight=1), docket("B", weight=3)], PLAIN, NOW)
    assert [each.code for each in found] == ["B", "A"]
    assert found[0].gain > found[1].gain


@settings(max_examples=EXAMPLES)
@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(1, 3), st.integers(1, 270)),
        min_size=1,
        max_size=4,
    )
)
def test_f51_no_step_takes_the_index_down_or_beyond_a_hundred(found: list) -> None:
    dockets = [
        docket(
            f"{place}",
            facts=Facts(published, True, True, stored, Checks(described)),
            events=(content(1, NOW - timedelta(days=days)),),
            weight=weight,
        )
        for place, (published, stored, described, weight, days) in enumerate(found)
    ]
    before = index(dockets)
    for step in steps(dockets, PLAIN, NOW):
        assert step.points > 0
        assert step.gain >= 0
        assert before + step.gain <= 100


@given(*(st.fractions(0, 1, max_denominator=50) for _ in range(3)))
def test_f23_lost_points_and_the_score_are_a_hundred(
    fresh: Fraction, there: Fraction, good: Fraction
) -> None:
    scoring = V1.scoring
    score = 100 * (scoring.fresh * fresh * there + scoring.quality * good + scoring.available * there)
    missing = lost(fresh, there, good, scoring)
    assert missing.fresh + missing.available + missing.quality + score == 100


def test_f51_of_equal_gains_the_step_of_more_points_stands_first_then_the_code() -> None:
    fifth_gone = (Look(NOW - timedelta(hours=10), False), Look(NOW - timedelta(hours=8), True))
    linked = Docket(item(code="C"), (Track("C", FRESH, fifth_gone, replace(GOOD, stored=False)),))
    heavy = [docket(code, facts=replace(GOOD, checks=UNLICENSED), events=FRESH, weight=3) for code in "BA"]
    weakest = Docket(item(code="Z", weight=3), (Track("Z", (), (), GOOD),))
    found = [each for each in steps([*heavy, linked, weakest], PLAIN, NOW) if each.code != "Z"]
    assert len({each.gain for each in found}) == 1
    assert [(each.code, each.remedy, each.points) for each in found] == [
        ("C", Remedy.STORE, 15),
        ("A", Remedy.LICENCE, 5),
        ("B", Remedy.LICENCE, 5),
    ]


def test_f51_of_one_item_equal_steps_stand_by_their_names() -> None:
    facts = replace(GOOD, checks=Checks(False, True, True, True, False))
    found = steps([docket(facts=facts, events=FRESH)], PLAIN, NOW)
    assert [each.remedy for each in found] == [Remedy.LICENCE, Remedy.METADATA]


def test_f24_what_was_confirmed_and_never_held_data_is_delivered_when_it_is_published() -> None:
    confirmed = Event(1, Act.CONFIRMED, wib(2026, 1, 20))
    (step,) = steps([Docket(item(), (Track("a", (confirmed,), (), Facts(active=True)),))], PLAIN, NOW)
    assert step.remedy is Remedy.PUBLISH


def test_f24_publishing_what_holds_old_data_brings_no_new_data() -> None:
    hidden = docket(facts=replace(GOOD, published=False))
    (step,) = [each for each in steps([hidden], PLAIN, NOW) if each.remedy is Remedy.PUBLISH]
    assert step.points == assess(docket(), PLAIN, NOW).score.total
