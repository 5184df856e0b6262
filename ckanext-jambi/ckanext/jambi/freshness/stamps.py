"""By which rules and on which log a figure stands: said beside every one that is published (F5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.ledger import Head
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.model import root
from ckanext.jambi.freshness.reports.lines import iso
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

Stamp = dict[str, Any]
_RULES = ("policy", "calendar")


def at(now: datetime) -> Stamp:
    """Return an instant, the versions of policy and calendar in force at it, and the end of the log then.

    What was recorded later changes nothing of it, so that whoever asks again gets the same (F33).
    """
    return _stamp(now, ledger.head_at(now))


def at_end_of(days: Collection[date]) -> dict[date, Stamp]:
    """Return what `at` says of the end of each day (WIB); the roots know where its log ended."""
    if not days:
        return {}
    query = sa.select(root.c.day, log.c.seq, log.c.row_hash).join(log, log.c.seq == root.c.last_seq)
    rows: Any = model.Session.execute(query.where(root.c.day.in_(days)))
    ends = {row.day: Head(row.seq, bytes(row.row_hash)) for row in rows}
    instants = {day: midnight(day + ONE_DAY) for day in days}
    return {day: _stamp(at, ends.get(day) or ledger.head_at(at)) for day, at in instants.items()}


def _stamp(now: datetime, end: Head) -> Stamp:
    return {
        "as_of": iso(now),
        **_versions(now),
        "log": {"seq": end.seq, "row_hash": end.row_hash.hex()},
    }


def _versions(now: datetime) -> Stamp:
    version = log.c.detail["version"].astext.label("version")
    query = sa.select(log.c.kind, version).distinct(log.c.kind).where(log.c.kind.in_(_RULES))
    rows: Any = model.Session.execute(
        query.where(log.c.recorded_at <= now).order_by(log.c.kind, precedence(now))
    )
    versions = {row.kind: row.version for row in rows}
    return {f"{kind}_version": versions.get(kind) for kind in _RULES}


def precedence(now: datetime) -> sa.ColumnElement[int]:
    """Return the order in which the version in force comes first, as `rules.obligations.Law` has it.

    Of the versions whose day has come it is the newest; where none has, the first one judges already.
    """
    first_day = sa.func.coalesce(log.c.detail["body"]["valid_from"].astext, "")
    holds = first_day <= civil_day(now).isoformat()
    return sa.case((holds, log.c.seq), else_=-log.c.seq).desc()
