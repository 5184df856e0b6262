"""Exemptions: asked for by an OPD, decided by walidata, for at most 90 days (F27)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from ckanext.jambi.freshness.decisions.desk import Actor, Desk, Part, Row, days, granted, of_item, plain
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.rules.cases import Kind, Ruling


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
        DecisionError: if there is no such item, or the time is none or too long.
    """
    desk = Desk()
    item = desk.item(code)
    interval = days(first, last, desk.policy.procedure.exemption_days)
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
