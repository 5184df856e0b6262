"""The reports that were made, with the appeals that their days of objection brought, and their files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import calendars
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import report as table
from ckanext.jambi.freshness.model import report_file
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.reports import files, lines, making
from ckanext.jambi.freshness.reports.content import Report
from ckanext.jambi.freshness.rules.cases import Case, Kind
from ckanext.jambi.working_days import civil_day

Row = Mapping[str, Any]
OBJECTION, FINAL, BUNDLE = "objection", "final", "zip"
LONGEST_LOG = 50_000
"""Up to so many rows of the log the web gives a bundle, which holds them all; the command has no limit."""
_SHOWN = ("id", "organization_id", "period", "revision", "status", "root", "policy_version", "sha256")
_INSTANTS = ("as_of", "objection_until", "final_at")


def find(report_id: str) -> Row | None:
    """Return a report by its id."""
    return model.Session.execute(sa.select(table).where(table.c.id == report_id)).mappings().first()


def newest(organization_id: str | None, period: str, revision: int | None = None) -> Row | None:
    """Return the newest revision of the report over a period, or the one that is asked for."""
    where = [table.c.organization_id.is_not_distinct_from(organization_id), table.c.period == period]
    where += [] if revision is None else [table.c.revision == revision]
    query = sa.select(table).where(*where).order_by(table.c.revision.desc()).limit(1)
    return model.Session.execute(query).mappings().first()


def listed(wanted: Mapping[str, Any]) -> Report:
    """Return how many reports match, and a page of them, the newest first."""
    where = [
        table.c[name] == wanted[name] for name in ("organization_id", "period", "status") if wanted.get(name)
    ]
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(table).where(*where))
    columns = [table.c[name] for name in (*_SHOWN, *_INSTANTS, "draft_seq", "final_seq")]
    query = (
        sa.select(*columns, group.c.name.label("organization"))
        .select_from(table.outerjoin(group, group.c.id == table.c.organization_id))
        .where(*where)
        .order_by(table.c.draft_seq.desc())
        .limit(wanted["limit"])
        .offset(wanted["offset"])
    )
    rows = model.Session.execute(query).mappings()
    return {"count": count or 0, "results": [about(row) | {"organization": _name(row)} for row in rows]}


def about(row: Row) -> Report:
    """Return what is said of a report beside what it says."""
    return {
        **{name: row[name] for name in _SHOWN},
        **{name: lines.iso(row[name]) for name in _INSTANTS},
        "draft_seq": row["draft_seq"],
        "final_seq": row["final_seq"],
    }


def document(row: Row, now: datetime) -> Report:
    """Return what a report says, with where it stands and the appeals that its days of objection brought."""
    life = about(row)
    told = {
        name: life[name] for name in ("id", "revision", "status", "objection_until", "final_at", "draft_seq")
    }
    return {**row["content"], "life": told | {"objections": objections(row, row["final_at"] or now)}}


def shown(row: Row) -> Report:
    """Return what a report says: a final one as it was kept, a draft as it stands now."""
    if row["status"] == FINAL:
        kept: Report = json.loads(written(row, "json"))
        return kept
    return document(row, clock.now())


def days_left(row: Row, now: datetime) -> int:
    """Return on how many working days an appeal may still come, today included; none of a final report."""
    if row["status"] == FINAL or now >= row["objection_until"]:
        return 0
    return calendars.at(now).between(civil_day(now), civil_day(row["objection_until"]))


def objections(row: Row, until: datetime) -> list[Report]:
    """Return the appeals filed since what was known of it, against what it says, and what became of them."""
    found = judging.known(until, packages=[])
    filed = [
        each
        for of_item in found.cases.values()
        for each in of_item.values()
        if each.kind is Kind.APPEAL and _is_objection(each, row)
    ]
    names = {each.organization_id or "": "" for each in filed}
    names |= {each.id: each.name for each in _organizations(names)}
    shown = [lines.appeal(each, found, names) for each in sorted(filed, key=lambda each: each.asked.seq)]
    return _against(row["content"], shown)


def _against(said: Report, appeals: Sequence[Report]) -> list[Report]:
    """Return the appeals against an obligation of a report, or against evidence of an item that it names."""
    named = {(each["code"], each["period_start"]) for each in (*said["obligations"], *said["worst"])}
    codes = {code for code, _ in named}
    return [
        each
        for each in appeals
        if (each["code"], each["period_start"]) in named or ("observation" in each and each["code"] in codes)
    ]


def written(row: Row, form: str) -> bytes:
    """Return a report as a file: a final one as it was kept, a draft as it stands now.

    The bundle holds what the draft said, which is what the log can prove.
    """
    if form == BUNDLE:
        return making.bundle(dict(row["content"]))
    if row["status"] == FINAL:
        query = sa.select(report_file.c.body).where(
            report_file.c.report_id == row["id"], report_file.c.format == form
        )
        return bytes(model.Session.scalars(query).one())
    return files.written(shown(row), form)


def formats(row: Row) -> tuple[str, ...]:
    """Return the forms in which the web gives a report."""
    is_short = row["content"]["log"]["seq"] <= LONGEST_LOG
    return (*files.FORMATS, BUNDLE) if is_short else files.FORMATS


def filename(row: Row, form: str) -> str:
    """Return how the file of a report is called."""
    return f"kemutakhiran-{row['content']['organization']}-{row['period']}-r{row['revision']}.{form}"


def drafts() -> Sequence[Row]:
    """Return the drafts that are not final: of which organization and time each tells, and until when."""
    columns = (table.c[name] for name in ("organization_id", "from_at", "to_at", "objection_until"))
    return model.Session.execute(sa.select(*columns).where(table.c.status == OBJECTION)).mappings().all()


def objected_until(organization_id: str, deadline: datetime, known: Sequence[Row]) -> datetime | None:
    """Return until when an obligation may be objected to because a draft tells of it (F29)."""
    told = [
        each["objection_until"]
        for each in known
        if each["organization_id"] in (None, organization_id) and each["from_at"] <= deadline < each["to_at"]
    ]
    return max(told, default=None)


def _is_objection(case: Case, row: Row) -> bool:
    mine = row["organization_id"] in (None, case.organization_id)
    return mine and row["content"]["log"]["seq"] < case.asked.seq and case.asked.at < row["objection_until"]


def _organizations(ids: Mapping[str, str]) -> list[Any]:
    query = sa.select(group.c.id, group.c.name).where(group.c.id.in_(list(ids)))
    return list(model.Session.execute(query))


def _name(row: Row) -> str:
    return "all" if row["organization_id"] is None else row["organization"]
