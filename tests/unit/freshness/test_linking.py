"""When a linked file is looked at, and when its bytes are needed (F18, F22, section 16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES

from ckanext.jambi.freshness.rules.linking import (
    AFTER_FAILURE,
    AGAIN,
    FIRST,
    LONGEST,
    LOOK,
    Found,
    Kept,
    Told,
    next_look,
    told,
    unchanged,
    unread,
    wants_body,
    with_body,
    with_validators,
)

TAG, OTHER_TAG = {"etag": '"1"'}, {"etag": '"2"'}
KNOWN = Kept(TAG, hash="a")
MONTH, HOUR = timedelta(days=30), timedelta(hours=1)


@pytest.mark.parametrize(
    ("kept", "validators", "not_modified", "said"),
    [
        (KNOWN, {}, True, Told.SAME),
        (KNOWN, TAG, False, Told.SAME),
        (KNOWN, OTHER_TAG, False, Told.OTHER),
        (KNOWN, {"etag": '"1"', "last_modified": "today"}, False, Told.OTHER),
        (KNOWN, {}, False, Told.NOTHING),
        (Kept(), TAG, False, Told.OTHER),
        (replace(KNOWN, distrusted=True), TAG, False, Told.NOTHING),
        (replace(KNOWN, distrusted=True), {}, True, Told.NOTHING),
    ],
)
def test_f18_what_a_head_says_of_the_bytes(
    kept: Kept, validators: dict[str, str], not_modified: bool, said: Told
) -> None:
    assert told(kept, validators, not_modified=not_modified) is said


@pytest.mark.parametrize(
    ("kept", "said", "due", "wanted"),
    [
        (Kept(), Told.NOTHING, False, True),  # never read
        (replace(KNOWN, once="b"), Told.SAME, False, True),  # to be read a second time
        (KNOWN, Told.OTHER, False, True),
        (KNOWN, Told.SAME, True, False),
        (KNOWN, Told.NOTHING, False, False),
        (KNOWN, Told.NOTHING, True, True),
    ],
)
def test_f18_bytes_are_read_where_nothing_else_tells(kept: Kept, said: Told, due: bool, wanted: bool) -> None:
    assert wants_body(kept, said, due=due) is wanted


@pytest.mark.parametrize(
    ("second", "found"), [("b", Found.STABLE), ("c", Found.UNSTABLE), ("a", Found.UNSTABLE)]
)
def test_f18_new_content_is_read_twice_before_it_counts(second: str, found: Found) -> None:
    once, outcome = with_body(KNOWN, Told.OTHER, "b", MONTH)
    assert (outcome, once.hash, once.once) == (Found.ONCE, "a", "b")
    assert next_look(once, MONTH, ok=True) == AGAIN == timedelta(seconds=10)
    twice, outcome = with_body(once, Told.SAME, second, MONTH)
    assert (outcome, twice.hash, twice.once) == (found, second, None)


def test_f18_validators_that_change_without_the_content_are_believed_no_more() -> None:
    kept, found = with_body(with_validators(KNOWN, OTHER_TAG), Told.OTHER, "a", MONTH)
    assert (found, kept.distrusted) == (Found.UNCHANGED, True)
    assert told(kept, TAG, not_modified=False) is Told.NOTHING
    once, _ = with_body(kept, Told.NOTHING, "b", MONTH)
    again, _ = with_body(once, Told.NOTHING, "b", MONTH)
    assert not again.distrusted


def test_f18_content_is_left_alone_twice_as_long_after_each_check_without_change() -> None:
    kept, rests = Kept(hash="a"), []
    for _ in range(9):
        kept = unchanged(kept, timedelta(days=365))
        rests.append(kept.rest / timedelta(days=1))
    assert rests == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert with_body(replace(kept, once="b"), Told.OTHER, "b", None)[0].rest == FIRST


@pytest.mark.parametrize(
    ("kept", "interval", "ok", "after"),
    [
        (KNOWN, None, True, FIRST),
        (unchanged(KNOWN, None), None, True, LOOK),
        (replace(KNOWN, rest=LONGEST), None, True, LOOK),
        (KNOWN, HOUR, True, HOUR / 4),
        (KNOWN, MONTH, False, AFTER_FAILURE),
        (KNOWN, HOUR, False, HOUR / 4),
        (replace(KNOWN, once="b"), MONTH, False, AFTER_FAILURE),
    ],
)
def test_f22_a_link_is_looked_at_every_day_and_soon_after_a_failure(
    kept: Kept, interval: timedelta | None, ok: bool, after: timedelta
) -> None:
    assert next_look(kept, interval, ok=ok) == after


def test_f18_a_file_that_is_too_large_is_tried_less_and_less_often() -> None:
    kept = unread(Kept(), MONTH)
    assert not wants_body(kept, Told.NOTHING, due=False)
    assert kept.rest == timedelta(days=1)


BODIES = st.lists(st.sampled_from("abcd"), max_size=30)
INTERVALS = st.one_of(st.none(), st.timedeltas(timedelta(minutes=15), timedelta(days=3650)))


@settings(max_examples=4 * EXAMPLES)
@given(BODIES, INTERVALS)
def test_f18_no_rest_exceeds_thirty_days_or_a_quarter_of_the_interval(
    bodies: list[str], interval: timedelta | None
) -> None:
    kept, most = Kept(), min(LONGEST, interval / 4) if interval else LONGEST
    for body in bodies:
        kept, _ = with_body(kept, Told.NOTHING, body, interval)
        assert next_look(kept, interval, ok=True) <= min(most, LOOK)
        assert next_look(kept, interval, ok=False) <= most
        assert kept.rest <= most or kept.rest == FIRST


@settings(max_examples=4 * EXAMPLES)
@given(BODIES)
def test_f18_content_counts_as_stable_only_if_it_was_read_twice_in_a_row(bodies: list[str]) -> None:
    kept, before = Kept(), None
    for body in bodies:
        kept, found = with_body(kept, Told.NOTHING, body, None)
        assert found is not Found.STABLE or body == before
        before = body
