"""The report of an OPD for its head: index, change, what is worst, what to do, until when to object (F52)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness import wording
from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.reports import words as printed
from ckanext.jambi.theme.pages import board, promises, words
from ckanext.jambi.working_days import civil_day

LISTED, QUARTERS = 12, 4
_UPHELD = ("diterima", "sebagian")
Answer = dict[str, Any]


def page(organization: str, period: str, revision: str | None = None) -> Answer:
    """Return what the page of a report shows: the newest revision, or a preview where none was made.

    Raises:
        ObjectNotFound: if there is no such report.
        ValidationError: if the address names no organization or no time that has begun.
    """
    asked = {"organization_id": organization, "period": period} | ({"revision": revision} if revision else {})
    found = tk.get_action("jambi_freshness_report_show")({}, asked)
    said = found["report"]
    filed = said.get("life", {}).get("objections", [])
    objections = [each | {"told": wording.case(each["status"], each["outcome"])} for each in filed]
    objected = {(each["code"], each["period_start"]) for each in objections}
    open_ = bool(found.get("objection_days_left"))
    return {
        **said,
        "life": found if "id" in found else None,
        "objections": objections,
        "title": _title(said["organization_title"]),
        "period_name": words.period(period),
        "change": _change(said["index"], said["before"]["index"]),
        "worst": [_worst(each, said, objected, open_=open_) for each in said["worst"]],
        "todo": [each | {"what": wording.step(each["step"]), "dataset": None} for each in said["todo"]],
        "late_items": lines.by_item(said["rolling"]),
        "upheld": sum(each["outcome"] in _UPHELD for each in said["appeals"]),
        "formats": found.get("formats", ()),
    }


def of_organization(organization: Mapping[str, Any]) -> Answer | None:
    """Return the reports of an OPD, the newest first, and the quarter that is running."""
    if not p.plugin_loaded("jambi_freshness"):
        return None
    asked = {"organization_id": organization["id"], "limit": LISTED}
    found = tk.get_action("jambi_freshness_report_list")({}, asked)["results"]
    made = [each | {"period_name": words.period(each["period"])} for each in found]
    today = clock.today()
    running = f"{today.year}-Q{(today.month + 2) // 3}"
    known = {each["period"] for each in found}
    over = [each for each in _over(organization["id"], running) if each not in known]
    return {
        "made": made,
        "running": {"period": running, "period_name": words.period(running)},
        "over": [{"period": each, "period_name": words.period(each)} for each in over],
    }


def _over(organization_id: str, running: str) -> list[str]:
    """Return the quarters of a year that are over, the newest first, since the OPD promised anything."""
    rows = tk.get_action("jambi_freshness_item_list")({}, {"organization_id": organization_id})
    since = min((each["valid_from"] for each in rows), default="~")
    year, quarter = int(running[:4]), int(running[-1])
    before = [divmod(year * 4 + quarter - 1 - back, 4) for back in range(1, QUARTERS + 1)]
    named = [f"{each}-Q{n + 1}" for each, n in before]
    return [each for each in named if since < civil_day(quarters.interval(each).end).isoformat()]


def _title(title: str | None) -> str:
    return board.short_title(title) if title else tk._("All OPD")


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else round(now, 1) - round(before, 1)


def _worst(
    row: Mapping[str, Any], said: Mapping[str, Any], objected: Collection[tuple[str, str]], *, open_: bool
) -> Answer:
    """Return an obligation in words; an open one is late or long late as of the report.

    An open draft lets the admins of the OPD object to what was due in its period (F29), once for each.
    """
    look = None
    if row["outcome"] == "open":
        look = "delinquent" if _instant(row["delinquent_at"]) <= _instant(said["as_of"]) else "overdue"
    appeal = row["appeal"] or (row["code"], row["period_start"]) in objected
    was_due = _instant(row["overdue_at"]) >= _instant(said["period"]["from"])
    shown = promises.obligation({**row, "state": look, "appeal": appeal})
    may_come = open_ and was_due and not appeal
    return {**shown, "late": printed.days_late(row), "objectable": may_come and _objects(row["code"])}


def _objects(code: str) -> bool:
    return tk.current_user.is_authenticated and tk.h.check_access(
        "jambi_freshness_appeal_create", {"code": code}
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
