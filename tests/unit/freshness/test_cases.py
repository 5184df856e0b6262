"""What exemptions, appeals, statements and faults are worth, and who may decide them (F13, F14, F27 to F29)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from promises import CALENDAR, PLAIN, content, item, wib

from ckanext.jambi.freshness.promises.cases import after, events
from ckanext.jambi.freshness.promises.replay import world
from ckanext.jambi.freshness.rules.cases import (
    Bar,
    Case,
    Hurdle,
    Kind,
    Mark,
    Ruling,
    Status,
    bar,
    disputed_from,
    hurdle,
    is_late,
    last_instant,
)
from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation, close
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.obligations import owed
from ckanext.jambi.freshness.rules.policy import V1, IndexPolicy, Procedure
from ckanext.jambi.freshness.rules.spans import Span

SEPTEMBER = Span(date(2026, 9, 1), date(2026, 9, 30))
WEEK = Interval(wib(2026, 9, 7), wib(2026, 9, 14))
ASKED = Case(
    id="c",
    kind=Kind.EXEMPTION,
    asked=Mark(1, "asker", wib(2026, 9, 1)),
    organization_id="opd",
    interval=WEEK,
)
DECIDED = replace(ASKED, decided=Mark(2, "judge", wib(2026, 9, 2)), ruling=Ruling.ACCEPTED, granted=WEEK)
WITHDRAWN = Mark(3, "asker", wib(2026, 9, 10))


@pytest.mark.parametrize(
    ("case", "actor", "values", "expected"),
    [
        (ASKED, "judge", {}, None),
        (ASKED, "asker", {}, Bar.ASKER),
        (ASKED, json.loads('"asker"'), {}, Bar.ASKER),  # as a log has it
        (ASKED, None, {}, Bar.NOBODY),
        (ASKED, "judge", {"is_member": True}, Bar.MEMBER),
        (ASKED, "judge", {"witnesses": {"judge"}}, Bar.WITNESS),
        (ASKED, "judge", {"witnesses": {"other"}}, None),
        (DECIDED, "judge", {}, Bar.DECIDED),
        (DECIDED, "asker", {}, Bar.DECIDED),
        (replace(ASKED, withdrawn=WITHDRAWN), "judge", {}, Bar.WITHDRAWN),
    ],
)
def test_f27_f29_who_may_decide(case: Case, actor: str | None, values: dict, expected: Bar | None) -> None:
    assert bar(case, actor, **values) is expected


@pytest.mark.parametrize(
    ("case", "status", "excluded"),
    [
        (ASKED, Status.PENDING, None),
        (DECIDED, Status.DECIDED, WEEK),
        (replace(DECIDED, ruling=Ruling.REFUSED, granted=None), Status.DECIDED, None),
        (replace(DECIDED, withdrawn=WITHDRAWN), Status.WITHDRAWN, Interval(WEEK.start, WITHDRAWN.at)),
        (replace(DECIDED, withdrawn=replace(WITHDRAWN, at=WEEK.start)), Status.WITHDRAWN, None),
        (replace(DECIDED, withdrawn=replace(WITHDRAWN, at=wib(2026, 9, 3))), Status.WITHDRAWN, None),
        (replace(DECIDED, withdrawn=replace(WITHDRAWN, at=wib(2026, 9, 20))), Status.WITHDRAWN, WEEK),
        (replace(ASKED, kind=Kind.PORTAL_FAULT), Status.PENDING, WEEK),
    ],
)
def test_f16_what_time_a_case_takes_out(case: Case, status: Status, excluded: Interval | None) -> None:
    assert (case.status, case.excluded) == (status, excluded)


def test_f29_a_case_names_a_period_by_its_last_day() -> None:
    assert replace(ASKED, period=SEPTEMBER).last_day == SEPTEMBER.end
    assert ASKED.last_day is None


def test_f29_an_upheld_appeal_is_a_pardon_from_its_decision_on() -> None:
    appeal = replace(DECIDED, kind=Kind.APPEAL, period=SEPTEMBER, granted=None)
    found = appeal.event
    assert found is not None
    assert (found.act, found.seq, found.valid_at) == (Act.PARDON, 2, wib(2026, 9, 2))
    assert (found.first_day, found.last_day) == (SEPTEMBER.start, SEPTEMBER.end)
    assert replace(appeal, ruling=Ruling.REFUSED).event is None
    assert replace(appeal, ruling=Ruling.PARTLY).event is None
    assert replace(appeal, decided=None, ruling=None).event is None


def test_f14_an_approved_statement_counts_from_its_submission() -> None:
    found = replace(DECIDED, kind=Kind.ATTESTATION, act=Act.NIL, period=SEPTEMBER, waived=True).event
    assert found is not None
    assert (found.act, found.seq, found.valid_at, found.waived) == (Act.NIL, 2, wib(2026, 9, 1), True)


def test_f13_no_limit_is_waived_unless_walidata_says_so() -> None:
    found = replace(DECIDED, kind=Kind.ATTESTATION, act=Act.NIL, period=SEPTEMBER).event
    assert found is not None
    assert not found.waived


@pytest.mark.parametrize(
    ("since", "days", "expected"),
    [
        (wib(2026, 10, 5, 9), 5, wib(2026, 10, 13)),  # Monday: Tuesday to Monday
        (wib(2026, 10, 9, 23), 5, wib(2026, 10, 17)),  # Friday: Monday to Friday
        (wib(2026, 12, 23), 1, wib(2026, 12, 29)),  # Christmas and its joint leave lie between
    ],
)
def test_f29_working_days_are_counted_from_the_day_after(since: Any, days: int, expected: Any) -> None:
    assert last_instant(since, days, CALENDAR) == expected


def row(seq: int, kind: str, detail: dict, **values: Any) -> dict[str, Any]:
    at = wib(2026, 9, 1) + timedelta(hours=seq)
    empty = dict.fromkeys(("package_id", "item_id", "organization_id", "period_start", "period_end"))
    about = {"seq": seq, "kind": kind, "actor_id": f"u{seq}", "valid_at": at, "recorded_at": at}
    return {**empty, **about, "detail": detail, **values}


def test_f27_rows_of_a_case_become_one_case() -> None:
    interval = {"from_at": WEEK.start.isoformat(), "to_at": WEEK.end.isoformat()}
    asked = after(
        None, row(1, "exemption", {"event": "ask", "case": "c", "reason_code": "bencana", **interval})
    )
    decided = after(
        asked, row(2, "exemption", {"event": "decide", "case": "c", "outcome": "diterima", **interval})
    )
    ended = after(decided, row(3, "exemption", {"event": "withdraw", "case": "c"}))
    assert [each.status for each in (asked, decided, ended)] == ["pending", "decided", "withdrawn"]
    assert (ended.interval, ended.granted, ended.reason_code) == (WEEK, WEEK, "bencana")
    assert [mark.actor_id for mark in (ended.asked, ended.decided, ended.withdrawn) if mark] == [
        "u1",
        "u2",
        "u3",
    ]


def test_f29_a_ruling_about_another_dataset_of_the_item_is_left_out() -> None:
    appeal = replace(DECIDED, kind=Kind.APPEAL, period=SEPTEMBER, package_id="p")
    assert len(events([appeal], ["p"])) == 1
    assert events([appeal], ["q"]) == ()
    assert len(events([appeal], ["q", "p"])) == 1
    assert events([appeal]) == ()
    assert len(events([replace(appeal, package_id=None)], ["q"])) == 1


def test_g16_a_fault_counts_for_all_or_for_those_it_names() -> None:
    detail = {"event": "ask", "case": "f", "from_at": WEEK.start.isoformat(), "to_at": WEEK.end.isoformat()}
    for organizations, named in ((None, True), (["opd"], True), (["other"], False)):
        found = world([row(1, "portal_fault", {**detail, "organizations": organizations})])
        found.items["A"] = item()
        assert found.docket("A", wib(2026, 10, 1)).faults == ((WEEK,) if named else ())


def policy(**values: Any) -> IndexPolicy:
    path = Path(__file__).parents[3] / "config" / "policy" / "v1.yaml"
    return IndexPolicy.read(yaml.safe_load(path.read_text("utf-8")) | values)


def test_f29_the_policy_names_the_days() -> None:
    assert policy().procedure == Procedure(90, 5, 10)
    assert policy(procedure={"appeal_days": 7}).procedure == Procedure(90, 7, 10)


@pytest.mark.parametrize(
    "stated", [{"appeals": 5}, [5], {"appeal_days": 0}, {"exemption_days": 91}, {"decision_days": "ten"}]
)
def test_f29_a_policy_with_other_days_is_refused(stated: Any) -> None:
    with pytest.raises(ValueError, match=r"procedure|decision_days"):
        policy(procedure=stated)


def monthly(*events: Event) -> list[Obligation]:
    """Return the months of 2026 up to November, open from September on unless `events` close them."""
    known = content(0, wib(2026, 9, 1), date(2026, 8, 31))
    return close(owed(item("bulanan"), PLAIN, wib(2026, 11, 24)), [known, *events], V1.scoring)


def unchanged(seq: int, at: Any, act: Act = Act.UNCHANGED, **values: Any) -> Event:
    return Event(seq, act, at, **values)


@pytest.mark.parametrize(
    ("events", "last_day", "event", "expected"),
    [
        ((), date(2026, 9, 30), unchanged(9, wib(2026, 10, 2)), None),
        ((), date(2026, 9, 29), unchanged(9, wib(2026, 10, 2)), Hurdle.NO_PERIOD),
        ((), date(2026, 9, 30), unchanged(9, wib(2026, 9, 30)), Hurdle.RUNNING),
        ((), date(2026, 9, 30), unchanged(9, wib(2026, 10, 1)), None),
        ((), date(2026, 8, 31), unchanged(9, wib(2026, 10, 2)), Hurdle.CLOSED),
        ((), date(2026, 10, 31), unchanged(9, wib(2026, 11, 2)), Hurdle.NOT_OLDEST),
        (
            (unchanged(1, wib(2026, 10, 2)),),
            date(2026, 10, 31),
            unchanged(9, wib(2026, 11, 2)),
            Hurdle.TOO_MANY,
        ),
        (
            (unchanged(1, wib(2026, 10, 2)),),
            date(2026, 10, 31),
            unchanged(9, wib(2026, 11, 2), Act.NIL),
            None,
        ),
        (
            (unchanged(1, wib(2026, 10, 2)),),
            date(2026, 10, 31),
            unchanged(9, wib(2026, 11, 2), waived=True),
            Hurdle.TOO_MANY,
        ),
    ],
)
def test_f13_f19_why_a_statement_cannot_close_a_period(
    events: tuple, last_day: date, event: Event, expected: Hurdle | None
) -> None:
    assert hurdle(monthly(*events), last_day, event, V1.scoring) is expected


def test_f19_a_statement_closes_the_period_it_names_and_no_other() -> None:
    october = Event(1, Act.NIL, wib(2026, 11, 2), date(2026, 10, 31), date(2026, 10, 1))
    assert [each.outcome for each in monthly(october)][-3:] == ["open", "open", "open"]
    september = replace(october, last_day=date(2026, 9, 30), first_day=date(2026, 9, 1))
    assert [each.outcome for each in monthly(september)][-3:] == ["met_late", "open", "open"]


def test_f29_what_counts_against_an_opd_and_since_when() -> None:
    late = content(2, wib(2026, 11, 10), date(2026, 9, 30))
    before, after_ = monthly()[8], monthly(late)[8]
    assert before.duty.span.end == after_.duty.span.end == date(2026, 9, 30)
    overdue_at = before.duty.overdue_at
    assert not is_late(before, overdue_at - timedelta(seconds=1))
    assert is_late(before, overdue_at)
    assert is_late(before, overdue_at + timedelta(days=9))
    assert disputed_from(overdue_at, before.closed_at) == overdue_at
    assert is_late(after_, wib(2026, 11, 11))
    assert disputed_from(overdue_at, after_.closed_at) == wib(2026, 11, 10)
    in_time = monthly(content(2, wib(2026, 10, 2), date(2026, 9, 30)))[8]
    assert not is_late(in_time, wib(2026, 11, 11))
