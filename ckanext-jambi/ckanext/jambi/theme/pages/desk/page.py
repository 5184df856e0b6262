"""What waits for a decision, and what the reader may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness.ladder.reviews import AHEAD
from ckanext.jambi.theme.pages import promises, words

WAITING = {"status": "pending", "limit": 100}
KINDS = ("appeal", "exemption", "attestation")
Answer = dict[str, Any]


def desk() -> Answer:
    """Return what waits by kind, drafts that may become final, and the forms that the reader may open.

    Of each kind only what the reader may decide is listed.
    """
    waiting = {kind: [each for each in _cases(kind) if _may_decide(kind, each)] for kind in KINDS}
    return {
        "waiting": [(kind, rows) for kind, rows in waiting.items() if rows],
        "drafts": _drafts() if allowed("jambi_freshness_report_finalize") else [],
        "granted": [each for each in _cases("exemption", "decided") if _may_withdraw(each)],
        "forms": [(name, word) for name, word, action in _links() if allowed(action)],
        "asks": asks(),
        "objections": _objections(),
        "edits": _has("update_dataset"),
        "reviews": _reviews() if allowed("jambi_freshness_item_review") else [],
    }


def case(kind: str, case_id: str) -> Answer | None:
    """Return a case that waits, for who is about to decide it."""
    return next((each for each in _cases(kind) if each["id"] == case_id), None)


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
        return {"period": "", "appeal_until": None}
    asked = {"code": typed["code"], "period": last_day[:7], "limit": 100}
    found = tk.get_action("jambi_freshness_obligation_list")({}, asked)["results"]
    one = next((each for each in found if each["period_end"] == last_day), None)
    if one is None:
        return {"period": "", "appeal_until": None}
    return {"period": promises.span(one["period_start"], last_day), "appeal_until": one["appeal_until"]}


def refusal(name: str, item: Mapping[str, Any] | None, code: str) -> str:
    """Return why a form cannot be filled in for its item; empty where it can."""
    if name == "review" and not (item and item["review_until"]):
        return tk._("{code}: there is no such archive (`sekali`).").format(code=code)
    return ""


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


def _cases(kind: str, status: str = "pending") -> list[Answer]:
    asked = WAITING | {"status": status}
    found = tk.get_action(f"jambi_freshness_{kind}_list")({}, dict(asked))["results"]
    return [_told(each) for each in found]


def _told(each: Mapping[str, Any]) -> Answer:
    period = promises.span(each["period_start"], each["period_end"])
    return {**each, "period": period, "asked_reason": (each["asked"] or {}).get("reason")}


def _objections() -> list[Answer]:
    """Return the OPDs of an admin that promised data: what may be objected to, and until when (F29)."""
    mine = tk.get_action("organization_list_for_user")({}, {"permission": "admin"})
    return [{**each, **_objectable(each["id"])} for each in mine if _promised(each["id"])]


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


def _may_decide(kind: str, each: Mapping[str, Any]) -> bool:
    return allowed(f"jambi_freshness_{kind}_decide", id=each["id"])


def _may_withdraw(each: Mapping[str, Any]) -> bool:
    until = words.instant(each["granted_to_at"])
    runs = until is not None and until > clock.now()
    return runs and allowed("jambi_freshness_exemption_withdraw", id=each["id"])


def _drafts() -> list[Answer]:
    asked = {"status": "objection", "limit": 100}
    return list(tk.get_action("jambi_freshness_report_list")({}, asked)["results"])
