"""Items that are one resource of a dataset, or one value of a column, are judged by these rows alone (F10).

When new content of the dataset was seen, that of each such item enters the log under its id, and counts there
if it is new for the item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import content, evidence, standing, uploads
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import adopting
from ckanext.jambi.freshness.promises.places import Assignment
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules.cases import OBSERVATION
from ckanext.jambi.freshness.rules.credit import Content, History, Reason, judge

Row = Mapping[str, Any]
_MEASURES = ("content_hash", "hash_method", "row_count", "period_start", "period_end")


def note(found: World) -> None:
    """Write the evidence of items whose dataset has newer content than their own rows."""
    of_rows = [(key, each) for key, assigned in found.assigned.items() for each in assigned if each.selector]
    if not of_rows:
        return
    newest = _newest({each.package_id for _, each in of_rows})
    seen = _seen_until(found, [key for key, _ in of_rows])
    rows = (
        _newest_row(found, key, each, newest.get(each.package_id, {}), seen.get(key, 0))
        for key, each in of_rows
    )
    adopting.write([row for row in rows if row])


def _newest_row(
    found: World, key: str, each: Assignment, newest: Mapping[str | None, int], seen: int
) -> dict[str, Any] | None:
    """Return the evidence of the newest content with rows of the item, if it is newer than what was seen.

    Where none has rows of it that is noted too, so that nobody looks again before something changes.
    """
    wanted = (each.selector or {}).get("resource_id")
    places = [seq for resource_id, seq in newest.items() if wanted in (None, resource_id) and seq > seen]
    rows = (_row(found, key, each, seq) for seq in sorted(places, reverse=True))
    found_row = next((row for row in rows if row), None)
    if found_row or not places:
        return found_row
    return _about(found, key, each, _source(max(places)))


def _row(found: World, key: str, each: Assignment, seq: int) -> dict[str, Any] | None:
    selector, source = each.selector or {}, _source(seq)
    seen = dict(source) if "resource_id" in selector else _of_value(source, selector)
    if seen is None:
        return None
    verdict = judge(_shown(source, seen), _history(key), source["recorded_at"])
    detail = {**seen["detail"], "credit": verdict.reason.value, "of_seq": seq}
    return _about(found, key, each, source) | {name: seen[name] for name in _MEASURES} | {"detail": detail}


def _source(seq: int) -> Row:
    return model.Session.execute(sa.select(log).where(log.c.seq == seq)).mappings().one()


def _about(found: World, key: str, each: Assignment, source: Row) -> dict[str, Any]:
    """Return the row of an item about the content of `source`, as it is where none of it is the item's."""
    return {
        "kind": source["kind"],
        "package_id": each.package_id,
        "resource_id": source["resource_id"],
        "item_id": key,
        "organization_id": found.items[key].organization_id,
        **{name: source[name] for name in ("actor_id", "actor_class")},
        "valid_at": source["valid_at"],
        "row_count": 0,
        "detail": {"credit": Reason.NO_CONTENT.value, "of_seq": source["seq"]},
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
    where = (
        log.c.package_id.in_(packages),
        log.c.item_id.is_(None),
        log.c.content_hash.is_not(None),
        sa.not_(log.c.detail.has_key(OBSERVATION)),  # an upheld appeal brought nothing new
    )
    columns = (log.c.package_id, log.c.resource_id, sa.func.max(log.c.seq).label("newest"))
    query = sa.select(*columns).where(*where).group_by(log.c.package_id, log.c.resource_id)
    found: dict[str, dict[str | None, int]] = {}
    for row in model.Session.execute(query):
        found.setdefault(row.package_id, {})[row.resource_id] = row.newest
    return found


def _seen_until(found: World, keys: Collection[str]) -> dict[str, int]:
    """Return up to which row of the table the items' own rows were measured.

    That none were there says nothing any more once the item was changed: it may mean other rows now.
    """
    of_seq, is_empty = sa.func.max(log.c.detail["of_seq"].as_integer()), log.c.content_hash.is_(None)
    query = sa.select(log.c.item_id, is_empty, of_seq, sa.func.max(log.c.seq)).where(
        log.c.item_id.in_(keys), log.c.detail.has_key("of_seq")
    )
    seen: dict[str, int] = {}
    for key, empty, until, seq in model.Session.execute(query.group_by(log.c.item_id, is_empty)):
        if not (empty and seq < found.said[key]["seq"]):
            seen[key] = max(until, seen.get(key, 0))
    return seen


def _history(key: str) -> History:
    query = sa.select(log.c.content_hash, log.c.period_end, log.c.detail).where(
        log.c.item_id == key, log.c.content_hash.is_not(None)
    )
    query = query.order_by(standing.place)
    rows = list(model.Session.execute(query))
    credited = [row for row in rows if row.detail["credit"] == "new_content" and row.period_end]
    last = credited[-1] if credited else None
    return History(
        frozenset(row.content_hash for row in rows),
        last.period_end if last else None,
        evidence.instant_of(last.detail) if last else None,
    )
