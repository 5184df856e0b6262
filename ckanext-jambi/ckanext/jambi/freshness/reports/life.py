"""The life of a report: a draft, five working days of objection, final (F46).

A draft says what was known when it was made. What comes later, an upheld appeal too, makes a new revision
and never changes one. Each step is a row of the log with the hash of what the report says.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from hashlib import sha256
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import ledger as audit
from ckanext.jambi.freshness import dates
from ckanext.jambi.freshness.decisions.desk import Actor, Desk
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.model import report as table
from ckanext.jambi.freshness.model import report_file
from ckanext.jambi.freshness.promises import adopting, quarters
from ckanext.jambi.freshness.reports import files, making, records, text
from ckanext.jambi.freshness.reports.content import Report
from ckanext.jambi.freshness.rules.cases import last_instant
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.working_days import ONE_DAY, civil_day

Row = dict[str, Any]


def draft(
    organization_id: str | None, period: Interval, actor: Actor, as_of: datetime | None = None
) -> Report:
    """Make the next revision of a report, open to objection from now; None means all ranked OPDs.

    It says what was known at `as_of`, or now if left out; an appeal that came since then is an objection.

    Raises:
        DecisionError: if the period has not ended by then, an earlier revision is not final, or there are no
            rules.
    """
    desk, name = Desk(), quarters.name(period)
    known_at, before = as_of or desk.now, records.newest(organization_id, name)
    _require_due(desk, period, before)
    _require_known(desk, period, known_at)
    said = making.make(organization_id, period, known_at)
    if said is None:
        raise DecisionError("period", tk._("There are no rules yet: adopt a policy and a calendar first."))
    until = last_instant(desk.now, desk.policy.procedure.appeal_days, desk.calendar)
    row: Row = {
        "id": str(uuid.uuid4()),
        "organization_id": organization_id,
        "period": name,
        "from_at": period.start,
        "to_at": period.end,
        "revision": before["revision"] + 1 if before else 0,
        "status": records.OBJECTION,
        "as_of": known_at,
        "root": said["log"]["row_hash"],
        "policy_version": said["policy_version"],
        "objection_until": until,
        "content": said,
        "sha256": {"json": sha256(text.as_json(said)).hexdigest()},
        "final_seq": None,
        "final_at": None,
    }
    row["draft_seq"] = _note(row, "draft", actor)
    model.Session.execute(sa.insert(table).values(**row))
    return records.about(row)


def finalize(report_id: str, actor: Actor) -> Report:
    """Make a report final and keep its files, once the days of objection are over.

    Raises:
        DecisionError: if there is no such report, it is final already, or may be objected to yet.
    """
    desk = Desk()
    row = records.find(report_id)
    if row is None:
        raise DecisionError("id", tk._("There is nothing of the id {id}.").format(id=report_id))
    _require_over(desk, row)
    final: Row = {**row, "status": records.FINAL, "final_at": desk.now}
    document = records.document(final, desk.now)
    bodies = {form: files.written(document, form) for form in files.FORMATS}
    final["sha256"] = {form: sha256(body).hexdigest() for form, body in bodies.items()}
    final["final_seq"] = _note(final, "final", actor)
    changed = {name: final[name] for name in ("status", "final_at", "final_seq", "sha256")}
    model.Session.execute(sa.update(table).where(table.c.id == report_id).values(**changed))
    rows = [{"report_id": report_id, "format": form, "body": body} for form, body in bodies.items()]
    model.Session.execute(sa.insert(report_file), rows)
    return records.about(final)


def _require_due(desk: Desk, period: Interval, before: Any) -> None:
    if period.end > desk.now:
        said = tk._("The period is not over: a report of it can be made from {day} on.")
        raise DecisionError("period", said.format(day=dates.day(civil_day(period.end))))
    if before and before["status"] != records.FINAL:
        said = tk._("Revision {revision} of this report is a draft: make it final first.")
        raise DecisionError("period", said.format(revision=before["revision"]))


def _require_known(desk: Desk, period: Interval, as_of: datetime) -> None:
    if as_of > desk.now:
        raise DecisionError("as_of", tk._("Nothing is known of the future."))
    if as_of < period.end:
        said = tk._("The period was not over then: give an instant from {day} on.")
        raise DecisionError("as_of", said.format(day=dates.day(civil_day(period.end))))


def _require_over(desk: Desk, row: Any) -> None:
    if row["status"] == records.FINAL:
        said = tk._("This report is final since {at} (row {seq} of the log).")
        raise DecisionError("id", said.format(at=dates.moment(row["final_at"]), seq=row["final_seq"]))
    if desk.now < row["objection_until"]:
        first, last = civil_day(row["objection_until"]), civil_day(row["objection_until"]) - ONE_DAY
        said = tk._("Objections may be filed until {last}: the report can be made final from {first} on.")
        raise DecisionError("id", said.format(last=dates.day(last), first=dates.day(first)))


def _note(row: Row, event: str, actor: Actor) -> int:
    """Write a step of a report into the log and the audit ledger; return the number of the row."""
    detail = {
        "event": event,
        "report": row["id"],
        "period": row["period"],
        "revision": row["revision"],
        "as_of": row["as_of"].isoformat(),
        "sha256": row["sha256"],
    }
    line = {"kind": "report", "organization_id": row["organization_id"], "detail": detail}
    (seq,) = adopting.write([line], actor)
    object_, digest = f"report:{row['id']}", row["sha256"]["json"]
    audit.record(audit.Entry(action=f"freshness.report.{event}", object=object_, after=digest, **actor))
    return seq
