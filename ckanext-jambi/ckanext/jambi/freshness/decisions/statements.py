"""Statements that a period brought no change, or nothing at all, approved by a second person (F13, F19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ckan.plugins.toolkit as tk

from ckanext.jambi import frequency
from ckanext.jambi.freshness import dates
from ckanext.jambi.freshness.decisions.desk import Actor, Desk, Row, obligation, of_item
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.rules.cases import Hurdle, Kind, Ruling, Status, hurdle
from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation, in_a_row, most_in_a_row
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.policy import Scoring


def ask(code: str, dataset: str | None, last_day: date, act: Act, words: Words, actor: Actor) -> Row:
    """State that the period that ends on `last_day` brought no change (`UNCHANGED`), or nothing (`NIL`).

    Raises:
        DecisionError: if such a statement could not close the period, or another one waits.
    """
    desk = Desk()
    item = desk.item(code)
    if not item.terms(desk.now).scheduled:
        text = tk._("{code} is judged by its newest content alone: a statement changes nothing.")
        raise DecisionError("code", text.format(code=item.code))
    judged = desk.judged(item, dataset)
    if judged.package_id is None:
        raise DecisionError("code", tk._("No dataset stands for {code}: publish it first.").format(code=code))
    event = Event(0, act, desk.now, waived=True)
    _require_fit(desk, item, judged.obligations, last_day, event)
    known = desk.about(Kind.ATTESTATION, item, judged.package_id, last_day)
    if any(each.status is Status.PENDING for each in known):
        raise DecisionError("period", tk._("A statement about this period waits for its approval."))
    span = obligation(item, judged, last_day).duty.span
    about = {"package_id": judged.package_id, "period_start": span.start, "period_end": span.end}
    made = desk.ask(Kind.ATTESTATION, of_item(item) | about, {"act": act.value}, words, actor)
    return made | {"remaining": _remaining(desk, judged.obligations, last_day, act)}


def confirm(code: str, dataset: str | None, words: Words, actor: Actor) -> Row:
    """Confirm that data which is promised as needed is still right: a named person's word counts (F25).

    Raises:
        DecisionError: if the item is not promised as needed, lies outside the share that may be, or nobody
            named speaks.
    """
    desk = Desk()
    item = desk.item(code)
    if item.terms(desk.now).promised.code != frequency.AS_NEEDED_CODE:
        text = tk._("{code} is not promised as needed: content or a statement about a period speaks for it.")
        raise DecisionError("code", text.format(code=item.code))
    if not desk.world.docket(item.id, desk.now).lenient:
        text = tk._("{code} lies outside the fifth that may be promised as needed: new content alone counts.")
        raise DecisionError("code", text.format(code=item.code))
    if actor["actor_class"] != "person":
        raise DecisionError("code", tk._("A decision needs a named person: sign in."))
    judged = desk.judged(item, dataset)
    if judged.package_id is None:
        raise DecisionError("code", tk._("No dataset stands for {code}: publish it first.").format(code=code))
    about = of_item(item) | {"package_id": judged.package_id}
    return desk.ask(Kind.ATTESTATION, about, {"act": Act.CONFIRMED.value}, words, actor)


def decide(case_id: str, ruling: Ruling, words: Words, actor: Actor, *, by_walidata: bool) -> Row:
    """Approve or refuse a statement; never whoever made it. Walidata may let a further nil statement pass.

    Raises:
        DecisionError: if it was decided before, the actor made it, or it can close the period no more.
    """
    desk = Desk()
    case = desk.case(Kind.ATTESTATION, case_id)
    desk.require_free(case, actor, own=True)
    detail: Row = {"outcome": ruling.value}
    if ruling is Ruling.ACCEPTED and case.period and case.act:
        item = desk.world.items[case.item_id or ""]
        event = Event(0, case.act, case.asked.at, waived=by_walidata)
        _require_fit(desk, item, desk.judged(item, case.package_id).obligations, case.period.end, event)
        detail |= {"waived": by_walidata}
    return desk.rule(case, detail, words, actor) | {"outcome": ruling.value}


def why_not(found: Hurdle | None, act: Act, code: str, last_day: date, scoring: Scoring) -> str:
    """Return why a statement cannot close the period that ends on `last_day`; empty where it can."""
    if found is None:
        return ""
    text = {
        Hurdle.NO_PERIOD: tk._("No period of {code} ends on {day}: see its obligations."),
        Hurdle.RUNNING: tk._("The period that ends on {day} is not over."),
        Hurdle.CLOSED: tk._("The period that ends on {day} is closed already."),
        Hurdle.NOT_OLDEST: tk._("An older period of {code} is open: begin with that."),
        Hurdle.TOO_MANY: tk._("At most {n} such statements in a row: now content, or walidata, must speak."),
    }[found]
    return text.format(code=code, day=dates.day(last_day), n=most_in_a_row(act, scoring))


def _require_fit(
    desk: Desk, item: Item, obligations: Sequence[Obligation], last_day: date, event: Event
) -> None:
    scoring = desk.policy.scoring
    found = hurdle(obligations, last_day, event, scoring)
    if found:
        raise DecisionError("period", why_not(found, event.act, item.code, last_day, scoring))


def _remaining(desk: Desk, obligations: Sequence[Obligation], last_day: date, act: Act) -> int:
    """Return how many such statements may follow this one without anything else in between."""
    before = [each for each in obligations if each.duty.span.end < last_day]
    return max(most_in_a_row(act, desk.policy.scoring) - in_a_row(before, act) - 1, 0)
