"""Items that are one value of a column of a shared table are judged by their own rows (F10).

When new content of the table was credited, the rows of each such item are measured by themselves; what
is new for the item enters the log under its id.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    rows = [
        row
        for key, assigned in found.assigned.items()
        for each in assigned
        if each.selector and (row := _row(found, key, each))
    ]
    adopting.write(rows)


def _row(found: World, key: str, each: Assignment) -> dict[str, Any] | None:
    source = _newest(each.package_id)
    if source is None or source["seq"] <= _seen_until(key) or each.selector is None:
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


def _newest(package_id: str) -> Mapping[str, Any] | None:
    """Return the newest content of the whole table."""
    where = (log.c.package_id == package_id, log.c.item_id.is_(None), log.c.content_hash.is_not(None))
    query = sa.select(log).where(*where).order_by(log.c.seq.desc()).limit(1)
    return model.Session.execute(query).mappings().first()


def _seen_until(key: str) -> int:
    """Return up to which row of the table the item's own rows were measured."""
    of_seq = log.c.detail["of_seq"].as_integer()
    return model.Session.scalar(sa.select(sa.func.max(of_seq)).where(log.c.item_id == key)) or 0


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
