"""Which evidence counts, as a table (F17) and as generated histories (G2-G4, G8, G12, G13)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES

from ckanext.jambi.freshness.rules.credit import TOLERANCE, Content, History, Reason, after, judge

NOW = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)  # 00:30 WIB of 25 November
SEP, OCT = date(2026, 9, 30), date(2026, 10, 31)
EMPTY = History()
SEEN = History(frozenset({"a"}), OCT)
TODAY = date(2026, 11, 25)
AT_MIDNIGHT, AT_TEN_PAST = NOW - timedelta(minutes=30), NOW - timedelta(minutes=20)
TICK = timedelta(microseconds=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
HOURLY = History(frozenset({"a"}), TODAY, AT_MIDNIGHT)
NO_PERIOD = History(frozenset({"a"}))


@pytest.mark.parametrize(
    ("content", "history", "reason"),
    [
        (Content("upload", "a"), EMPTY, Reason.NEW_CONTENT),
        (Content("upload", "a", OCT), EMPTY, Reason.NEW_CONTENT),
        (Content("harvest_ok", "b", date(2026, 11, 1)), SEEN, Reason.NEW_CONTENT),
        (Content("harvest_ok", None), EMPTY, Reason.NO_CONTENT),
        (Content("harvest_fail", "b"), EMPTY, Reason.NO_CONTENT),
        (Content("attestation", "b"), EMPTY, Reason.NO_CONTENT),
        (Content("upload", "a", date(2026, 11, 1)), SEEN, Reason.REPEATED_CONTENT),
        (Content("upload", "b", OCT), SEEN, Reason.PERIOD_NOT_ADVANCED),
        (Content("upload", "b", SEP), SEEN, Reason.PERIOD_NOT_ADVANCED),
        (Content("upload", "b"), SEEN, Reason.PERIOD_MISSING),
        (Content("upload", "b", date(2026, 11, 25)), SEEN, Reason.NEW_CONTENT),
        (Content("upload", "b", date(2026, 11, 26)), SEEN, Reason.PERIOD_IN_FUTURE),
        (Content("harvest_ok", "b", TODAY, AT_TEN_PAST), HOURLY, Reason.NEW_CONTENT),
        (Content("harvest_ok", "b", date(2026, 11, 25), AT_TEN_PAST), HOURLY, Reason.NEW_CONTENT),
        (Content("harvest_ok", "b", TODAY, AT_MIDNIGHT), HOURLY, Reason.PERIOD_NOT_ADVANCED),
        (Content("harvest_ok", "b", TODAY), HOURLY, Reason.PERIOD_NOT_ADVANCED),
        (Content("harvest_ok", "b", OCT, AT_TEN_PAST), HOURLY, Reason.PERIOD_NOT_ADVANCED),
        (
            Content("harvest_ok", "b", TODAY, AT_TEN_PAST),
            History(period_end=TODAY),
            Reason.PERIOD_NOT_ADVANCED,
        ),
        (Content("harvest_ok", "b", TODAY, NOW + timedelta(hours=1)), HOURLY, Reason.PERIOD_IN_FUTURE),
        (Content("harvest_ok", "b", TODAY, NOW + TOLERANCE), HOURLY, Reason.NEW_CONTENT),
        (Content("harvest_ok", "b", TODAY, NOW + TOLERANCE + TICK), HOURLY, Reason.PERIOD_IN_FUTURE),
        (Content("harvest_ok", "b", TODAY, AT_MIDNIGHT - TICK), HOURLY, Reason.PERIOD_NOT_ADVANCED),
        (Content("remote_fetch", "a"), EMPTY, Reason.FIRST_LINKED_CONTENT),
        (Content(json.loads('"remote_fetch"'), "a"), EMPTY, Reason.FIRST_LINKED_CONTENT),  # as a log has it
        (Content("remote_fetch", "a", OCT), EMPTY, Reason.NEW_CONTENT),
        (Content("remote_fetch", "b"), NO_PERIOD, Reason.NEW_CONTENT),
        (Content("remote_fetch", "b", first=True), NO_PERIOD, Reason.FIRST_LINKED_CONTENT),
        (Content("remote_fetch", "b", OCT, first=True), NO_PERIOD, Reason.NEW_CONTENT),
        (Content("remote_fetch", "b", stable=False), NO_PERIOD, Reason.UNSTABLE_CONTENT),
        (Content("remote_fetch", "b", SEP, stable=False), SEEN, Reason.PERIOD_NOT_ADVANCED),
        (Content("remote_fetch", "b", TODAY, stable=False), SEEN, Reason.NEW_CONTENT),
        (Content("datastore", "b"), NO_PERIOD, Reason.NEW_CONTENT),
    ],
)
def test_f17_verdict(content: Content, history: History, reason: Reason) -> None:
    verdict = judge(content, history, NOW)
    assert (verdict.reason, verdict.credited) == (reason, reason is Reason.NEW_CONTENT)


def test_f17_history_keeps_each_hash_and_only_credited_periods() -> None:
    future = Content("upload", "z", date(2030, 1, 1))
    kept = after(future, judge(future, SEEN, NOW), SEEN)
    assert kept == History(frozenset({"a", "z"}), OCT)


CONTENTS = st.builds(
    Content,
    st.sampled_from(["upload", "datastore", "harvest_ok", "remote_fetch", "harvest_fail", "attestation"]),
    st.one_of(st.none(), st.sampled_from("abcde")),
    st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2027, 6, 30))),
    st.one_of(st.none(), st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 24), timezones=st.just(UTC))),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=4 * EXAMPLES)
@given(st.lists(CONTENTS, max_size=25))
def test_g02_g03_g04_g12_no_history_earns_twice_for_a_hash_or_a_period(contents: list[Content]) -> None:
    history, earned = EMPTY, []
    for step, content in enumerate(contents):
        verdict = judge(content, history, NOW + timedelta(days=step))
        history = after(content, verdict, history)
        if verdict.credited:
            earned.append(content)
    hashes = [content.hash for content in earned]
    periods = [(each.period_end, each.period_at or LONG_AGO) for each in earned if each.period_end]
    assert len(hashes) == len(set(hashes))
    assert periods == sorted(set(periods))
    first_period = next((n for n, content in enumerate(earned) if content.period_end), len(earned))
    assert all(content.period_end for content in earned[first_period:])


@settings(max_examples=EXAMPLES)
@given(st.lists(CONTENTS, max_size=15))
def test_g04_repeating_a_whole_history_earns_nothing(contents: list[Content]) -> None:
    history = EMPTY
    for content in contents:
        history = after(content, judge(content, history, NOW), history)
    assert not any(judge(content, history, NOW).credited for content in contents if content.hash)


@given(st.lists(CONTENTS, max_size=10))
def test_g13_harvest_without_content_earns_nothing(contents: list[Content]) -> None:
    history = EMPTY
    for content in contents:
        history = after(content, judge(content, history, NOW), history)
    assert not judge(Content("harvest_ok", None), history, NOW).credited
