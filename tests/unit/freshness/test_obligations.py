"""Which periods are owed, and when each is due, overdue and delinquent (F10, F11, F12, F25)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import CALENDAR, EXAMPLES, LAW, PLAIN, changed, item, terms, wib

from ckanext.jambi.freshness.rules import obligations
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.items import Version, is_slower, reigns, starts
from ckanext.jambi.freshness.rules.obligations import Known, Law, ahead, duty_of, following, owed
from ckanext.jambi.freshness.rules.policy import V1, IndexPolicy, Lag
from ckanext.jambi.freshness.rules.spans import MONTHS, SCHEDULED, Span, containing, first_full
from ckanext.jambi.working_days import Calendar, ClosedDay, ClosedKind, civil_day, midnight

DAY = timedelta(days=1)


def test_f11_the_example_of_the_specification() -> None:
    duty = duty_of(Span(date(2026, 9, 1), date(2026, 9, 30)), terms(), PLAIN)
    assert (duty.due_at, duty.overdue_at) == (wib(2026, 10, 14), wib(2026, 10, 20))
    assert (duty.delinquent_at, duty.soon_at) == (wib(2026, 11, 5), wib(2026, 10, 7))
    assert (duty.policy_version, duty.calendar_version) == ("1", "0")


# Reckoned by hand on a calendar without holidays: code, a day, period, due, overdue, delinquent, soon.
TABLE = [
    ("harian", (2026, 9, 4), (9, 4), (9, 4), (2026, 9, 7), (2026, 9, 9), (2026, 9, 10), 6),
    ("mingguan", (2026, 9, 2), (8, 31), (9, 6), (2026, 9, 8), (2026, 9, 11), (2026, 9, 18), 42),
    ("bulanan", (2026, 9, 15), (9, 1), (9, 30), (2026, 10, 14), (2026, 10, 20), (2026, 11, 5), 168),
    ("triwulanan", (2026, 8, 1), (7, 1), (9, 30), (2026, 10, 21), (2026, 10, 29), (2026, 11, 28), 168),
    ("caturwulanan", (2026, 8, 1), (5, 1), (8, 31), (2026, 9, 28), (2026, 10, 6), (2026, 11, 2), 168),
    ("semesteran", (2026, 8, 1), (7, 1), (12, 31), (2027, 2, 11), (2027, 2, 26), (2027, 3, 28), 168),
    ("tahunan", (2026, 8, 1), (1, 1), (12, 31), (2027, 3, 25), (2027, 4, 9), (2027, 5, 9), 168),
    ("dua_tahunan", (2027, 8, 1), (1, 1), (12, 31), (2028, 3, 24), (2028, 4, 8), (2028, 6, 2), 168),
    ("lima_tahunan", (2029, 8, 1), (1, 1), (12, 31), (2030, 5, 6), (2030, 5, 21), (2030, 7, 15), 168),
    ("sepuluh_tahunan", (2029, 8, 1), (1, 1), (12, 31), (2030, 9, 9), (2030, 9, 24), (2030, 11, 18), 168),
]
FIRST_YEAR = {"dua_tahunan": 2026, "lima_tahunan": 2025, "sepuluh_tahunan": 2020}


@pytest.mark.parametrize(
    ("code", "day", "start", "end", "due", "overdue", "delinquent", "soon_hours"),
    TABLE,
    ids=[r[0] for r in TABLE],
)
def test_f11_each_row_of_the_table(
    code: str,
    day: tuple,
    start: tuple,
    end: tuple,
    due: tuple,
    overdue: tuple,
    delinquent: tuple,
    soon_hours: int,
) -> None:
    span = containing(code, date(*day))
    assert span == Span(date(FIRST_YEAR.get(code, day[0]), *start), date(day[0], *end))
    duty = duty_of(span, terms(code), PLAIN)
    assert (duty.due_at, duty.overdue_at, duty.delinquent_at) == (wib(*due), wib(*overdue), wib(*delinquent))
    assert duty.due_at - duty.soon_at == timedelta(hours=soon_hours)


def test_f11_the_table_holds_every_scheduled_code_and_the_policy_file_agrees() -> None:
    assert {row[0] for row in TABLE} == SCHEDULED == set(V1.lags)


@pytest.mark.parametrize("code", sorted(SCHEDULED - {"lima_tahunan", "sepuluh_tahunan", "dua_tahunan"}))
def test_f12_no_due_date_and_no_last_day_of_grace_on_a_closed_day_2024_to_2027(code: str) -> None:
    span = containing(code, date(2024, 1, 1))
    while span.end < date(2027, 9, 1):
        duty = duty_of(span, terms(code), LAW)
        assert CALENDAR.is_working(civil_day(duty.due_at))
        assert CALENDAR.is_working(civil_day(duty.overdue_at) - DAY)
        assert duty.soon_at < duty.due_at < duty.overdue_at < duty.delinquent_at
        span = containing(code, span.end + DAY)


def test_f12_a_holiday_moves_due_and_grace() -> None:
    march = Span(date(2026, 3, 1), date(2026, 3, 31))
    # 3 April 2026 is closed: the tenth working day is 15 April instead of 14 April.
    assert duty_of(march, terms(), PLAIN).due_at == wib(2026, 4, 14)
    assert duty_of(march, terms(), LAW).due_at == wib(2026, 4, 15)


def test_f12_items_served_every_day_know_no_weekend() -> None:
    friday = Span(date(2026, 9, 4), date(2026, 9, 4))
    every_day = json.loads('"setiap_hari"')  # as a log has it
    duty = duty_of(friday, terms("harian", calendar=every_day), LAW)
    assert (duty.due_at, duty.overdue_at) == (wib(2026, 9, 5), wib(2026, 9, 7))
    assert duty.calendar_version == "setiap_hari"


EXTRA = Calendar("2", (ClosedDay(date(2026, 10, 12), ClosedKind.JOINT_LEAVE, "x", "skb"),))


@pytest.mark.parametrize(
    ("recorded", "due", "version"),
    [
        (wib(2026, 10, 10), wib(2026, 10, 15), "2"),
        (wib(2026, 10, 13, 23), wib(2026, 10, 15), "2"),
        (wib(2026, 10, 14), wib(2026, 10, 14), "0"),  # already due: the older calendar stays
    ],
)
def test_f12_a_revision_counts_for_what_is_not_due_yet(
    recorded: datetime, due: datetime, version: str
) -> None:
    law = replace(PLAIN, calendars=(*PLAIN.calendars, Known(recorded, EXTRA)))
    duty = duty_of(Span(date(2026, 9, 1), date(2026, 9, 30)), terms(), law)
    assert (duty.due_at, duty.calendar_version) == (due, version)


def test_f10_lag_and_grace_of_the_item_hold_before_those_of_the_policy() -> None:
    duty = duty_of(Span(date(2026, 9, 1), date(2026, 9, 30)), terms(lag_days=1, grace_days=0), PLAIN)
    assert (duty.due_at, duty.overdue_at) == (wib(2026, 10, 1), wib(2026, 10, 2))


def test_f05_a_new_policy_judges_the_periods_that_end_under_it() -> None:
    stricter = IndexPolicy("2", V1.rolling, {"bulanan": Lag(5, 1, 16)}, V1.scoring)
    law = Law((*PLAIN.policies, Known(wib(2026, 9, 15), stricter)), PLAIN.calendars)
    found = owed(item(since=wib(2026, 7, 31)), law, wib(2026, 10, 1))
    assert [(each.span.end.month, each.policy_version) for each in found] == [(8, "1"), (9, "2"), (10, "2")]
    assert found[1].due_at == wib(2026, 10, 7)
    assert law.policy_at(wib(2020, 1, 1)).version == "1"  # before there was one


@pytest.mark.parametrize(
    ("code", "recorded", "first"),
    [
        ("bulanan", wib(2026, 8, 31, 23), date(2026, 9, 1)),
        ("bulanan", wib(2026, 9, 1), date(2026, 10, 1)),
        ("semesteran", wib(2026, 7, 27), date(2027, 1, 1)),
        ("mingguan", wib(2026, 9, 1), date(2026, 9, 7)),
        ("harian", wib(2026, 9, 1), date(2026, 9, 2)),
        ("realtime", wib(2026, 9, 1), date(2026, 9, 2)),
    ],
)
def test_f25_a_new_item_counts_from_its_first_full_period(code: str, recorded: datetime, first: date) -> None:
    one = item(code, since=recorded)
    assert starts(one.versions[0]) == first
    assert all(each.span.start >= first for each in owed(one, PLAIN, recorded + 400 * DAY))


def test_f10_rolling_items_have_no_obligations() -> None:
    assert owed(item("realtime"), PLAIN, wib(2026, 12, 1)) == []


def test_f10_periods_are_whole_and_without_gap() -> None:
    found = owed(item("bulanan", since=wib(2025, 12, 31)), PLAIN, wib(2026, 12, 1))
    assert [each.span.start for each in found] == [date(2026, n, 1) for n in range(1, 13)]
    assert all(one.span.end + DAY == other.span.start for one, other in pairwise(found))


def test_f10_a_retired_item_owes_nothing_more() -> None:
    one = replace(item(), retired_from=date(2026, 4, 1))
    assert [each.span.end for each in owed(one, PLAIN, wib(2026, 12, 1))][-1] == date(2026, 3, 31)
    on_its_last_day = replace(item(), retired_from=date(2026, 3, 31))
    assert [each.span.end for each in owed(on_its_last_day, PLAIN, wib(2026, 12, 1))][-1] == date(2026, 2, 28)


def test_f10_an_anchor_moves_the_year() -> None:
    school = containing("tahunan", date(2026, 9, 1), date(2020, 7, 1))
    assert school == Span(date(2026, 7, 1), date(2027, 6, 30))
    assert first_full("tahunan", date(2026, 9, 1), date(2020, 7, 1)).start == date(2027, 7, 1)


def test_f10_terms_change_with_the_next_period_but_access_at_once() -> None:
    one = changed(item(), wib(2026, 10, 10), "bulanan", weight=3, access="tertutup")
    instants = [wib(2026, 9, 30), wib(2026, 10, 10), wib(2026, 10, 31, 23), wib(2026, 11, 1)]
    assert [one.terms(each).weight for each in instants] == [1, 1, 1, 3]
    assert [one.access(each) for each in instants] == ["terbuka", "tertutup", "tertutup", "tertutup"]


def test_f10_what_is_corrected_before_an_item_begins_holds_from_its_beginning() -> None:
    one = changed(item(since=wib(2026, 9, 10)), wib(2026, 9, 11), "bulanan", weight=3)
    assert one.terms(wib(2026, 9, 12)).weight == 3


def test_f25_a_change_takes_effect_with_the_next_period() -> None:
    one = changed(item("bulanan"), wib(2026, 5, 10), "mingguan")
    found = owed(one, PLAIN, wib(2026, 6, 10))
    assert [each.code for each in found] == ["bulanan"] * 5 + ["mingguan"] * 5
    assert found[5].span.start == date(2026, 5, 11)


def test_f25_a_slower_frequency_leaves_the_stricter_one_in_force_for_one_period() -> None:
    one = changed(item("bulanan"), wib(2026, 5, 10), "triwulanan")
    found = owed(one, PLAIN, wib(2026, 12, 31))
    months = [each.span.end.month for each in found if each.code == "bulanan"]
    quarters = [each.span.start.month for each in found if each.code == "triwulanan"]
    assert (months, quarters) == ([1, 2, 3, 4, 5, 6, 7, 8, 9], [7, 10])


def test_f25_a_frequency_that_is_changed_back_owes_each_period_once() -> None:
    slow = changed(item(), wib(2026, 3, 5), "tahunan")
    back = changed(slow, wib(2026, 4, 5), "bulanan", lag_days=12)
    found = owed(back, PLAIN, wib(2026, 8, 1))
    assert [each.span.start.month for each in found] == [*range(1, 9)]
    assert {each.code for each in found} == {"bulanan"}
    may = Span(date(2026, 5, 1), date(2026, 5, 31))
    assert found[4] == duty_of(may, terms("bulanan", lag_days=12), PLAIN)


def test_f25_as_needed_waits_one_interval_before_it_judges() -> None:
    one = changed(item("bulanan"), wib(2026, 5, 10), "insidental")
    assert reigns(one, wib(2027, 5, 1))[-1].terms.promised.code == "bulanan"
    assert reigns(one, wib(2027, 5, 12))[-1].terms.promised.code == "insidental"


@pytest.mark.parametrize(
    ("new", "old", "slower"),
    [
        ("triwulanan", "bulanan", True),
        ("bulanan", "bulanan", False),
        ("harian", "bulanan", False),
        ("sekali", "tahunan", True),
        ("bulanan", "sekali", False),
        ("R/P1.5M", "bulanan", True),
        ("bulanan", "realtime", True),
    ],
)
def test_f25_slower_means_less_often(new: str, old: str, slower: bool) -> None:
    assert is_slower(terms(new), terms(old)) is slower


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(sorted(SCHEDULED)), st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 2000)
)
def test_f16_excluded_time_moves_deadlines_back_by_as_much_as_it_holds(
    code: str, day: date, hours: int
) -> None:
    span = containing(code, day)
    plain = duty_of(span, terms(code), PLAIN)
    fault = Interval(plain.due_at, plain.due_at + timedelta(hours=hours))
    moved = duty_of(span, terms(code), PLAIN, [fault] if hours else [])
    assert moved.due_at == plain.due_at
    assert (
        moved.overdue_at - plain.overdue_at
        == moved.delinquent_at - plain.delinquent_at
        == timedelta(hours=hours)
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(sorted(MONTHS)), st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 12))
def test_f10_every_day_lies_in_exactly_one_period(code: str, day: date, month: int) -> None:
    anchor = date(2020, month, 1)
    span = containing(code, day, anchor)
    assert span.start <= day <= span.end
    assert containing(code, span.end + DAY, anchor).start == span.end + DAY


def test_f49_deadlines_ahead_are_those_of_the_months_and_the_next_of_days_and_weeks() -> None:
    now, until = wib(2026, 10, 20), wib(2027, 3, 1)
    monthly = ahead(item("bulanan"), PLAIN, now, until)
    # The deadline of September, 20 October 00:00, has passed just now; March 2027 has begun at `until`.
    assert [each.span.start for each in monthly] == [
        date(2026, 10, 1) + n * DAY for n in (0, 31, 61, 92, 123, 151)
    ]
    for code in ("harian", "mingguan"):
        (only,) = ahead(item(code), PLAIN, now, until)
        assert only == next(each for each in owed(item(code), PLAIN, until) if each.overdue_at > now)
        late = next(each.overdue_at for each in owed(item(code), PLAIN, until)[::-1])
        assert ahead(item(code), PLAIN, late - timedelta(seconds=1), until)[0].overdue_at == late
        assert ahead(item(code), PLAIN, late, until) == []
    assert ahead(item("realtime"), PLAIN, now, until) == []


@pytest.mark.parametrize(
    ("before", "since", "codes"),
    [
        ("harian", "bulanan", ["bulanan", "harian", "bulanan", "bulanan"]),
        ("bulanan", "harian", ["bulanan", "harian"]),
    ],
)
def test_f49_of_days_the_next_deadline_is_told_beside_those_of_the_months(
    before: str, since: str, codes: list[str]
) -> None:
    one = changed(item(before, since=wib(2026, 8, 31)), wib(2026, 9, 20), since)
    now = wib(2026, 10, 15) if before == "harian" else wib(2026, 10, 10)
    found = ahead(one, PLAIN, now, wib(2026, 12, 15))
    assert [each.code for each in found] == codes
    assert [each.overdue_at for each in found if each.code == "harian"] == [
        min(
            each.overdue_at
            for each in owed(one, PLAIN, now)
            if each.code == "harian" and each.overdue_at > now
        )
    ]


def test_f10_the_terms_are_those_of_the_version_in_force() -> None:
    one = changed(item("bulanan"), wib(2026, 3, 5), "mingguan", weight=2)
    two = changed(one, wib(2026, 6, 5), "harian", weight=3)
    found = (item("bulanan").terms(wib(2026, 2, 1)), one.terms(wib(2026, 5, 1)), two.terms(wib(2026, 8, 1)))
    assert [(each.promised.code, each.weight) for each in found] == [
        ("bulanan", 1),
        ("mingguan", 2),
        ("harian", 3),
    ]


def test_f11_a_law_keeps_what_it_gave_and_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "MOST_KEPT", 3)
    law = Law(PLAIN.policies, PLAIN.calendars)
    duties = owed(item("bulanan"), law, wib(2026, 12, 1))
    keys = [(n,) for n in range(4)]
    for key, duty in zip(keys[:3], duties, strict=False):
        assert law.keep(key, duty) is duty
    assert [law.kept(key) for key in keys] == [*duties[:3], None]
    law.keep(keys[3], duties[3])
    assert [law.kept(key) for key in keys] == [None, None, None, duties[3]]
    monkeypatch.setattr(obligations, "MOST_KEPT", 300)
    for n in range(10, 310):
        law.keep((n,), duties[0])
    assert law.kept(keys[3]) is None


def test_f11_of_lists_that_a_law_keeps_the_oldest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "MOST_LISTS", 300)
    law, reckoned = Law(PLAIN.policies, PLAIN.calendars), []
    for n in [*range(301), 300, 1, 0]:
        law.owed((n,), lambda n=n: reckoned.append(n) or ())
    assert reckoned == [*range(301), 0]


def test_f11_what_a_law_keeps_is_no_part_of_it() -> None:
    law = Law(PLAIN.policies, PLAIN.calendars)
    before = repr(law)
    assert owed(item("bulanan"), law, wib(2026, 12, 1))
    assert law == Law(PLAIN.policies, PLAIN.calendars)
    assert repr(law) == before


def test_f25_terms_between_two_schedules_part_them() -> None:
    one = changed(item("bulanan", since=wib(2025, 12, 31)), wib(2026, 3, 5), "realtime")
    two = changed(one, wib(2026, 6, 1), "mingguan", lag_days=3)
    found = reigns(two, wib(2026, 12, 1))
    assert [each.terms.promised.code for each in found] == ["bulanan", "realtime", "mingguan"]
    assert [each.start for each in found[1:]] == [each.end for each in found[:-1]]


@pytest.mark.parametrize(
    ("code", "begins", "next_begins"),
    [
        ("semesteran", (2026, 7, 1), (2027, 1, 1)),  # 184 days
        ("tahunan", (2024, 1, 1), (2025, 1, 1)),
        ("sepuluh_tahunan", (2020, 1, 1), (2030, 1, 1)),  # three leap days
    ],
)
def test_f49_the_next_period_is_found_from_the_first_day_of_the_longest(
    code: str, begins: tuple[int, int, int], next_begins: tuple[int, int, int]
) -> None:
    found = following(item(code, since=wib(*begins) - DAY), PLAIN, wib(*begins))
    assert found
    assert found.span.start == date(*next_begins)


@pytest.mark.parametrize("code", ["harian", "mingguan", "bulanan", "tahunan"])
def test_f49_the_next_period_is_the_first_that_has_not_begun(code: str) -> None:
    one, now = item(code), wib(2026, 10, 20)
    found = following(one, PLAIN, now)
    assert found
    assert found.span.start > date(2026, 10, 20)
    assert found.span.start == owed(one, PLAIN, now)[-1].span.end + DAY
    early = item(code, since=wib(2027, 3, 9))  # has not begun
    begins = following(early, PLAIN, now)
    assert begins
    assert begins == owed(early, PLAIN, midnight(begins.span.start))[0]


def test_f49_the_next_period_is_found_beyond_a_time_without_periods() -> None:
    recorded = wib(2026, 3, 5)
    one = changed(item("bulanan"), recorded, "P5D")
    for code, valid_from, begins in (
        ("bulanan", date(2028, 1, 1), date(2028, 1, 1)),
        ("tahunan", date(2028, 2, 1), date(2029, 1, 1)),  # far longer than what holds now
    ):
        later = Version(recorded + timedelta(hours=1), valid_from, terms(code))
        found = following(replace(one, versions=(*one.versions, later)), PLAIN, recorded + timedelta(hours=2))
        assert found
        assert found.span.start == begins
