"""What rows of exemptions, appeals, statements and faults of the portal say (F13, F19, F27 to F29)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import wording
from ckanext.jambi.freshness.rules.cases import OBSERVATION, Kind, Step
from ckanext.jambi.theme.pages import promises
from ckanext.jambi.theme.pages.log import told
from ckanext.jambi.theme.pages.log.facts import Fact, moments, row_link

_STEPS = (("asked", Step.ASK), ("decided", Step.DECIDE), ("withdrawn", Step.WITHDRAW))


def facts(row: told.Row) -> Iterator[Fact]:
    """Yield what the row says of its case, and what the case as a whole is about."""
    detail = row["detail"]
    case = _found(row["kind"], detail["case"])
    yield from _subject(case, row)
    if detail["event"] == Step.DECIDE:
        yield Fact(tk._("Decision"), wording.case("decided", detail["outcome"]))
        yield Fact(tk._("Days granted"), _days(detail))
    yield from _words(case, row["seq"], hidden=detail["event"])
    yield from _others(case, row["seq"])
    yield Fact(tk._("Hash of the words"), detail["words_sha256"])


def _found(kind: str, case_id: str) -> Mapping[str, Any]:
    (case,) = tk.get_action(f"jambi_freshness_{kind}_list")({}, {"id": case_id})["results"]
    return case


def _subject(case: Mapping[str, Any], row: told.Row) -> Iterator[Fact]:
    yield Fact(tk._("Period"), promises.span(row["period_start"], row["period_end"]))
    disputed = case.get(OBSERVATION)
    if disputed:
        yield row_link(tk._("Against the row"), disputed)
    if case.get("act"):
        yield Fact(tk._("What was stated"), told.stated(case["act"]))
    fault = row["kind"] == Kind.PORTAL_FAULT
    yield Fact(tk._("Time of the fault") if fault else tk._("Days asked for"), _asked(case, fault=fault))
    ground = wording.cause if fault else wording.ground
    yield Fact(tk._("What was down") if fault else tk._("Ground"), ground(case["reason_code"]))
    if fault:
        named = case["organizations"]
        yield Fact(tk._("For whom"), ", ".join(_titles(named)) if named else tk._("all OPD together"))


def _asked(case: Mapping[str, Any], *, fault: bool) -> str:
    return moments(case["from_at"], case["to_at"]) if fault else _days(case)


def _days(said: Mapping[str, Any]) -> str:
    """Return the days between two midnights."""
    first, last = said.get("from_at"), said.get("to_at")
    return f"{tk.h.jambi_day(first, 'short')} – {tk.h.jambi_last_day(last)}" if first and last else ""


def _titles(ids: list[str]) -> list[str]:
    found = [tk.get_action("organization_show")({}, {"id": each}) for each in ids]
    return [each["title"] or each["name"] for each in found]


def _words(case: Mapping[str, Any], seq: int, *, hidden: str) -> Iterator[Fact]:
    """Yield why; the words of people are for those whom the case concerns, laws and letters for all."""
    step = next(each for each in _marks(case).values() if each and each["seq"] == seq)
    label = tk._("In their words") if hidden == Step.ASK and "act" in case and case["act"] else tk._("Reason")
    whole = "reason" in step
    secret = tk._("not public: the OPD in question and those who decide read it")
    yield Fact(label, step["reason"] if whole else secret)
    yield Fact(tk._("Law or letter"), step.get("legal_basis") or "")
    letter = step.get("document_url") or ""
    yield Fact(tk._("Address of the letter"), letter, letter)


def _others(case: Mapping[str, Any], seq: int) -> Iterator[Fact]:
    """Yield the other steps of the case, each with its row."""
    labels = {Step.ASK: tk._("Asked"), Step.DECIDE: tk._("Decision"), Step.WITHDRAW: tk._("Withdrawn")}
    marks = _marks(case)
    for name, step in _STEPS:
        mark = marks.get(name)
        if mark and mark["seq"] != seq:
            yield row_link(labels[step], mark["seq"])
    if len([each for each in marks.values() if each]) == 1 and "noted" not in case:
        yield Fact(tk._("Decision"), wording.case(case["status"], case["outcome"]))


def _marks(case: Mapping[str, Any]) -> dict[str, Any]:
    return {name: case.get(name) for name in ("asked", "decided", "withdrawn", "noted")}
