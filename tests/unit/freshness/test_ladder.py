"""Which reminders and steps of the ladder are owed, and when they may go out (F44, F45)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import CALENDAR, EXAMPLES, LONG_AGO, NO_HOLIDAYS, PLAIN, terms, wib

from ckanext.jambi.freshness.rules.items import YEAR
from ckanext.jambi.freshness.rules.ladder import (
    ASKS,
    POSTS,
    REMINDERS,
    Post,
    Step,
    Subject,
    after_working_days,
    instants,
    is_asked,
    is_office_time,
    may_send,
    owed,
)
from ckanext.jambi.freshness.rules.obligations import duty_of
from ckanext.jambi.freshness.rules.spans import NOMINAL_DAYS, containing

DAY = timedelta(days=1)


def subject(code: str = "bulanan", day: date = date(2026, 9, 15)) -> Subject:
    """Return the obligation of the period in which a day lies, on a calendar without holidays."""
    duty = duty_of(containing(code, day), terms(code), PLAIN)
    return Subject(code, timedelta(days=NOMINAL_DAYS[code]), duty.due_at, duty.overdue_at, duty.delinquent_at)


def rolling(hours: float, evidence_at: datetime, code: str = "realtime") -> Subject:
    one = timedelta(hours=hours)
    return Subject(code, one, evidence_at + one, evidence_at + 2 * one, evidence_at + 3 * one)


# Reckoned by hand on a calendar without holidays: the instants of the steps in WIB, in their order.
# September 2026 is due on 14 October (Wednesday), overdue on 20 October (Tuesday), delinquent on 5 November.
TABLE = [
    (
        subject("bulanan"),
        [
            *(wib(2026, 9, 30), wib(2026, 10, 7), wib(2026, 10, 13)),
            *(wib(2026, 10, 20), wib(2026, 10, 28), wib(2026, 11, 5), wib(2026, 11, 19)),
        ],
    ),
    (  # a week: -14 and -7 are skipped; due 8, overdue 11, delinquent 18 September, a Friday
        subject("mingguan", date(2026, 9, 2)),
        [
            wib(2026, 9, 7),
            *(wib(2026, 9, 11), wib(2026, 9, 14, 12), wib(2026, 9, 18), wib(2026, 10, 2)),
        ],
    ),
    (  # a day: no reminder; overdue on Wednesday the 9th, then 2, 5 and 15 working days
        subject("harian", date(2026, 9, 4)),
        [wib(2026, 9, 9), wib(2026, 9, 11), wib(2026, 9, 16), wib(2026, 9, 30)],
    ),
    (  # an hour, overdue at 03:00 on Saturday the 5th: the days count from Monday
        rolling(1, wib(2026, 9, 5, 1)),
        [wib(2026, 9, 5, 3), wib(2026, 9, 9), wib(2026, 9, 14), wib(2026, 9, 28)],
    ),
    (  # an hour, overdue at 15:00 on a Monday
        rolling(1, wib(2026, 9, 7, 13)),
        [wib(2026, 9, 7, 15), wib(2026, 9, 9, 15), wib(2026, 9, 14, 15), wib(2026, 9, 28, 15)],
    ),
]


@pytest.mark.parametrize(("one", "expected"), TABLE, ids=["month", "week", "day", "weekend", "hour"])
def test_f44_the_steps_fall_due_at_these_instants(one: Subject, expected: list[datetime]) -> None:
    assert list(instants(one, NO_HOLIDAYS, LONG_AGO).values()) == expected


@pytest.mark.parametrize(
    ("code", "reminders"),
    [
        ("harian", []),
        ("mingguan", [Step.DAY]),
        ("bulanan", list(REMINDERS)),
        ("tahunan", list(REMINDERS)),
    ],
)
def test_f44_a_reminder_is_skipped_when_its_offset_reaches_the_interval(
    code: str, reminders: list[Step]
) -> None:
    found = instants(subject(code), NO_HOLIDAYS, LONG_AGO)
    assert list(found) == [*reminders, Step.FIRST, Step.SECOND, Step.THIRD, Step.FOURTH]


def test_f44_a_reminder_counts_from_the_instant_at_which_the_ladder_stood() -> None:
    one = subject()
    first = one.due_at - timedelta(days=14)
    assert next(iter(instants(one, NO_HOLIDAYS, first))) is Step.FORTNIGHT
    assert next(iter(instants(one, NO_HOLIDAYS, first + timedelta(microseconds=1)))) is Step.WEEK


def test_f29_a_pending_appeal_stops_the_fourth_step_and_no_other() -> None:
    one, late = subject(), wib(2027, 3, 1)
    found = owed(one, NO_HOLIDAYS, late, LONG_AGO)
    stopped = owed(one, NO_HOLIDAYS, late, LONG_AGO, appealed=True)
    assert stopped == [each for each in found if each.step is not Step.FOURTH]
    assert [each.step for each in found] == [*REMINDERS, Step.FIRST, Step.SECOND, Step.THIRD, Step.FOURTH]


@pytest.mark.parametrize("hour", [0, 7, 16, 17, 23])
def test_f45_only_the_first_step_of_live_data_goes_out_at_night(hour: int) -> None:
    night = wib(2026, 9, 7, hour)
    assert not is_office_time(night, CALENDAR)
    code = json.loads('"realtime"')  # as a table has it
    sent = [step for step in Step if may_send(step, code, night, CALENDAR)]
    assert sent == [Step.FIRST]
    assert not any(may_send(Step.FIRST, other, night, CALENDAR) for other in ("bulanan", "tahunan"))


def test_f44_an_interval_of_just_a_fortnight_has_the_reminder_of_a_week() -> None:
    one = replace(subject(), interval=timedelta(days=14))
    assert next(iter(instants(one, NO_HOLIDAYS, LONG_AGO))) is Step.WEEK
    longer = replace(one, interval=timedelta(days=14, seconds=1))
    assert next(iter(instants(longer, NO_HOLIDAYS, LONG_AGO))) is Step.FORTNIGHT


def test_f44_holidays_delay_the_steps_that_count_working_days() -> None:
    # 17 August 2026 is Independence Day: the 10th working day after Friday the 14th is one later.
    one = replace(subject(), delinquent_at=wib(2026, 8, 14))
    assert instants(one, NO_HOLIDAYS, LONG_AGO)[Step.FOURTH] == wib(2026, 8, 28)
    assert instants(one, CALENDAR, LONG_AGO)[Step.FOURTH] > wib(2026, 8, 28)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        (wib(2026, 9, 7), 0, wib(2026, 9, 7)),
        (wib(2026, 9, 7), 1, wib(2026, 9, 8)),
        (wib(2026, 9, 4), 1, wib(2026, 9, 7)),
        (wib(2026, 9, 5), 1, wib(2026, 9, 8)),
        (wib(2026, 9, 6, 23), 0, wib(2026, 9, 7)),
        (wib(2026, 9, 11, 9), 5, wib(2026, 9, 18, 9)),
    ],
)
def test_working_days_pass_on_working_days_alone(start: datetime, n: int, end: datetime) -> None:
    assert after_working_days(start, n, NO_HOLIDAYS) == end


def test_f44_a_step_is_owed_from_its_instant_on() -> None:
    one = subject()
    at = wib(2026, 11, 5)
    assert owed(one, NO_HOLIDAYS, at, LONG_AGO)[-1].step is Step.THIRD
    assert owed(one, NO_HOLIDAYS, at - timedelta(microseconds=1), LONG_AGO)[-1].step is Step.SECOND
    assert owed(one, NO_HOLIDAYS, wib(2026, 9, 29), LONG_AGO) == []


def test_f29_a_pending_appeal_stops_the_last_step_alone() -> None:
    late = wib(2027, 1, 4)
    steps = [each.step for each in owed(subject(), NO_HOLIDAYS, late, LONG_AGO)]
    assert steps == [each for each in Step if each not in ASKS]
    stated = owed(subject(), NO_HOLIDAYS, late, LONG_AGO, stated=True)
    assert [each.step for each in stated] == [Step.SECOND, Step.THIRD, Step.FOURTH]
    appealed = owed(subject(), NO_HOLIDAYS, late, LONG_AGO, appealed=True)
    assert [each.step for each in appealed] == steps[:-1]


def test_f45_what_was_overdue_before_the_ladder_stood_begins_at_its_first_step() -> None:
    begun = wib(2026, 12, 1)
    found = instants(subject(), NO_HOLIDAYS, begun)
    assert list(found.items()) == [
        (Step.FIRST, begun),
        (Step.SECOND, wib(2026, 12, 9)),
        (Step.THIRD, wib(2026, 12, 17)),
        (Step.FOURTH, wib(2026, 12, 31)),
    ]


def test_f45_reminders_from_before_the_ladder_stood_are_owed_no_more() -> None:
    found = instants(subject(), NO_HOLIDAYS, wib(2026, 10, 5))
    assert list(found)[:2] == [Step.WEEK, Step.DAY]
    assert found[Step.FIRST] == wib(2026, 10, 20)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        (wib(2026, 9, 7, 8), True),
        (wib(2026, 9, 7, 8) - timedelta(seconds=1), False),
        (wib(2026, 9, 7, 16) - timedelta(seconds=1), True),
        (wib(2026, 9, 7, 16), False),
        (wib(2026, 9, 5, 10), False),
        (wib(2026, 8, 17, 10), False),
    ],
)
def test_f45_notices_go_out_in_office_hours(at: datetime, open_: bool) -> None:
    assert is_office_time(at, CALENDAR) is open_
    assert may_send(Step.FIRST, "harian", at, CALENDAR) is open_
    assert may_send(Step.SECOND, "realtime", at, CALENDAR) is open_
    assert may_send(Step.FIRST, "realtime", at, CALENDAR)


def test_f44_each_step_has_its_posts() -> None:
    assert set(POSTS) == set(Step)
    assert POSTS[Step.DAY] == POSTS[Step.FIRST] == (Post.STEWARD, Post.BACKUP)
    assert [POSTS[step] for step in (Step.SECOND, Step.THIRD, Step.FOURTH)] == [
        (Post.HEAD,),
        (Post.TRUSTEE,),
        (Post.SEKDA, Post.DEPUTY_MAYOR),
    ]


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(sorted(NOMINAL_DAYS)),
    st.dates(date(2024, 1, 1), date(2027, 6, 30)),
    st.integers(-400, 400),
    st.integers(0, 500),
)
def test_f44_steps_come_in_order_and_never_before_the_ladder_stands(
    code: str, day: date, begun: int, passed: int
) -> None:
    one = subject(code, day)
    begun_at = one.overdue_at + begun * DAY
    found = list(instants(one, CALENDAR, begun_at).values())
    assert found == sorted(found)
    assert min(found) >= begun_at
    now = begun_at + passed * DAY
    earlier = owed(one, CALENDAR, now, begun_at)
    assert owed(one, CALENDAR, now + DAY, begun_at)[: len(earlier)] == earlier


def as_needed(evidence_at: datetime, *, confirms: bool = True) -> Subject:
    due = evidence_at + YEAR
    return Subject("insidental", YEAR, due, due + 60 * DAY, due + 90 * DAY, confirms)


@given(st.integers(0, 364), st.integers(0, 900))
def test_f25_a_person_is_asked_each_quarter_of_a_year_without_news(since: int, days: int) -> None:
    evidence_at, now = wib(2026, 1, 1) + since * DAY, wib(2026, 1, 1) + (since + days) * DAY
    steps = {each.step for each in owed(as_needed(evidence_at), NO_HOLIDAYS, now, LONG_AGO)}
    quarters = int(days / (YEAR / 4 / DAY))
    assert len(steps & set(ASKS)) == min(quarters, len(ASKS))
    assert is_asked(evidence_at + YEAR, now) == (quarters > 0)


def test_f25_where_a_word_does_not_count_nobody_is_asked() -> None:
    one = as_needed(wib(2026, 1, 1), confirms=False)
    steps = [each.step for each in owed(one, NO_HOLIDAYS, wib(2028, 1, 1), LONG_AGO)]
    assert not {*steps} & {*ASKS}
    assert steps[0] is Step.FORTNIGHT
    assert not is_asked(None, wib(2028, 1, 1))


def test_f25_those_who_look_after_the_data_are_asked() -> None:
    assert {POSTS[step] for step in ASKS} == {(Post.STEWARD, Post.BACKUP)}


def test_f25_a_person_is_asked_from_the_quarter_on_then_at_the_half_and_three_quarters() -> None:
    came = wib(2026, 1, 1)
    asked = [came + YEAR * n / 4 for n in (1, 2, 3)]
    found = instants(as_needed(came), NO_HOLIDAYS, LONG_AGO)
    assert [found[step] for step in ASKS] == asked
    assert is_asked(came + YEAR, asked[0])
