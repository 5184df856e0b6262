"""Obligations as actions and pages list them: what was owed, by when, and what became of it (F10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import stamps
from ckanext.jambi.freshness.decisions.appeals import open_until
from ckanext.jambi.freshness.decisions.listing import appeals as filed_appeals
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import item, obligation
from ckanext.jambi.freshness.promised import closing_kind, content_seq
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.reports import records
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.states import look
from ckanext.jambi.freshness.rules.thresholds import Boundaries
from ckanext.jambi.freshness.standing import package
from ckanext.jambi.freshness.standings import is_public, plain
from ckanext.jambi.working_days import civil_day, midnight

Answer = dict[str, Any]
_LATE = (Outcome.MET_LATE, Outcome.SKIPPED)
_INSTANTS = ("soon_at", "due_at", "overdue_at", "delinquent_at", "closed_at")
_SHOWN = (
    *("period_start", "period_end"),
    *_INSTANTS,
    *("outcome", "closing_seq", "policy_version", "calendar_version"),
)


def listed(wanted: Answer) -> Answer:
    """Return how many obligations match, and a page of them: the latest deadline first, of open ones last.

    The dataset stays inside where it is not public or its data is not open (F24).
    """
    where, now = _where(wanted), clock.now()
    joined = (
        obligation.join(item, item.c.id == obligation.c.item_id)
        .join(group, group.c.id == item.c.organization_id)
        .outerjoin(package, package.c.id == obligation.c.package_id)
    )
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(joined).where(*where))
    shown = sa.and_(item.c.access == "terbuka", is_public)
    named = (
        item.c.code,
        group.c.name.label("organization"),
        sa.case((shown, package.c.name)).label("dataset"),
        sa.case((item.c.access == "terbuka", item.c.title)).label("title"),
        obligation.c.frequency,
    )
    key = [*(obligation.c[name] for name in ("item_id", "package_id")), item.c.organization_id]
    query = sa.select(*key, *named, *(obligation.c[name] for name in _SHOWN), closing_kind, content_seq)
    query = query.select_from(joined).where(*where)
    due = obligation.c.overdue_at
    by_time = due.asc() if wanted.get("outcome") == Outcome.OPEN else due.desc()
    query = query.order_by(by_time, item.c.code, obligation.c.package_id)
    rows = model.Session.execute(query.limit(wanted["limit"]).offset(wanted["offset"])).mappings()
    appeals, ends = filed_appeals(), _Ends(now)
    told = [_obligation(dict(row), appeals, ends) for row in rows]
    return {"count": count or 0, "results": told, **stamps.at(now)}


def _where(wanted: Answer) -> list[sa.ColumnElement[bool]]:
    """Return the conditions; a period is that in which the owed one ends."""
    named = {
        "organization_id": item.c.organization_id,
        "code": item.c.code,
        "outcome": obligation.c.outcome,
        "id": obligation.c.package_id,
    }
    where = [column == wanted[name] for name, column in named.items() if wanted.get(name)]
    if period := wanted.get("period"):
        last = obligation.c.period_end
        where += [last >= civil_day(period.start), last < civil_day(period.end)]
    return where


class _Ends:
    """Until when late obligations may be appealed against, by the rules and drafts of an instant."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._law = judging.known(now, packages=[], kinds=["policy", "calendar"]).law
        self._drafts = records.drafts()

    def of(self, row: Mapping[str, Any], organization_id: str) -> datetime | None:
        """Return it; None for what is not late."""
        is_late = row["outcome"] in _LATE or (
            row["outcome"] == Outcome.OPEN and row["overdue_at"] <= self.now
        )
        if self._law is None or not is_late:
            return None
        late = (row["overdue_at"], row["closed_at"])
        return open_until(organization_id, *late, self._law, self._drafts, self.now)


def _obligation(row: Answer, appeals: Mapping[Any, Answer], ends: _Ends) -> Answer:
    about = (row.pop("item_id"), row.pop("package_id"), row["period_end"])
    appeal, until = appeals.get(about), ends.of(row, row.pop("organization_id"))
    may_come = appeal is None and until is not None and until > ends.now
    told = {
        "appeal": appeal,
        "appeal_until": iso(until) if may_come else None,
        "appeal_ended_at": iso(until) if until and until <= ends.now else None,
    }
    return {**plain(row), "state": _look(row, ends.now), **told}


def _look(row: Mapping[str, Any], now: datetime) -> str | None:
    """Return how an open obligation stands by the one state machine; None for a closed one."""
    if row["outcome"] != Outcome.OPEN:
        return None
    start = midnight(row["period_start"])
    found = Boundaries(start, row["soon_at"], row["due_at"], row["overdue_at"], row["delinquent_at"])
    return look(found, now).value
