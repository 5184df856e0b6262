"""The report of an OPD, or of all, over a period as known at an instant, from the portal's own log.

Everything is reckoned from the rows that were recorded by then; names of organizations and which of them
are ranked are those of the present.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.promises import entries, judging, snapshots
from ckanext.jambi.freshness.promises.scoreboard import ranked
from ckanext.jambi.freshness.reports import bundle as bundles
from ckanext.jambi.freshness.reports import content
from ckanext.jambi.freshness.reports.content import Indexes, Report, Scope
from ckanext.jambi.freshness.roots import making as roots
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.working_days import ONE_DAY, civil_day


def make(organization_id: str | None, period: Interval, as_of: datetime) -> Report | None:
    """Return the report; `organization_id` None means all ranked OPDs. None where no rules were in force.

    Of the OPDs of which it does not speak only the indexes are reckoned, for the rank.
    """
    who, begin = scope(organization_id), min(period.start, as_of)
    if organization_id is None:
        return content.compose(judging.known(as_of, since=begin), who, period, as_of, end(as_of))
    found = judging.of_organizations([organization_id], as_of, begin)
    return content.compose(found, who, period, as_of, end(as_of), partial(_others, who, found.law, as_of))


def _others(who: Scope, law: Law | None, as_of: datetime, at: datetime) -> Indexes:
    """Return the indexes at an instant of all OPDs but one, as known later."""
    if law is None:
        return {}
    known = snapshots.at(at, who.ranked - who.wanted, as_of)
    scoring = law.policy_at(at).scoring
    return {key: entries.together(some, scoring)["index"] for key, some in known.items()}


def bundle(report: Report) -> bytes:
    """Return a report with the evidence by which anyone can reckon it again."""
    last_day = civil_day(datetime.fromisoformat(report["as_of"])) - ONE_DAY
    published = roots.stored(last=last_day, last_seq=report["log"]["seq"])
    return bundles.packed(report, ledger.export(report["log"]["seq"]), published)


def preview(organization_id: str | None, period: Interval) -> Report | None:
    """Return the report as known at the beginning of this minute, of a period that need not be over."""
    return _preview(organization_id, period, clock.now().replace(second=0, microsecond=0), ledger.head())


@lru_cache(maxsize=32)
def _preview(
    organization_id: str | None, period: Interval, now: datetime, _head: ledger.Head
) -> Report | None:
    return make(organization_id, period, now)


def scope(organization_id: str | None) -> Scope:
    """Return whose report it is, with the names and ranks of the present."""
    of_opd = ranked()
    rows = _organizations(of_opd | {organization_id} if organization_id else of_opd)
    names = {row.id: row.name for row in rows}
    return Scope(organization_id, names, {row.id: row.title for row in rows}, frozenset(of_opd))


def _organizations(ids: Collection[str | None]) -> list[Any]:
    query = sa.select(group.c.id, group.c.name, group.c.title).where(group.c.id.in_(list(ids)))
    return list(model.Session.execute(query))


def end(as_of: datetime) -> Report:
    """Return the end of the log as of an instant."""
    last = ledger.head_at(as_of)
    return {"seq": last.seq, "row_hash": last.row_hash.hex()}
