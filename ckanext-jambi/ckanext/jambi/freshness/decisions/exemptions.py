"""Exemptions: asked for by an OPD, decided by walidata, for at most 90 days (F27)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import dates, wording
from ckanext.jambi.freshness.decisions.desk import Actor, Desk, Part, Row, days, granted, of_item, plain
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.rules.cases import Case, Kind, Ruling, Status
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.working_days import midnight


class Ground(StrEnum):
    """Why time may be exempt, as public lists give it."""

    DISASTER = "bencana"
    NATIONAL_SYSTEM = "sistem_nasional"
    REGULATION = "perubahan_peraturan"
    REORGANIZATION = "perubahan_kelembagaan"
    LEGAL_HOLD = "proses_hukum"


def ask(code: str, first: date, last: date, ground: Ground, words: Words, actor: Actor) -> Row:
    """Ask that an item's clock stand still from the beginning of a day to the end of another.

    Raises:
        DecisionError: if there is no such item, the time is none, too long or begins before the item counts,
            or it is asked for or granted already.
    """
    desk = Desk()
    item = desk.item(code)
    interval = days(first, last, desk.policy.procedure.exemption_days)
    _require_new(desk, item, interval)
    detail = {"reason_code": ground.value, **plain(interval)}
    return desk.ask(Kind.EXEMPTION, of_item(item), detail, words, actor)


def decide(case_id: str, ruling: Ruling, part: Part, words: Words, actor: Actor) -> Row:
    """Grant an exemption, grant a part of its days, or refuse it; once.

    Raises:
        DecisionError: if it was decided before, the actor may not decide, or the part lies outside.
    """
    desk = Desk()
    case = desk.case(Kind.EXEMPTION, case_id)
    desk.require_free(case, actor)
    detail = granted(ruling, part, case.interval, desk.policy.procedure.exemption_days)
    return desk.rule(case, detail, words, actor) | {"outcome": ruling.value}


def withdraw(case_id: str, words: Words, actor: Actor) -> Row:
    """Take a request back, or end what was granted: from now on the clock runs again.

    Raises:
        DecisionError: if it was refused or withdrawn before.
    """
    desk = Desk()
    return desk.withdraw(desk.case(Kind.EXEMPTION, case_id), words, actor)


def _require_new(desk: Desk, item: Item, asked: Interval) -> None:
    """Let nobody ask for days on which nothing was owed, or for days that are asked for or granted."""
    begins = item.versions[0].counts_from
    if asked.start < midnight(begins):
        text = tk._("{code} counts from {day} on: no earlier day can be exempt.")
        raise DecisionError("from", text.format(code=item.code, day=dates.day(begins)))
    earlier = next((each for each in desk.world.cases[item.id].values() if _covers(each, asked)), None)
    if earlier:
        text = tk._("These days were asked for on {at} (row {seq} of the log): {told}.")
        told = wording.case(earlier.status, earlier.ruling)
        at, seq = dates.moment(earlier.asked.at), earlier.asked.seq
        raise DecisionError("from", text.format(at=at, seq=seq, told=told))


def _covers(case: Case, asked: Interval) -> bool:
    """Whether an exemption that waits, or holds, has these days."""
    held = case.interval if case.status is Status.PENDING else case.excluded
    return (
        case.kind is Kind.EXEMPTION
        and case.status is not Status.WITHDRAWN
        and held is not None
        and held.start <= asked.start < asked.end <= held.end
    )
