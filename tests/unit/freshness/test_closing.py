"""What closes an obligation, and with which outcome (F13, F14, F19, F27, F29)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import EXAMPLES, PLAIN, content, item, wib

from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation, close, further
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.obligations import owed
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.spans import Span

SINCE, NOW = wib(2026, 8, 31), wib(2026, 12, 1)
SEPTEMBER = Span(date(2026, 9, 1), date(2026, 9, 30))


def closed(*events: Event, since: datetime = SINCE, now: datetime = NOW, **values: Any) -> Any:
    """Return the obligations of a monthly item from September 2026 on, by their month."""
    found = close(owed(item(since=since), PLAIN, now), events, V1.scoring, **values)
    return {each.duty.span.start.month: each for each in found}


def outcomes(found: dict[int, Obligation]) -> list[str]:
    return [each.outcome.value for each in found.values()]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (wib(2026, 10, 1), "met"),
        (wib(2026, 10, 14), "met"),  # due, not overdue
        (wib(2026, 10, 20) - timedelta(microseconds=1), "met"),
        (wib(2026, 10, 20), "met_late"),  # the boundary belongs to the later state
        (wib(2026, 11, 20), "met_late"),
    ],
)
def test_f13_content_closes_in_time_or_late(at: datetime, outcome: str) -> None:
    found = closed(content(1, at, SEPTEMBER.end))[9]
    assert (found.outcome, found.closed_at, found.closing_seq) == (outcome, at, 1)


def test_f13_content_closes_every_open_period_up_to_its_last_day() -> None:
    assert outcomes(closed(content(1, wib(2026, 11, 5), date(2026, 10, 31)))) == [
        "met_late",
        "met",
        "open",
        "open",
    ]


@pytest.mark.parametrize("last_day", [date(2026, 8, 31), date(2026, 9, 29)])
def test_f13_content_that_ends_before_the_period_does_closes_nothing(last_day: date) -> None:
    assert outcomes(closed(content(1, wib(2026, 10, 5), last_day)))[0] == "open"


def test_f13_content_without_a_period_speaks_of_the_days_before_it_came() -> None:
    assert outcomes(closed(content(1, wib(2026, 9, 30, 23)))) == ["open"] * 4
    assert outcomes(closed(content(1, wib(2026, 10, 1)))) == ["met", "open", "open", "open"]


def test_f13_a_period_without_a_row_is_skipped() -> None:
    august = Span(date(2026, 8, 1), date(2026, 8, 31))
    october = Span(date(2026, 10, 1), date(2026, 10, 31))
    found = closed(content(1, wib(2026, 11, 2), october.end, rows_in=(august, october)))
    assert outcomes(found) == ["skipped", "met", "open", "open"]
    assert [each.is_open for each in found.values()] == [False, False, True, True]


def test_f13_a_skipped_period_stays_so_and_the_next_one_is_stated() -> None:
    october = Span(date(2026, 10, 1), date(2026, 10, 31))
    rows = content(1, wib(2026, 11, 2), october.end, rows_in=(october,))
    assert outcomes(closed(rows, nil(2, wib(2026, 12, 1)))) == ["skipped", "met", "met", "open"]
    empty, late = (
        content(n, wib(2026, 11, n), october.end, rows_in=rows_in)
        for n, rows_in in ((2, ()), (3, (october,)))
    )
    assert outcomes(closed(nil(1, wib(2026, 10, 2)), empty, late)) == ["met", "skipped", "open", "open"]


def test_f13_rows_that_begin_after_the_period_skip_it() -> None:
    found = closed(content(1, wib(2026, 11, 2), date(2026, 10, 31), first_day=date(2026, 10, 1)))
    assert outcomes(found)[:2] == ["skipped", "met"]
    on_its_last_day = content(1, wib(2026, 10, 5), SEPTEMBER.end, first_day=SEPTEMBER.end)
    assert closed(on_its_last_day)[9].outcome == "met"


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [
        (date(2026, 9, 30), date(2026, 9, 30), "met"),  # its last day
        (date(2026, 9, 1), date(2026, 9, 1), "met"),  # its first
        (date(2026, 8, 1), date(2026, 8, 31), "skipped"),  # the day before
        (date(2026, 10, 1), date(2026, 10, 1), "skipped"),  # the day after
    ],
)
def test_f13_a_row_on_a_periods_first_or_last_day_lies_in_it(first: date, last: date, outcome: str) -> None:
    rows_in = (Span(first, last),)
    event = content(1, wib(2026, 10, 5), max(last, date(2026, 9, 30)), rows_in=rows_in)
    (found,) = [each for each in closed(event).values() if each.duty.span.end == date(2026, 9, 30)]
    assert found.outcome == outcome


def test_f13_a_closed_obligation_stays_as_it_was() -> None:
    found = closed(
        content(1, wib(2026, 11, 5), SEPTEMBER.end), content(2, wib(2026, 11, 6), date(2026, 10, 31))
    )
    assert (found[9].outcome, found[9].closing_seq) == ("met_late", 1)


def nil(seq: int, at: datetime, **values: Any) -> Event:
    return Event(seq, Act.NIL, at, **values)


def test_f13_a_nil_statement_closes_the_oldest_period_that_is_over() -> None:
    assert outcomes(closed(nil(1, wib(2026, 9, 30)))) == ["open"] * 4
    assert outcomes(closed(nil(1, wib(2026, 10, 2)))) == ["met", "open", "open", "open"]
    assert outcomes(closed(nil(1, wib(2026, 10, 20))))[0] == "met_late"


def test_f13_a_statement_of_a_period_that_is_not_owed_closes_no_other() -> None:
    august = nil(1, wib(2026, 10, 2), first_day=date(2026, 8, 1), last_day=date(2026, 8, 31))
    assert outcomes(closed(august)) == ["open"] * 4


def test_f13_three_nil_statements_in_a_row_need_walidata_for_a_fourth() -> None:
    monthly = [nil(n, wib(2026, 9 + n, 2)) for n in (1, 2, 3)] + [nil(4, wib(2027, 1, 4))]
    refused = closed(*monthly, now=wib(2027, 1, 10))
    assert outcomes(refused) == ["met", "met", "met", "open", "open"]
    passed = closed(*monthly[:3], nil(4, wib(2027, 1, 4), waived=True), now=wib(2027, 1, 10))
    assert outcomes(passed) == ["met", "met", "met", "met", "open"]


def test_f13_after_a_waived_statement_the_next_one_needs_walidata_again() -> None:
    monthly = [nil(n, wib(2026, 9 + n, 2)) for n in (1, 2, 3)] + [nil(4, wib(2027, 1, 4), waived=True)]
    found = closed(*monthly, nil(5, wib(2027, 2, 2)), now=wib(2027, 2, 10))
    assert outcomes(found) == ["met", "met", "met", "met", "open", "open"]


def test_f13_rows_that_appear_after_a_nil_statement_make_it_late() -> None:
    late = content(2, wib(2026, 11, 3), date(2026, 10, 31), rows_in=(SEPTEMBER,))
    found = closed(nil(1, wib(2026, 10, 2)), late)
    assert (found[9].outcome, found[9].closing_seq, found[9].nil) == ("met_late", 2, False)
    assert outcomes(found) == ["met_late", "skipped", "open", "open"]


def test_f29_rows_that_appear_after_a_pardon_leave_the_period_excused() -> None:
    pardon = Event(2, Act.PARDON, wib(2026, 11, 1), SEPTEMBER.end, SEPTEMBER.start)
    late = content(3, wib(2026, 11, 3), date(2026, 10, 31), rows_in=(SEPTEMBER,))
    assert closed(nil(1, wib(2026, 10, 2)), pardon, late)[9].outcome == "excused"


def test_f13_content_without_rows_there_leaves_a_nil_statement_true() -> None:
    other = content(
        2, wib(2026, 11, 3), date(2026, 10, 31), rows_in=(Span(date(2026, 10, 1), date(2026, 10, 31)),)
    )
    assert outcomes(closed(nil(1, wib(2026, 10, 2)), other))[:2] == ["met", "met"]


def test_f14_what_a_reviewer_approved_unchanged_counts_from_its_submission() -> None:
    # submitted before the deadline, approved (and thus written into the log) after it
    found = closed(content(9, wib(2026, 10, 16), SEPTEMBER.end))
    assert (found[9].outcome, found[9].closing_seq) == ("met", 9)


def attested(seq: int, at: datetime) -> Event:
    return Event(seq, Act.UNCHANGED, at)


def test_f19_an_attestation_closes_one_period_as_attested() -> None:
    assert outcomes(closed(attested(1, wib(2026, 10, 2)))) == ["attested", "open", "open", "open"]


def test_f19_a_second_attestation_in_a_row_closes_nothing() -> None:
    assert outcomes(closed(attested(1, wib(2026, 10, 2)), attested(2, wib(2026, 11, 2))))[:2] == [
        "attested",
        "open",
    ]


def test_f19_excused_time_in_between_does_not_part_two_attestations() -> None:
    october = Interval(wib(2026, 10, 1), wib(2026, 11, 1))
    found = closed(
        attested(1, wib(2026, 10, 2)), attested(2, wib(2026, 12, 1)), exempt=[october], now=wib(2026, 12, 2)
    )
    assert outcomes(found) == ["attested", "excused", "open", "open"]


@pytest.mark.parametrize(
    ("acts", "last"),
    [
        ([Act.UNCHANGED, Act.NIL, Act.UNCHANGED], "open"),
        ([Act.NIL, Act.UNCHANGED, Act.UNCHANGED], "open"),
        ([Act.NIL, Act.NIL, Act.UNCHANGED, Act.NIL], "met_late"),
        ([Act.NIL, Act.NIL, Act.NIL, Act.UNCHANGED, Act.NIL], "open"),
    ],
)
def test_g05_statements_of_two_kinds_in_turn_keep_no_data_away(acts: list[Act], last: str) -> None:
    stated = [Event(n, act, wib(2027, 3, 1)) for n, act in enumerate(acts)]
    found = closed(*stated, now=wib(2027, 3, 1))
    assert outcomes(found)[len(acts) - 1] == last


def test_f19_after_content_an_attestation_is_free_again() -> None:
    found = closed(
        attested(1, wib(2026, 10, 2)),
        content(2, wib(2026, 11, 2), date(2026, 10, 31)),
        attested(3, wib(2026, 12, 1)),
        now=wib(2026, 12, 2),
    )
    assert outcomes(found) == ["attested", "met", "attested", "open"]


@pytest.mark.parametrize(
    ("start", "end", "outcome"),
    [
        (wib(2026, 9, 1), wib(2026, 10, 1), "excused"),
        (wib(2026, 8, 15), wib(2026, 10, 15), "excused"),
        (wib(2026, 9, 2), wib(2026, 10, 15), "open"),
    ],
)
def test_f27_a_period_wholly_within_an_exemption_is_excused(
    start: datetime, end: datetime, outcome: str
) -> None:
    assert closed(exempt=[Interval(start, end)])[9].outcome == outcome


def test_f27_a_statement_after_an_exemption_speaks_of_the_first_period_that_is_owed() -> None:
    september = Interval(wib(2026, 9, 1), wib(2026, 10, 1))
    found = closed(nil(1, wib(2026, 11, 3)), exempt=[september])
    assert outcomes(found) == ["excused", "met", "open", "open"]


def test_f29_an_upheld_appeal_excuses_the_named_period_and_no_other() -> None:
    pardon = Event(5, Act.PARDON, wib(2026, 11, 25), SEPTEMBER.end, SEPTEMBER.start)
    found = closed(content(1, wib(2026, 11, 20), date(2026, 10, 31)), pardon)
    assert outcomes(found)[:2] == ["excused", "met_late"]
    assert found[9].closed_at == wib(2026, 10, 20)  # from its deadline on no time is lost to it
    october = Event(1, Act.PARDON, wib(2026, 11, 25), date(2026, 10, 31), date(2026, 10, 1))
    assert outcomes(closed(october)) == ["open", "excused", "open", "open"]


def test_f53_the_order_of_rows_handed_in_changes_nothing() -> None:
    events = [
        nil(1, wib(2026, 10, 2)),
        content(2, wib(2026, 11, 3), date(2026, 10, 31)),
        attested(3, wib(2026, 12, 1)),
    ]
    assert closed(*events) == closed(*reversed(events))


HAPPENED = st.tuples(
    st.sampled_from(Act), st.integers(0, 150), st.none() | st.integers(0, 150), st.booleans()
)


@settings(max_examples=EXAMPLES)
@given(st.lists(HAPPENED, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_f53_one_event_more_gives_what_all_events_give(
    acts: list[tuple[Act, int, int | None, bool]], feeds: bool, excused: bool
) -> None:
    events = [_happened(seq, *each) for seq, each in enumerate(acts, 1)]
    duties = owed(item(since=SINCE, event=feeds), PLAIN, NOW + timedelta(days=60))
    exempt = [Interval(wib(2026, 9, 1), wib(2026, 10, 1))] if excused else []
    before = close(duties, events[:-1], V1.scoring, exempt)
    assert further(before, events[-1], V1.scoring) == close(duties, events, V1.scoring, exempt)


def _happened(seq: int, act: Act, day: int, covered: int | None, seen: bool) -> Event:
    """Return an act some days on; content that covers so many days may tell in which its rows lie."""
    first, last = SEPTEMBER.start, SEPTEMBER.end
    if act not in (Act.CONTENT, Act.COMPLETE):
        named = (last, first) if seen else (None, None)
        return Event(seq, act, SINCE + timedelta(days=day), *named)
    until = None if covered is None else first + timedelta(days=covered)
    rows_in = (SEPTEMBER,) if seen else None
    return Event(seq, act, SINCE + timedelta(days=day), until, first, rows_in)


def test_f13_a_confirmation_closes_nothing() -> None:
    said = Event(1, Act.CONFIRMED, wib(2026, 10, 2), first_day=SEPTEMBER.start)
    assert outcomes(closed(said)) == outcomes(feed(said)) == ["open"] * 4


def feed(*events: Event, now: datetime = NOW) -> dict[int, Obligation]:
    """Return the obligations of a monthly event feed from September 2026 on, by their month."""
    found = close(owed(item(since=SINCE, event=True), PLAIN, now), events, V1.scoring)
    return {each.duty.span.start.month: each for each in found}


def complete(seq: int, at: datetime, since: date = SEPTEMBER.start) -> Event:
    return Event(seq, Act.COMPLETE, at, first_day=since)


def test_f13_a_complete_run_says_of_an_event_feed_that_nothing_happened() -> None:
    run = complete(1, wib(2026, 10, 1, 6))
    assert outcomes(feed(run)) == ["met", "open", "open", "open"]
    assert outcomes(closed(run)) == ["open"] * 4  # of other data it says nothing
    assert outcomes(feed(complete(1, wib(2026, 10, 1)))) == ["met", "open", "open", "open"]  # just over
    assert outcomes(feed(complete(1, wib(2026, 11, 3)))) == ["met_late", "met", "open", "open"]


@pytest.mark.parametrize(
    "run",
    [
        complete(1, wib(2026, 9, 30, 23)),  # the period is not over
        complete(1, wib(2026, 10, 5), date(2026, 9, 2)),  # the source did not answer on its first day
        Event(1, Act.COMPLETE, wib(2026, 10, 5)),
    ],
)
def test_f13_a_run_that_does_not_cover_the_whole_period_says_nothing_of_it(run: Event) -> None:
    assert outcomes(feed(run)) == ["open"] * 4


def test_f13_a_complete_run_where_nothing_is_owed_any_more_changes_nothing() -> None:
    now = wib(2026, 10, 25)
    once = feed(complete(1, wib(2026, 11, 2)), now=now)
    assert [each.is_open for each in once.values()] == [False, False]
    assert feed(complete(1, wib(2026, 11, 2)), complete(2, wib(2026, 11, 3)), now=now) == once


def test_f13_complete_runs_stand_under_the_limit_of_nil_statements() -> None:
    runs = [complete(n, wib(2026, 9 + n, 2)) for n in (1, 2, 3)] + [complete(4, wib(2027, 1, 4))]
    assert outcomes(feed(*runs, now=wib(2027, 1, 10))) == ["met", "met", "met", "open", "open"]
    spoken = nil(5, wib(2027, 1, 5), waived=True)
    assert outcomes(feed(*runs, spoken, now=wib(2027, 1, 10)))[3] == "met"
    after = complete(6, wib(2027, 2, 2))
    assert outcomes(feed(*runs, spoken, after, now=wib(2027, 2, 10)))[3:] == ["met", "open", "open"]


def test_f13_where_all_of_many_periods_are_closed_there_is_nothing_left_to_close() -> None:
    duties = owed(item("harian", since=wib(2025, 12, 31), event=True), PLAIN, NOW)
    delivered = content(1, NOW + timedelta(days=1), NOW.date() + timedelta(days=1))
    found = close(duties, [delivered], V1.scoring)
    assert len(found) > 300
    assert not any(each.is_open for each in found)
    for later in (nil(2, wib(2026, 12, 3)), complete(2, wib(2026, 12, 3), date(2026, 1, 1))):
        assert close(duties, [delivered, later], V1.scoring) == found


def test_f13_content_closes_of_an_event_feed_only_the_periods_with_rows() -> None:
    october = Span(date(2026, 10, 1), date(2026, 10, 31))
    rows = content(1, wib(2026, 11, 2), october.end, rows_in=(october,))
    assert outcomes(feed(rows)) == ["open", "met", "open", "open"]
    assert outcomes(feed(rows, complete(2, wib(2026, 11, 2, 1)))) == ["met_late", "met", "open", "open"]


def test_f13_rows_that_appear_after_a_complete_run_make_it_late_by_revision() -> None:
    late = content(2, wib(2026, 11, 3), date(2026, 10, 31), rows_in=(SEPTEMBER,))
    found = feed(complete(1, wib(2026, 10, 1, 6)), late)
    assert (found[9].outcome, found[9].closing_seq, found[9].nil) == ("met_late", 2, False)
    assert found[10].is_open


RUNS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=12)


@settings(max_examples=4 * EXAMPLES)
@given(RUNS)
def test_g05_complete_runs_alone_never_close_more_than_three_periods_in_a_row(
    runs: list[tuple[int, int]],
) -> None:
    events = [
        complete(seq, SINCE + timedelta(days=day), SINCE.date() + timedelta(days=since))
        for seq, (day, since) in enumerate(sorted(runs), 1)
    ]
    found = feed(*events, now=wib(2027, 8, 1))
    assert sum(not each.is_open for each in found.values()) <= V1.scoring.nil_in_a_row
