"""Cases as actions and pages give them: public, but for the words of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ckanext.jambi import clock
from ckanext.jambi.freshness.decisions.words import Words, of_rows
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.rules.cases import Case, Kind, Mark, last_instant
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.policy import Procedure

Answer = dict[str, Any]
Sees = Callable[[str | None], bool]
_STEPS = ("asked", "decided", "withdrawn")


def cases(kind: Kind, wanted: Mapping[str, Any], sees: Sees) -> Answer:
    """Return how many cases match, and a page of them, the newest first.

    `sees` tells whether the reader may see the reasons of an organization's cases; laws and letters are
    public (F27).
    """
    found = judging.known(packages=[])
    known = [each for of_item in found.cases.values() for each in of_item.values() if each.kind is kind]
    matching = [each for each in known if _matches(each, found, wanted)]
    matching.sort(key=lambda each: -each.asked.seq)
    page = matching[wanted["offset"] : wanted["offset"] + wanted["limit"]]
    words = of_rows([mark.seq for each in page for mark in _marks(each)])
    return {
        "count": len(matching),
        "results": [_shown(each, found, words, whole=sees(each.organization_id)) for each in page],
    }


def faults(wanted: Mapping[str, Any]) -> Answer:
    """Return how many faults of the portal match, and a page of them, the newest first; all is public."""
    found = judging.known(packages=[], kinds=[Kind.PORTAL_FAULT]).cases[None].values()
    matching = [each for each in found if _concerns(each, wanted)]
    matching.sort(key=lambda each: -each.asked.seq)
    page = matching[wanted["offset"] : wanted["offset"] + wanted["limit"]]
    words = of_rows([each.asked.seq for each in page])
    return {"count": len(matching), "results": [_fault(each, words) for each in page]}


def _concerns(case: Case, wanted: Mapping[str, Any]) -> bool:
    key = wanted.get("organization_id")
    return wanted.get("id") in (None, case.id) and (key is None or case.named is None or key in case.named)


def _fault(case: Case, words: Mapping[int, Words]) -> Answer:
    return {
        "id": case.id,
        **_interval(case.interval, ""),
        "reason_code": case.reason_code,
        "organizations": None if case.named is None else sorted(case.named),
        "noted": _step(case.asked, words, whole=True),
    }


def appeals() -> dict[tuple[str | None, str | None, date], Answer]:
    """Return the newest appeal against each obligation: by item, dataset and last day of the period."""
    found = judging.known(packages=[], kinds=[Kind.APPEAL])
    known = [each for of_item in found.cases.values() for each in of_item.values()]
    return {
        (each.item_id, each.package_id, each.period.end): {
            "id": each.id,
            "status": each.status.value,
            "outcome": each.ruling.value if each.ruling else None,
        }
        for each in known
        if each.period
    }


def _matches(case: Case, found: World, wanted: Mapping[str, Any]) -> bool:
    return all(
        value in (None, shown)
        for value, shown in (
            (wanted.get("id"), case.id),
            (wanted.get("organization_id"), case.organization_id),
            (wanted.get("code"), _code(case, found)),
            (wanted.get("status"), case.status.value),
        )
    )


def _code(case: Case, found: World) -> str | None:
    return found.items[case.item_id].code if case.item_id else None


def _marks(case: Case) -> list[Mark]:
    return [mark for mark in (case.asked, case.decided, case.withdrawn) if mark]


def _shown(case: Case, found: World, words: Mapping[int, Words], *, whole: bool) -> Answer:
    period = case.period
    return {
        "id": case.id,
        "code": _code(case, found),
        "organization_id": case.organization_id,
        "dataset_id": case.package_id,
        "period_start": iso(period.start) if period else None,
        "period_end": iso(period.end) if period else None,
        "observation": case.observation,
        "reason_code": case.reason_code,
        "act": case.act.value if case.act else None,
        **_interval(case.interval, ""),
        "status": case.status.value,
        "outcome": case.ruling.value if case.ruling else None,
        **_interval(case.excluded, "granted_"),
        **{name: _step(getattr(case, name), words, whole=whole) for name in _STEPS},
        "decide_by": _decide_by(case, found),
    }


def _interval(found: Interval | None, prefix: str) -> Answer:
    return {
        f"{prefix}from_at": iso(found.start) if found else None,
        f"{prefix}to_at": iso(found.end) if found else None,
    }


def _step(mark: Mark | None, words: Mapping[int, Words], *, whole: bool) -> Answer | None:
    if mark is None:
        return None
    said = words.get(mark.seq, Words(""))
    about = {
        "seq": mark.seq,
        "by": mark.actor_id,
        "at": iso(mark.at),
        "legal_basis": said.legal_basis or None,
    }
    if not whole:
        return about
    return about | {"reason": said.reason, "document_url": said.document_url or None}


def procedure() -> Procedure:
    """Return how long things may take by the policy in force; the defaults before one was adopted."""
    now = clock.now()
    law = judging.law(now)
    return law.policy_at(now).procedure if law else Procedure()


def _decide_by(case: Case, found: World) -> str | None:
    """Return by when a case is to be decided, if it waits (F29)."""
    if case.decided or case.kind is Kind.PORTAL_FAULT or found.law is None:
        return None
    now = clock.now()
    days = found.law.policy_at(now).procedure.decision_days
    return iso(last_instant(case.asked.at, days, found.law.calendar_at(now)))
