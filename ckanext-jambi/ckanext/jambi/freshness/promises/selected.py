"""Items that are one value of a column of a shared table are judged by their own rows (F10).

When new content of the table was credited, the rows of each such item are measured by themselves; what
is new for the item enters the log under its id.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import content, evidence
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import adopting
from ckanext.jambi.freshness.promises.replay import Assignment, World
from ckanext.jambi.freshness.rules.credit import Content, History, judge

_KIND = "harvest_ok"


def note(found: World) -> None:
    """Write the evidence of items whose shared table has newer content than their own rows."""
    of_rows = [(key, each) for key, assigned in found.assigned.items() for each in assigned if each.selector]
    if not of_rows:
        return
    newest = _newest({each.package_id for _, each in of_rows})
    seen = _seen_until([key for key, _ in of_rows])
    behind = [(key, each) for key, each in of_rows if newest.get(each.package_id, 0) > seen.get(key, 0)]
    adopting.write([row for key, each in behind if (row := _row(found, key, each, newest[each.package_id]))])


def _row(found: World, key: str, each: Assignment, seq: int) -> dict[str, Any] | None:
    source = model.Session.execute(sa.select(log).where(log.c.seq == seq)).mappings().one()
    if each.selector is None:
        return None
    resource = model.Session.get(model.Resource, source["resource_id"])
    if resource is None:
        return None
    chosen = (each.selector["column"], each.selector["value"])
    measured = content.of_datastore(resource.id, content.Declared.of(resource.extras), chosen)
    if measured is None or not measured.rows:
        return None
    seen = Content(_KIND, measured.hash, measured.period_end, measured.period_at)
    verdict = judge(seen, _history(key), source["recorded_at"])
    return {
        "kind": _KIND,
        "package_id": each.package_id,
        "resource_id": resource.id,
        "item_id": key,
        "organization_id": found.items[key].organization_id,
        "content_hash": measured.hash,
        "hash_method": measured.method,
        "row_count": measured.rows,
        "period_start": measured.rows_in[0].start if measured.rows_in else None,
        "period_end": measured.period_end,
        "valid_at": source["valid_at"],
        "detail": {
            "credit": verdict.reason.value,
            "of_seq": source["seq"],
            **evidence.named(measured.period_at),
            **evidence.lying_in(measured.rows_in),
        },
    }


def _newest(packages: Collection[str]) -> dict[str, int]:
    """Return the row with the newest content of each whole table."""
    where = (log.c.package_id.in_(packages), log.c.item_id.is_(None), log.c.content_hash.is_not(None))
    query = (
        sa.select(log.c.package_id, sa.func.max(log.c.seq).label("newest"))
        .where(*where)
        .group_by(log.c.package_id)
    )
    return {row.package_id: row.newest for row in model.Session.execute(query)}


def _seen_until(keys: Collection[str]) -> dict[str, int]:
    """Return up to which row of the table the items' own rows were measured."""
    of_seq = sa.func.max(log.c.detail["of_seq"].as_integer())
    query = sa.select(log.c.item_id, of_seq).where(log.c.item_id.in_(keys)).group_by(log.c.item_id)
    return {key: seq or 0 for key, seq in model.Session.execute(query)}


def _history(key: str) -> History:
    query = sa.select(log.c.content_hash, log.c.period_end, log.c.detail).where(
        log.c.item_id == key, log.c.content_hash.is_not(None)
    )
    query = query.order_by(log.c.seq)
    rows = list(model.Session.execute(query))
    credited = [row for row in rows if row.detail["credit"] == "new_content" and row.period_end]
    last = credited[-1] if credited else None
    return History(
        frozenset(row.content_hash for row in rows),
        last.period_end if last else None,
        evidence.instant_of(last.detail) if last else None,
    )
