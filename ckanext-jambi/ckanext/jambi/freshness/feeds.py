"""Event feeds: a complete run after the end of a period says that nothing happened in it (F13).

The harvester tells of each complete run; a row of the log is written where a period of such an item is open.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import evidence
from ckanext.jambi.freshness.kinds import HARVESTED, UNANSWERED
from ckanext.jambi.freshness.model import item, obligation
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.rules import reaching
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.scoring import Look
from ckanext.jambi.working_days import civil_day, midnight

LOOKS_BACK = timedelta(days=400)


def waiting(now: datetime) -> list[str]:
    """Return the datasets of event feeds that owe a period which is over, and that no run spoke of today."""
    joined = obligation.join(item, item.c.id == obligation.c.item_id)
    said = sa.exists().where(
        log.c.package_id == obligation.c.package_id,
        log.c.kind == HARVESTED,
        log.c.detail.has_key(reaching.ANSWERS_SINCE),
        log.c.recorded_at >= midnight(civil_day(now)),
    )
    query = sa.select(obligation.c.package_id).select_from(joined)
    open_ones = query.where(
        item.c.peristiwa,
        obligation.c.package_id.is_not(None),
        obligation.c.outcome == Outcome.OPEN.value,
        obligation.c.period_end < civil_day(now),
        sa.not_(said),
    )
    return list(model.Session.scalars(open_ones.distinct()))


def completed(source_id: str, package_ids: Collection[str], at: datetime) -> list[evidence.Credit]:
    """Note that a source was read to its proven end at `at`, and since when it answered on every day."""
    since = reaching.since(_looks(source_id, at), at)
    if since is None:
        return []
    detail = {"source_id": source_id, reaching.ANSWERS_SINCE: since.isoformat()}
    return evidence.observe(
        [
            evidence.Observation(kind=HARVESTED, package_id=key, valid_at=at, detail=detail)
            for key in sorted(package_ids)
        ]
    )


def _looks(source_id: str, at: datetime) -> list[Look]:
    """Return when a source was seen to answer, or not."""
    query = sa.select(log.c.valid_at, log.c.kind).where(
        log.c.package_id.is_(None),
        log.c.kind.in_((HARVESTED, UNANSWERED)),
        log.c.detail["source_id"].astext == source_id,
        log.c.recorded_at > at - LOOKS_BACK,
    )
    return [Look(row.valid_at, row.kind == HARVESTED) for row in model.Session.execute(query)]
