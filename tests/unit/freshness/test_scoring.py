"""Availability, quality, the score, the index and its company (F22 to F26)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, GOOD, PLAIN, content, item, judged, wib

from ckanext.jambi.freshness.rules.closing import Obligation, Outcome
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.index import (
    Band,
    Weighed,
    band,
    distribution,
    lenient,
    next_band,
    of_items,
    tally,
)
from ckanext.jambi.freshness.rules.judging import Standing
from ckanext.jambi.freshness.rules.obligations import owed
from ckanext.jambi.freshness.rules.policy import V1, IndexPolicy
from ckanext.jambi.freshness.rules.scoring import (
    Checks,
    Facts,
    Look,
    Score,
    availability,
    of_dataset,
    of_item,
)
from ckanext.jambi.freshness.rules.states import State

NOW = wib(2026, 10, 1)
HOUR = timedelta(hours=1)
FILE = Path(__file__).parents[3] / "config" / "policy" / "v1.yaml"
BODY = yaml.safe_load(FILE.read_text("utf-8"))


def looks(*found: tuple[float, bool]) -> list[Look]:
    """Return looks by the hours before now."""
    return [Look(NOW - hours * HOUR, ok) for hours, ok in found]


@pytest.mark.parametrize(
    ("found", "available"),
    [
        ([], 0),
        ([(24, True), (0.5, True)], 1),
        ([(24, True), (12, False)], Fraction(1, 2)),
        ([(96, True)], 1),  # a look holds for 48 hours at most; beyond, the portal did not look
        ([(96, True), (24, False)], Fraction(2, 3)),
        ([(96, True), (48, True)], 1),
        ([(2000, True), (720, False)], 0),  # what lies before the 30 days is not seen
        ([(730, True), (700, False)], Fraction(20, 68)),
        ([(0, True)], 1),
        ([(-5, True)], 0),  # a look ahead of now is none
        ([(768, True)], 0),  # the last look holds until the 30 days begin
        ([(800, True)], 0),
        ([(767, True)], 1),
    ],
)
def test_f22_availability_of_a_linked_file(found: list, available: Fraction) -> None:
    assert availability(looks(*found), NOW, V1.scoring) == available


def test_f22_a_gap_that_the_portal_caused_is_no_ones_fault() -> None:
    fault = Interval(NOW - 48 * HOUR, NOW)
    assert availability(looks((96, True)), NOW, V1.scoring, [fault]) == 1


def test_f22_where_no_time_counts_the_last_look_tells() -> None:
    fault = Interval(NOW - 48 * HOUR, NOW)
    seen = [availability(looks((9, ok), (5, not ok)), NOW, V1.scoring, [fault]) for ok in (True, False)]
    assert seen == [0, 1]


def test_f16_a_look_goes_on_holding_after_a_fault_of_the_portal() -> None:
    fault = Interval(NOW - 50 * HOUR, NOW - 10 * HOUR)
    found = availability(looks((60, True), (5, False)), NOW, V1.scoring, [fault])
    assert found == Fraction(3, 4)  # 10 hours before the fault and 5 after it, of 20 that count


LOOKS = st.lists(st.tuples(st.integers(0, 900), st.booleans()), max_size=20)


@settings(max_examples=EXAMPLES)
@given(LOOKS, st.integers(0, 19))
def test_f22_availability_is_a_share_and_a_better_look_never_lowers_it(
    found: list[tuple[int, bool]], place: int
) -> None:
    better = [(at, ok or n == place) for n, (at, ok) in enumerate(found)]
    before = availability(looks(*found), NOW, V1.scoring)
    assert 0 <= before <= availability(looks(*better), NOW, V1.scoring) <= 1


@settings(max_examples=EXAMPLES)
@given(LOOKS, st.integers(0, 700), st.integers(1, 200))
def test_g16_a_fault_of_the_portal_leaves_what_was_always_available_so(
    found: list[tuple[int, bool]], begun: int, hours: int
) -> None:
    fault = Interval(NOW - begun * HOUR, NOW - (begun - hours) * HOUR)
    seen = [(at, True) for at, _ in found]
    assert availability(looks(*seen), NOW, V1.scoring, [fault]) == (
        1 if any(at < 768 for at, _ in seen) else 0
    )


@pytest.mark.parametrize("n", range(6))
def test_f22_each_check_of_quality_is_a_fifth(n: int) -> None:
    assert Checks(*[place < n for place in range(5)]).quality == Fraction(n, 5)


GOOD_STANDING = Standing(State.FRESH, None, Fraction(1), Fraction(1, 2))


@pytest.mark.parametrize(
    ("facts", "linked", "total"),
    [
        (GOOD, 0, 60 * Fraction(3, 4) + 25 + 15),
        (replace(GOOD, stored=False), Fraction(1, 2), 60 * Fraction(3, 8) + 25 + Fraction(15, 2)),
        (replace(GOOD, stored=False), Fraction(0), Fraction(25)),
        (replace(GOOD, checks=Checks()), 0, 60 * Fraction(3, 4) + 15),
        (replace(GOOD, published=False), 1, Fraction(0)),
        (replace(GOOD, active=False), 1, Fraction(0)),
        (replace(GOOD, has_resource=False), 1, Fraction(0)),
    ],
)
def test_f23_the_score_is_what_its_parts_come_to(facts: Facts, linked: Fraction, total: Fraction) -> None:
    open_ = json.loads('"terbuka"')  # as a log has it
    assert of_dataset(GOOD_STANDING, facts, open_, V1.scoring, Fraction(linked)).total == total


@pytest.mark.parametrize("access", ["terbatas", "tertutup"])
def test_f24_data_that_is_not_open_may_be_private(access: str) -> None:
    assert of_dataset(GOOD_STANDING, replace(GOOD, published=False), access, V1.scoring).total == 85


def test_f23_unknown_scores_nothing_and_is_not_left_out() -> None:
    unknown = Standing(State.UNKNOWN, None, Fraction(0), Fraction(1))
    assert of_dataset(unknown, GOOD, "terbuka", V1.scoring).total == 0


def score(total: int) -> Score:
    return Score(Fraction(1), Fraction(1), Fraction(1), Fraction(total))


def test_f24_an_item_is_worth_its_weakest_dataset_and_nothing_without_one() -> None:
    assert of_item([score(90), score(40), score(70)]).total == 40
    assert of_item([]).total == 0


def weighed(*found: tuple[int, int]) -> list[Weighed]:
    return [Weighed(Fraction(total), weight) for total, weight in found]


@pytest.mark.parametrize(
    ("items", "mean", "weakest", "value"),
    [
        ([(100, 1)], 100, 100, 100),
        ([(0, 1), (100, 9)], 90, 0, 72),  # the weakest tenth is dead
        (
            [(0, 1), (100, 10)],
            Fraction(1000, 11),
            100,
            Fraction(8000, 110) + 20,
        ),  # a tenth is not reached by it
        ([(50, 3), (80, 1)], Fraction(230, 4), 50, 46 + 10),
        ([(0, 2), (0, 3)], 0, 0, 0),
    ],
)
def test_f24_the_index_is_the_mean_and_the_weakest_tenth(
    items: list, mean: Any, weakest: Any, value: Any
) -> None:
    found = of_items(weighed(*items), V1.scoring)
    assert found is not None
    assert (found.mean, found.weakest, found.value) == (mean, weakest, value)
    assert found.stars == 1 + 4 * Fraction(value) / 100


def test_f24_nothing_promised_is_no_index() -> None:
    assert of_items([], V1.scoring) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [(100, "sangat_mutakhir"), (90, "sangat_mutakhir"), (Fraction(8999, 100), "mutakhir"), (80, "mutakhir"),
     (60, "cukup"), (Fraction(5999, 100), "perlu_perbaikan"), (0, "perlu_perbaikan")],
)  # fmt: skip
def test_f24_a_band_begins_at_its_limit(value: Any, name: str) -> None:
    assert band(Fraction(value), V1.scoring) == name


@pytest.mark.parametrize(
    ("items", "inside"),
    [
        ([("A", "insidental", 1), ("B", "bulanan", 4)], {"A"}),
        ([("A", "insidental", 2), ("B", "bulanan", 4)], set()),
        ([("B", "sekali", 1), ("A", "insidental", 1), ("C", "bulanan", 4)], {"A"}),  # filled by code
        ([("A", "insidental", 2), ("B", "sekali", 1), ("C", "bulanan", 4)], {"B"}),  # what fits whole
        ([("A", "bulanan", 3)], set()),
        ([("A", "insidental", 1)], set()),
    ],
)
def test_f25_as_needed_and_archive_hold_a_fifth_of_the_weight(items: list, inside: set[str]) -> None:
    assert lenient(items, V1.scoring) == inside


def test_f25_an_item_counts_from_the_end_of_its_first_full_period() -> None:
    one = item("bulanan", since=wib(2026, 8, 31))
    assert not judged(one, [], wib(2026, 10, 1) - HOUR).counts
    assert judged(one, [], wib(2026, 10, 1)).counts


def test_f26_on_time_rate_counts_deadlines_of_the_period() -> None:
    duties = owed(item(since=wib(2026, 5, 31)), PLAIN, wib(2026, 12, 1))  # June to December
    kinds = [
        Outcome.MET,
        Outcome.MET_LATE,
        Outcome.SKIPPED,
        Outcome.EXCUSED,
        Outcome.OPEN,
        Outcome.MET,
        Outcome.OPEN,
    ]
    found = tally(map(Obligation, duties, kinds), Interval(wib(2026, 7, 1), wib(2026, 12, 1)))
    assert (found.met, found.judged, found.skipped) == (1, 4, 1)
    assert found.on_time_rate == Fraction(1, 4)
    assert tally([], Interval(NOW, NOW)).on_time_rate is None


def test_f26_a_deadline_at_the_first_instant_of_a_period_is_in_it_and_an_attested_one_is_judged() -> None:
    (duty, *_) = owed(item(since=wib(2026, 5, 31)), PLAIN, wib(2026, 12, 1))
    attested = Obligation(duty, Outcome.ATTESTED)
    at = duty.overdue_at
    tick = timedelta(microseconds=1)
    assert tally([attested], Interval(at, at + tick)).met == 0
    judged_in = [
        tally([attested], Interval(start, end)).judged
        for start, end in ((at, at + tick), (at + tick, at + 2 * tick), (at - tick, at))
    ]
    assert judged_in == [1, 0, 0]


def test_f22_of_what_nobody_looked_at_nothing_is_known() -> None:
    assert Facts() == Facts(False, False, False, False, Checks(False, False, False, False, False))


def test_f26_scores_are_distributed_over_ten_classes() -> None:
    found = of_items(weighed((0, 1), (9, 1), (10, 1), (99, 1), (100, 1)), V1.scoring)
    assert found is not None
    assert found.distribution == (2, 1, 0, 0, 0, 0, 0, 0, 0, 2)
    assert distribution([Weighed(Fraction(179, 2), 1)]) == (0, 0, 0, 0, 0, 0, 0, 0, 1, 0)  # 89.5


PORTFOLIO = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 3)), min_size=1, max_size=30)


@settings(max_examples=EXAMPLES)
@given(PORTFOLIO)
def test_f53_the_index_lies_between_0_and_100(found: list[tuple[int, int]]) -> None:
    made = of_items([Weighed(Fraction(total, 10), weight) for total, weight in found], V1.scoring)
    assert made is not None
    assert 0 <= made.value <= 100
    assert sum(made.distribution) == len(found)


@settings(max_examples=EXAMPLES)
@given(PORTFOLIO, st.randoms())
def test_f53_the_order_of_items_changes_nothing(found: list[tuple[int, int]], chance: Any) -> None:
    mixed = found.copy()
    chance.shuffle(mixed)
    assert of_items(weighed(*found), V1.scoring) == of_items(weighed(*mixed), V1.scoring)


@settings(max_examples=EXAMPLES)
@given(PORTFOLIO, st.integers(0, 29), st.integers(0, 1000))
def test_f24_a_better_item_never_lowers_the_index(
    found: list[tuple[int, int]], place: int, gain: int
) -> None:
    place %= len(found)
    better = [
        (total + gain, weight) if n == place else (total, weight) for n, (total, weight) in enumerate(found)
    ]
    one, other = of_items(weighed(*found), V1.scoring), of_items(weighed(*better), V1.scoring)
    assert one is not None
    assert other is not None
    assert other.value >= one.value


def test_f05_the_policy_file_is_what_the_rules_hold() -> None:
    assert IndexPolicy.read(BODY) == V1


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("scheduled", []),
        ("score", None),
        ("scheduled", BODY["scheduled"] | {"bulanan": {"lag": 181, "grace": 1, "delinquent_days": 1}}),
        ("scheduled", BODY["scheduled"] | {"bulanan": {"lag": -1, "grace": 1, "delinquent_days": 1}}),
        ("scheduled", BODY["scheduled"] | {"bulanan": {"lag": 1, "grace": 181, "delinquent_days": 1}}),
        ("scheduled", BODY["scheduled"] | {"bulanan": {"lag": 1, "grace": -1, "delinquent_days": 1}}),
        ("scheduled", BODY["scheduled"] | {"bulanan": {"lag": 1, "grace": 1, "delinquent_days": -1}}),
        ("scheduled", BODY["scheduled"] | {"bulanan": {"lag": 1, "grace": 1, "delinquent_days": 0}}),
        ("score", BODY["score"] | {"parts": {"fresh": 60, "quality": 25, "available": 16}}),
        ("score", BODY["score"] | {"parts": {"fresh": 60, "quality": 25, "available": 14}}),
        ("score", BODY["score"] | {"index": {"mean": 80, "weakest": 30, "weakest_share": 10}}),
        ("score", BODY["score"] | {"index": {"mean": 80, "weakest": 10, "weakest_share": 10}}),
        ("score", BODY["score"] | {"bands": [60, 80, 90]}),
        ("score", BODY["score"] | {"bands": [90, 60, 80]}),
        ("score", BODY["score"] | {"bands": [90, 80]}),
        ("score", BODY["score"] | {"bands": [90, 80, 60, 40]}),
        ("score", BODY["score"] | {"bands": (90, 80, 60)}),
        ("score", BODY["score"] | {"trailing_days": "365"}),
        ("procedure", []),
        ("procedure", {"days": 1}),
        ("procedure", {"exemption_days": 0}),
        ("procedure", {"exemption_days": 91}),
        ("procedure", {"appeal_days": 0}),
        ("procedure", {"decision_days": 0}),
        ("score", BODY["score"] | {"trailing_days": -1}),
        ("score", BODY["score"] | {"availability_days": 61}),
        ("score", BODY["score"] | {"check_holds_hours": 49}),
        ("score", BODY["score"] | {"parts": 100}),
    ],
)
def test_f05_a_policy_that_does_not_add_up_is_refused(part: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        IndexPolicy.read(BODY | {part: value})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        *[
            ("scheduled", BODY["scheduled"] | {"bulanan": {"lag": n, "grace": n, "delinquent_days": 1}})
            for n in (0, 1, 180)
        ],
        ("score", BODY["score"] | {"availability_days": 60, "check_holds_hours": 48}),
        ("score", BODY["score"] | {"availability_days": 30, "check_holds_hours": 24}),
        ("scheduled", BODY["scheduled"] | {"realtime": {"lag": 0, "grace": 0, "delinquent_days": 1}}),
        ("score", BODY["score"] | {"bands": [80, 80, 80], "trailing_days": 0}),
        *[("procedure", {"exemption_days": n, "appeal_days": 1, "decision_days": 1}) for n in (1, 89, 90)],
        ("procedure", {}),
    ],
)
def test_f05_a_policy_may_go_to_its_limits(part: str, value: Any) -> None:
    assert IndexPolicy.read(BODY | {part: value}).version == "1"


def test_f23_a_whole_item_goes_from_evidence_to_score() -> None:
    one = item("bulanan", since=wib(2026, 8, 31))
    events = [content(1, wib(2026, 9, 1))]
    # T is 49 of 57 days, P is one half: F = (1/2 + 49/57) / 2
    found = judged(one, events, wib(2026, 10, 28))
    assert found.score.freshness == (Fraction(1, 2) + Fraction(49, 57)) / 2
    assert found.score.total == 60 * found.score.freshness + 40


@pytest.mark.parametrize(
    ("value", "ahead"),
    [
        (Fraction(0), (Band.FAIR, 60)),
        (Fraction(725, 10), (Band.GOOD, Fraction(75, 10))),
        (Fraction(80), (Band.BEST, 10)),
        (Fraction(90), None),
    ],
)
def test_f24_the_next_band_and_the_points_to_it(value: Fraction, ahead: object) -> None:
    assert next_band(value, V1.scoring) == ahead
