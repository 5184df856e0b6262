"""From the log to judgements: load what is needed, and assess items at an instant that the log decides.

An item is judged at the latest of: the day's midnight in WIB, the newest row about it, the last
boundary that has passed. So a judgement follows from the log and the clock, however often the tick ran.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises.replay import World, world
from ckanext.jambi.freshness.rules.assessing import Assessed, assess
from ckanext.jambi.freshness.rules.cases import Kind
from ckanext.jambi.freshness.rules.credit import CONTENT_KINDS, Reason
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.working_days import civil_day, midnight

RULE_KINDS = ("policy", "calendar", "item", "retire", "facts", *Kind)
_COLUMNS = [
    "seq",
    "kind",
    "package_id",
    "item_id",
    "organization_id",
    "period_start",
    "period_end",
    "valid_at",
    "recorded_at",
    "actor_id",
    "detail",
]


def known(
    until: datetime | None = None,
    packages: Iterable[str] | None = None,
    kinds: Collection[str] = RULE_KINDS,
) -> World:
    """Return what the log tells: all rules, items and cases, and the credited evidence of datasets."""
    credited = sa.and_(
        log.c.kind.in_(CONTENT_KINDS), log.c.detail["credit"].astext == Reason.NEW_CONTENT.value
    )
    if packages is not None:
        credited = sa.and_(credited, log.c.package_id.in_(list(packages)))
    query = sa.select(*(log.c[name] for name in _COLUMNS)).where(sa.or_(log.c.kind.in_(kinds), credited))
    if until is not None:
        query = query.where(log.c.recorded_at <= until)
    return world(model.Session.execute(query.order_by(log.c.seq)).mappings())


def judge(found: World, item_ids: Iterable[str], now: datetime) -> Iterator[tuple[Assessed, datetime]]:
    """Yield items with the instant at which each is judged."""
    law = found.law
    if law is None:
        return
    for key in sorted(item_ids):
        at = _judged_at(found, key, law, now)
        yield assess(found.docket(key, at), law, at), at


def _judged_at(found: World, key: str, law: Law, now: datetime) -> datetime:
    rows = [found.touched.get(name) for name in (key, *(each.package_id for each in found.assigned[key]))]
    rules = [found.policies[-1].recorded_at, found.calendars[-1].recorded_at]
    at = max(midnight(civil_day(now)), *rules, *filter(None, (*rows, found.fault_at)))
    passed = [each for each in instants(assess(found.docket(key, now), law, now)) if at < each <= now]
    return max([min(at, now), *passed])


def instants(assessed: Assessed) -> list[datetime]:
    """Return when the judges of an item's datasets change their state."""
    judges = [
        each.standing.boundaries for each in assessed.judged if each.standing and each.standing.boundaries
    ]
    found = [(one.due_at, one.overdue_at, one.delinquent_at) for one in judges]
    return [instant for three in found for instant in three if instant]


def rows_since(seq: int) -> Mapping[str, set[str]]:
    """Return the kinds, datasets and items of which rows after `seq` speak."""
    query = sa.select(log.c.kind, log.c.package_id, log.c.item_id).where(log.c.seq > seq).distinct()
    rows: list[Any] = list(model.Session.execute(query))
    return {
        "kinds": {row.kind for row in rows},
        "packages": {row.package_id for row in rows if row.package_id},
        "items": {row.item_id for row in rows if row.item_id},
    }
