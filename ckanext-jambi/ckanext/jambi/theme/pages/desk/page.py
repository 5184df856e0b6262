"""What waits for a decision, and what the reader may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness import wording
from ckanext.jambi.freshness.ladder.reviews import AHEAD
from ckanext.jambi.theme.pages import promises, who, words
from ckanext.jambi.theme.pages.desk import cases

Answer = dict[str, Any]


def desk() -> Answer:
    """Return what waits by kind, drafts that may become final, and the forms that the reader may open.

    Of each kind only what the reader may decide is listed.
    """
    waiting = {kind: _to_decide(kind) for kind in cases.KINDS}
    return {
        "waiting": [(kind, rows) for kind, rows in waiting.items() if rows],
        "drafts": cases.drafts() if allowed("jambi_freshness_report_finalize") else [],
        "granted": [each for each in cases.listed("exemption", status="decided") if _may_withdraw(each)],
        "forms": [(name, word) for name, word, action in _links() if allowed(action)],
        "asks": asks(),
        "objections": _objections(),
        "own": cases.own(),
        "own_drafts": cases.own_drafts(),
        "told": _told(),
        "edits": _has("update_dataset"),
        "reviews": _reviews() if allowed("jambi_freshness_item_review") else [],
    }


def about(typed: Mapping[str, str]) -> Answer | None:
    """Return of which row of evidence, or which item and period, a form speaks; None where it names none."""
    if typed.get("observation", "").isdecimal():
        return {"row": int(typed["observation"])}
    asked = {"code": typed.get("code", "")}
    rows = tk.get_action("jambi_freshness_item_list")({}, asked) if asked["code"] else []
    return {"title": None, **rows[0], "dataset": typed.get("dataset"), **_period(typed)} if rows else None


def _period(typed: Mapping[str, str]) -> Answer:
    """Return the period that a form names by its last day, and until when it may be objected to."""
    last_day = typed.get("period", "")
    if not words.is_day(last_day):
        return {"period": ""}
    asked = {"code": typed["code"], "period": last_day[:7], "limit": 100}
    asked |= {"id": typed["dataset"]} if typed.get("dataset") else {}
    found = tk.get_action("jambi_freshness_obligation_list")({}, asked)["results"]
    one = next((each for each in found if each["period_end"] == last_day), None)
    if one is None:
        return {"period": ""}
    told = {name: one[name] for name in ("appeal", "appeal_until", "appeal_ended_at")}
    return {"period": promises.span(one["period_start"], last_day), **told}


def refusal(name: str, item: Mapping[str, Any] | None, code: str) -> str:
    """Return why there is nothing to send by a form about an item; empty where there is."""
    if name == "review" and not (item and item["review_until"]):
        return tk._("{code}: there is no such archive (`sekali`).").format(code=code)
    return _not_objectable(item) if name == "object" else ""


def _not_objectable(item: Mapping[str, Any] | None) -> str:
    """Return why a period cannot be objected to, or no more (F29)."""
    if not item or not item["period"]:
        return tk._("No such period is owed: see the obligations of the OPD.")
    if item["appeal"]:
        told = wording.case(item["appeal"]["status"], item["appeal"]["outcome"])
        return tk._("An appeal against this was filed: {told}.").format(told=told)
    if item["appeal_ended_at"]:
        last = tk.h.jambi_last_day(item["appeal_ended_at"])
        return tk._("The last day for an appeal was {day}.").format(day=last)
    late = tk._("This obligation does not count against the OPD: it is not late.")
    return "" if item["appeal_until"] else late


def allowed(action: str, **data: Any) -> bool:
    """Whether the reader may call an action."""
    return bool(tk.h.check_access(action, data))


def _links() -> tuple[tuple[str, str, str], ...]:
    return (
        ("item-new", tk._("Take an item into the Daftar Data"), "jambi_freshness_item_create"),
        ("report", tk._("Make a report"), "jambi_freshness_report_create"),
        ("fault", tk._("Note a fault of the portal"), "jambi_freshness_portal_fault_create"),
    )


def asks() -> bool:
    """Whether the reader is an admin of some OPD, and may ask for an exemption of its items."""
    return _has("admin")


def _has(permission: str) -> bool:
    return bool(tk.get_action("organization_list_for_user")({}, {"permission": permission}))


def _objections() -> list[Answer]:
    """Return the OPDs of an admin that promised data: what may be objected to, and until when (F29)."""
    mine = tk.get_action("organization_list_for_user")({}, {"permission": "admin"})
    return [{**each, **_objectable(each["id"])} for each in mine if _promised(each["id"])]


def _told() -> list[Answer]:
    """Return for each OPD of the reader that promised data who is told of what, and how."""
    if tk.current_user.sysadmin:
        return []
    mine = tk.get_action("organization_list_for_user")({}, {"permission": "read"})
    owing = [each for each in mine if _promised(each["id"])]
    return [{"title": each["display_name"], "steps": who.by_step(each["name"])} for each in owing]


def _promised(organization_id: str) -> bool:
    return bool(tk.get_action("jambi_freshness_item_list")({}, {"organization_id": organization_id}))


def _objectable(organization_id: str) -> Answer:
    until = [
        each["appeal_until"]
        for outcome in ("open", "met_late", "skipped")
        for each in tk.get_action("jambi_freshness_obligation_list")(
            {}, {"organization_id": organization_id, "outcome": outcome, "limit": 1000}
        )["results"]
        if each["appeal_until"]
    ]
    return {"count": len(until), "until": min(until, default=None)}


def _reviews() -> list[Answer]:
    """Return the archives that walidata is to look at again, the most urgent first (F25)."""
    owed = [each for each in tk.get_action("jambi_freshness_item_list")({}, {}) if not each["valid_to"]]
    until = {each["code"]: words.instant(each["review_until"]) for each in owed}
    due = [each | {"until": at} for each in owed if (at := until[each["code"]]) and at < clock.now() + AHEAD]
    return [
        each | {"late": each["until"] <= clock.now()} for each in sorted(due, key=lambda each: each["until"])
    ]


def _to_decide(kind: str) -> list[Answer]:
    action = f"jambi_freshness_{kind}_decide"
    return [each for each in cases.listed(kind, status="pending") if allowed(action, id=each["id"])]


def _may_withdraw(each: Mapping[str, Any]) -> bool:
    until = words.instant(each["granted_to_at"])
    runs = until is not None and until > clock.now()
    return runs and allowed("jambi_freshness_exemption_withdraw", id=each["id"])
