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
    BELIEVED_LOOKS,
    FIRST,
    LONGEST,
    LOOK,
    Found,
    Kept,
    Promised,
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
MONTH, HOUR, SECOND = timedelta(days=30), timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kept", "validators", "not_modified", "said"),
    [
        (KNOWN, {}, True, Told.SAME),
        (KNOWN, TAG, False, Told.SAME),
        (KNOWN, dict(TAG), False, Told.SAME),
        (KNOWN, OTHER_TAG, False, Told.OTHER),
        (KNOWN, {"etag": '"1"', "last_modified": "today"}, False, Told.OTHER),
        (KNOWN, {}, False, Told.NOTHING),
        (Kept(), TAG, False, Told.OTHER),
    ],
)
def test_f18_what_a_head_says_of_the_bytes(
    kept: Kept, validators: dict[str, str], not_modified: bool, said: Told
) -> None:
    assert told(kept, validators, not_modified=not_modified) is said


NONE, REST, DAY = timedelta(), FIRST, timedelta(days=1)
LIED = replace(KNOWN, distrusted=True)
MONTHLY, AWAITED = Promised(MONTH), Promised(MONTH, awaited=True)


@pytest.mark.parametrize(
    ("kept", "said", "unread_for", "promised", "wanted"),
    [
        (Kept(), Told.NOTHING, NONE, MONTHLY, True),  # never read
        (replace(KNOWN, once="b"), Told.SAME, NONE, MONTHLY, True),  # to be read a second time
        (KNOWN, Told.OTHER, NONE, MONTHLY, True),
        (KNOWN, Told.NOTHING, REST - SECOND, MONTHLY, False),
        (KNOWN, Told.NOTHING, REST, MONTHLY, True),
        (KNOWN, Told.NOTHING, REST + SECOND, MONTHLY, True),
        (KNOWN, Told.SAME, 30 * DAY - SECOND, MONTHLY, False),
        (KNOWN, Told.SAME, 30 * DAY, MONTHLY, True),  # believed for thirty looks
        (KNOWN, Told.SAME, 31 * DAY, MONTHLY, True),
        (KNOWN, Told.SAME, 30 * DAY, Promised(), True),
        (KNOWN, Told.SAME, 30 * HOUR / 4 - SECOND, Promised(HOUR), False),
        (KNOWN, Told.SAME, 30 * HOUR / 4, Promised(HOUR), True),
        (KNOWN, Told.SAME, REST - SECOND, AWAITED, False),
        (KNOWN, Told.SAME, REST, AWAITED, True),  # nobody is late on the word of a server alone
        (KNOWN, Told.OTHER, NONE, AWAITED, True),
        (LIED, Told.SAME, REST - SECOND, MONTHLY, False),
        (LIED, Told.SAME, REST, MONTHLY, True),
        (LIED, Told.OTHER, REST - SECOND, MONTHLY, False),
        (LIED, Told.OTHER, REST - SECOND, AWAITED, False),
    ],
)
def test_f18_bytes_are_read_where_nothing_else_tells_and_now_and_then_whatever_is_told(
    kept: Kept, said: Told, unread_for: timedelta, promised: Promised, wanted: bool
) -> None:
    assert wants_body(kept, said, unread_for, promised) is wanted


@pytest.mark.parametrize("interval", [None, HOUR, 7 * DAY, MONTH, 365 * DAY])
def test_section_16_a_server_that_is_believed_settles_most_looks(
    interval: timedelta | None,
) -> None:
    kept, unread_for, read, looks = replace(KNOWN, rest=LONGEST), NONE, 0, 1_000
    for _ in range(looks):
        unread_for += next_look(kept, interval, ok=True)
        if wants_body(kept, Told.SAME, unread_for, Promised(interval)):
            read, unread_for = read + 1, NONE
    assert read == looks // BELIEVED_LOOKS
    assert 1 - read / looks >= 0.95


@pytest.mark.parametrize(
    ("second", "found"), [("b", Found.STABLE), ("c", Found.UNSTABLE), ("a", Found.UNSTABLE)]
)
def test_f18_new_content_is_read_twice_before_it_counts(second: str, found: Found) -> None:
    once, outcome = with_body(KNOWN, Told.OTHER, "b", MONTH)
    assert (outcome, once.hash, once.once) == (Found.ONCE, "a", "b")
    assert next_look(once, MONTH, ok=True) == AGAIN == timedelta(seconds=10)
    twice, outcome = with_body(once, Told.SAME, second, MONTH)
    assert (outcome, twice.hash, twice.once) == (found, second, None)


def test_f18_an_answer_without_validators_says_nothing_new_of_them() -> None:
    assert with_validators(KNOWN, {}) == KNOWN
    assert with_validators(KNOWN, OTHER_TAG) == replace(KNOWN, validators=OTHER_TAG)


def test_f18_equal_hashes_are_equal_whoever_made_them() -> None:
    kept, again = "ab" * 32, "".join(["ab"] * 32)
    assert with_body(replace(KNOWN, hash=kept), Told.NOTHING, again, MONTH)[1] is Found.UNCHANGED
    once = replace(KNOWN, once=kept)
    assert with_body(once, Told.NOTHING, again, MONTH)[1] is Found.STABLE


def test_f18_validators_that_change_without_the_content_are_believed_no_more() -> None:
    kept, found = with_body(with_validators(KNOWN, OTHER_TAG), Told.OTHER, "a", MONTH)
    assert (found, kept.distrusted) == (Found.UNCHANGED, True)


def test_f18_validators_that_stay_with_the_content_are_still_believed() -> None:
    assert not with_body(KNOWN, Told.SAME, "a", MONTH)[0].distrusted


def test_f18_content_that_changes_without_the_validators_makes_them_believed_no_more() -> None:
    once, found = with_body(KNOWN, Told.SAME, "b", MONTH)
    assert (found, once.distrusted) == (Found.ONCE, True)
    assert with_body(once, Told.SAME, "b", MONTH)[0].distrusted


@pytest.mark.parametrize(
    ("said", "distrusted"), [(Told.OTHER, False), (Told.NOTHING, True), (Told.SAME, True)]
)
def test_f18_validators_are_believed_again_once_they_change_with_the_content(
    said: Told, distrusted: bool
) -> None:
    once, _ = with_body(LIED, said, "b", MONTH)
    assert with_body(once, Told.SAME, "b", MONTH)[0].distrusted is distrusted


def test_f18_a_server_that_says_nothing_stays_what_it_was() -> None:
    assert not with_body(KNOWN, Told.NOTHING, "b", MONTH)[0].distrusted
    assert not with_body(KNOWN, Told.NOTHING, "a", MONTH)[0].distrusted


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
        (KNOWN, MONTH, False, HOUR),
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
    assert not wants_body(kept, Told.NOTHING, NONE, MONTHLY)
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
