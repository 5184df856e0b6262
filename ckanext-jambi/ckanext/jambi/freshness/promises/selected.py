"""Items that are one resource of a dataset, or one value of a column, are judged by these rows alone (F10).

When new content of the dataset was seen, that of each such item enters the log under its id, and counts there
if it is new for the item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import content, evidence, uploads
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import adopting
from ckanext.jambi.freshness.promises.places import Assignment
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules.credit import Content, History, Reason, judge

Row = Mapping[str, Any]
_MEASURES = ("content_hash", "hash_method", "row_count", "period_start", "period_end")


def note(found: World) -> None:
    """Write the evidence of items whose dataset has newer content than their own rows."""
    of_rows = [(key, each) for key, assigned in found.assigned.items() for each in assigned if each.selector]
    if not of_rows:
        return
    newest = _newest({each.package_id for _, each in of_rows})
    seen = _seen_until([key for key, _ in of_rows])
    rows = (
        _newest_row(found, key, each, newest.get(each.package_id, {}), seen.get(key, 0))
        for key, each in of_rows
    )
    adopting.write([row for row in rows if row])


def _newest_row(
    found: World, key: str, each: Assignment, newest: Mapping[str | None, int], seen: int
) -> dict[str, Any] | None:
    """Return the evidence of the newest content with rows of the item, if it is newer than what was seen."""
    wanted = (each.selector or {}).get("resource_id")
    places = (seq for resource_id, seq in newest.items() if wanted in (None, resource_id) and seq > seen)
    rows = (_row(found, key, each, seq) for seq in sorted(places, reverse=True))
    return next((row for row in rows if row), None)


def _row(found: World, key: str, each: Assignment, seq: int) -> dict[str, Any] | None:
    selector = each.selector or {}
    source = model.Session.execute(sa.select(log).where(log.c.seq == seq)).mappings().one()
    seen = dict(source) if "resource_id" in selector else _of_value(source, selector)
    if seen is None:
        return None
    verdict = judge(_shown(source, seen), _history(key), source["recorded_at"])
    return {
        **{name: seen[name] for name in _MEASURES},
        "kind": source["kind"],
        "package_id": each.package_id,
        "resource_id": source["resource_id"],
        "item_id": key,
        "organization_id": found.items[key].organization_id,
        **{name: source[name] for name in ("actor_id", "actor_class")},
        "valid_at": source["valid_at"],
        "detail": {**seen["detail"], "credit": verdict.reason.value, "of_seq": seq},
    }


def _shown(source: Row, seen: Row) -> Content:
    """Return what the rows of an item show; of a linked file what is known of the whole of it."""
    credit, at = source["detail"].get("credit"), evidence.instant_of(seen["detail"])
    return Content(
        source["kind"],
        seen["content_hash"],
        seen["period_end"],
        at,
        first=credit == Reason.FIRST_LINKED_CONTENT,
        stable=credit != Reason.UNSTABLE_CONTENT,
    )


def _of_value(source: Row, selector: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the measures of the rows that bear a value, from the table of the row `source`."""
    resource = model.Session.get(model.Resource, source["resource_id"])
    if resource is None:
        return None
    chosen = (selector["column"], selector["value"])
    measured = content.of_datastore(resource.id, content.Declared.of(resource.extras), chosen)
    if measured is None or not measured.rows:
        return None
    return {
        "content_hash": measured.hash,
        "hash_method": measured.method,
        "row_count": measured.rows,
        "period_start": measured.rows_in[0].start if measured.rows_in else None,
        "period_end": measured.period_end,
        "detail": {
            **evidence.named(measured.period_at),
            **evidence.lying_in(measured.rows_in),
            **uploads.fitting(measured),
        },
    }


def _newest(packages: Collection[str]) -> dict[str, dict[str | None, int]]:
    """Return the row with the newest content of each resource, by dataset."""
    where = (log.c.package_id.in_(packages), log.c.item_id.is_(None), log.c.content_hash.is_not(None))
    columns = (log.c.package_id, log.c.resource_id, sa.func.max(log.c.seq).label("newest"))
    query = sa.select(*columns).where(*where).group_by(log.c.package_id, log.c.resource_id)
    found: dict[str, dict[str | None, int]] = {}
    for row in model.Session.execute(query):
        found.setdefault(row.package_id, {})[row.resource_id] = row.newest
    return found


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
