"""Cases and drafts in words: for who is about to decide one, and for the OPD whose own they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness import dates, wording
from ckanext.jambi.theme.pages import organization, promises, words

KINDS = ("appeal", "exemption", "attestation")
MOST, SHOWN = 1000, 20
Answer = dict[str, Any]


def listed(kind: str, **wanted: str) -> list[Answer]:
    """Return the cases of a kind, the newest first."""
    asked = {"limit": MOST, **wanted}
    return [told(kind, each) for each in tk.get_action(f"jambi_freshness_{kind}_list")({}, asked)["results"]]


def told(kind: str, each: Mapping[str, Any]) -> Answer:
    """Return a case in words: what it is, of which time it speaks, why, and where it stands."""
    return {
        **each,
        "kind": kind,
        "what": wording.kind(kind),
        "period": promises.span(each["period_start"], each["period_end"]),
        "ground": wording.ground(each["reason_code"]),
        "asked_reason": (each["asked"] or {}).get("reason"),
        "told": wording.case(each["status"], each["outcome"]),
        "steps": [each[name] for name in ("asked", "decided", "withdrawn") if each[name]],
    }


def subject(form: str, id: str) -> Answer | None:
    """Return the case or the draft of which a form speaks; None where there is none."""
    if form == "finalize":
        return _draft(id)
    kind = "exemption" if form == "withdraw" else form
    found = next((each for each in listed(kind) if each["id"] == id), None)
    return found and found | _named(found)


def refusal(form: str, case: Mapping[str, Any]) -> str:
    """Return why there is nothing to decide or to withdraw any more; empty where there is."""
    if form == "finalize":
        return _not_over(case)
    ended = case["status"] == "withdrawn" or case["outcome"] == "ditolak"
    if ended or (form != "withdraw" and case["status"] != "pending"):
        return tk._("This is settled: {told}.").format(told=case["told"])
    return ""


def own() -> list[Answer]:
    """Return the newest cases of the OPDs of which the reader is a member, whatever became of them."""
    if tk.current_user.sysadmin:
        return []
    mine = {each["id"] for each in tk.get_action("organization_list_for_user")({}, {"permission": "read"})}
    found = [each for kind in KINDS for each in listed(kind) if each["organization_id"] in mine]
    return sorted(found, key=lambda each: -each["asked"]["seq"])[:SHOWN]


def own_drafts() -> list[Answer]:
    """Return the drafts of reports that tell of the OPDs of which the reader is a member."""
    mine = {each["id"] for each in tk.get_action("organization_list_for_user")({}, {"permission": "read"})}
    return [each for each in drafts() if each["organization_id"] in mine]


def drafts(**wanted: str) -> list[Answer]:
    """Return the drafts of reports with OPD and period in words."""
    asked = {"limit": MOST, "status": "objection"} | wanted
    found = tk.get_action("jambi_freshness_report_list")({}, asked)["results"]
    titles = {each["id"]: each["title"] for each in organization.every()} if found else {}
    return [
        each
        | {
            "owner": titles.get(each["organization_id"], tk._("All OPD")),
            "period_name": words.period(each["period"]),
        }
        for each in found
    ]


def _draft(id: str) -> Answer | None:
    found = [*drafts(), *drafts(status="final")]
    return next((each for each in found if each["id"] == id), None)


def _not_over(report: Mapping[str, Any]) -> str:
    if report["final_at"]:
        return tk._("This report is final since {day}.").format(day=tk.h.jambi_day(report["final_at"]))
    until = words.instant(report["objection_until"])
    if until is None or until <= clock.now():
        return ""
    text = tk._("Objections may be filed until {last}: the report can be made final from {first} on.")
    first, last = dates.day(until), tk.h.jambi_last_day(report["objection_until"])
    return text.format(first=first, last=last)


def _named(case: Mapping[str, Any]) -> Answer:
    """Return the OPD and the title of the item of a case."""
    titles = {each["id"]: each["title"] for each in organization.every()}
    rows = tk.get_action("jambi_freshness_item_list")({}, {"code": case["code"]})
    return {
        "owner": titles.get(case["organization_id"], ""),
        "title": rows[0].get("title") if rows else None,
    }
