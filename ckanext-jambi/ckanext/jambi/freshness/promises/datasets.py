"""From the items of a dataset to its state: one judgement for badge, search, lists and pages (section 4).

Rows of `jambi_freshness_dataset` follow from the log; the state and the search row follow them, written only
where they really change (F41).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.logic import index_update_package
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.freshness import ledger, standing
from ckanext.jambi.freshness.model import dataset, dataset_week, item_dataset
from ckanext.jambi.freshness.promises.replay import World, retired
from ckanext.jambi.freshness.promises.tables import exact
from ckanext.jambi.freshness.reports.lines import iso
from ckanext.jambi.freshness.rules import schedule
from ckanext.jambi.freshness.rules.assessing import Assessed, Judged
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.schedule import INSTANTS, Age, Demand, demand, strictest
from ckanext.jambi.freshness.standing import Standing
from ckanext.jambi.search import batch

Judgement = tuple[Assessed, datetime]
OfItem = tuple[Assessed, Judged, datetime]
AT_ONCE = 1_000
KEPT = timedelta(weeks=105)
"""How long the weeks of a dataset are kept: the two years that its curve shows."""


def sharing(item_ids: Collection[str]) -> set[str]:
    """Return the items and all others that stand for the same datasets: they are judged together."""
    mine = sa.select(item_dataset.c.package_id).where(item_dataset.c.item_id.in_(item_ids))
    others = sa.select(item_dataset.c.item_id).where(item_dataset.c.package_id.in_(mine))
    return {*item_ids, *model.Session.scalars(others)}


def of_items(item_ids: Collection[str]) -> set[str]:
    """Return the datasets that stand for items by the tables."""
    return set(
        model.Session.scalars(
            sa.select(item_dataset.c.package_id).where(item_dataset.c.item_id.in_(item_ids))
        )
    )


def kept() -> set[str]:
    """Return the datasets of which the tables say what is demanded."""
    return set(model.Session.scalars(sa.select(dataset.c.package_id)))


def gone() -> set[str]:
    """Return the datasets that stand for items by the tables and that CKAN has no more, or deleted."""
    package = model.Package.__table__
    joined = item_dataset.outerjoin(package, package.c.id == item_dataset.c.package_id)
    query = sa.select(item_dataset.c.package_id).select_from(joined)
    return set(model.Session.scalars(query.where(package.c.state.is_distinct_from("active"))))


def follow(found: World, judged: Sequence[Judgement], before: Collection[str]) -> list[str]:
    """Let rows, states and search rows of the judged items' datasets follow; return what was reindexed.

    Of those that stood for the items `before`, and for none now, nothing is demanded any more.
    """
    by_dataset = _by_dataset(judged)
    concerned = {*by_dataset, *before}
    if not concerned:
        return []
    batch.hold(concerned)
    ledger.lock()  # whoever observes reads and writes states too
    before = standing.load(concerned)
    _put(found, concerned, by_dataset)
    changed = _changed(before, standing.load(concerned))
    standing.save(before, [each for each in changed if each.stored and _differs(before, each)])
    return index([each.package_id for each in changed])


def follow_policy(after: str = "") -> str | None:
    """Let states and search rows of some datasets follow a policy that came into force; the caller commits.

    They are those after an id; the last one is returned, None at the end.
    """
    ids = standing.next_ids(after, AT_ONCE)
    if not ids:
        return None
    batch.hold(ids)
    ledger.lock()  # whoever observes reads and writes states too
    stale = standing.outdated(ids)
    if stale:
        standing.rewrite(stale)
        index([each.package_id for each in stale])
    return ids[-1]


def put_week(day: date, judged: Iterable[Judgement]) -> None:
    """Write the scores at the end of a week; of a dataset of several owners' items the lowest stays."""
    rows = [
        {"package_id": key, "day": day, "score": exact(min(each.score.total for _, each, _ in items))}
        for key, items in sorted(_by_dataset(judged).items())
    ]
    if rows:
        put = insert(dataset_week)
        changed = {"score": sa.func.least(dataset_week.c.score, put.excluded.score)}
        put = put.on_conflict_do_update(index_elements=["package_id", "day"], set_=changed)
        model.Session.execute(put, rows)


def forget_weeks(day: date) -> None:
    """Forget the weeks that the curve of a dataset shows no more (F50); the log still tells them."""
    model.Session.execute(sa.delete(dataset_week).where(dataset_week.c.day <= day - KEPT))


def _by_dataset(judged: Iterable[Judgement]) -> dict[str, list[OfItem]]:
    found: dict[str, list[OfItem]] = {}
    for assessed, at in judged:
        for each in assessed.judged:
            if each.package_id and not retired(assessed.item, at):
                found.setdefault(each.package_id, []).append((assessed, each, at))
    return found


def _put(found: World, concerned: set[str], by_dataset: Mapping[str, Sequence[OfItem]]) -> None:
    law = found.law
    model.Session.execute(sa.delete(dataset).where(dataset.c.package_id.in_(concerned)))
    rows = [_row(found, key, each, law) for key, each in sorted(by_dataset.items())] if law else []
    if rows:
        model.Session.execute(sa.insert(dataset), rows)


def _row(found: World, package_id: str, items: Sequence[OfItem], law: Law) -> dict[str, Any]:
    demanded = owed(found, items, law)
    weakest = min(judged.score.total for _, judged, _ in items)
    keys = (package_id, *(assessed.item.id for assessed, _, _ in items))
    touched = [found.touched[key] for key in keys if key in found.touched]
    return {
        "package_id": package_id,
        "item_id": demanded.item_id if demanded else None,
        "owed_from": demanded.span.start if demanded else None,
        "owed_to": demanded.span.end if demanded else None,
        **{name: getattr(demanded, name, None) for name in INSTANTS},
        "begun": bool(demanded and demanded.begun),
        **_columns(age(found, package_id, items)),
        "score": exact(weakest),
        "touched_at": max(touched),
    }


def owed(found: World, items: Sequence[OfItem], law: Law) -> Demand | None:
    """Return what the items for which a dataset stands demand of it together."""
    return strictest([each for one in items if (each := _demand(found, one, law))])


def age(found: World, package_id: str, items: Sequence[OfItem]) -> Age | None:
    """Return by which rule the age of a dataset is judged: that of the item that has the whole of it."""
    for assessed, _, at in items:
        whole = [each.package_id for each in found.assigned[assessed.item.id] if each.selector is None]
        if package_id in whole:
            docket = found.docket(assessed.item.id, at)
            mine = tuple(each for each in docket.tracks if each.package_id == package_id)
            return schedule.age(replace(docket, tracks=mine), at)
    return None


def _columns(rule: Age | None) -> dict[str, Any]:
    if rule is None:
        return {"frequency": None, "excluded": None, "confirmed_at": None}
    excluded = [[iso(each.start), iso(each.end)] for each in rule.excluded]
    return {"frequency": rule.frequency, "excluded": excluded, "confirmed_at": rule.confirmed_at}


def _demand(found: World, one: OfItem, law: Law) -> Demand | None:
    assessed, judged, at = one
    return demand(found.docket(assessed.item.id, at), judged, law, at)


def _changed(before: Mapping[str, Standing], after: Mapping[str, Standing]) -> list[Standing]:
    """Return the datasets whose search row says something else now.

    A score that time alone moved is no reason to write: it is as of the last row about the dataset.
    """
    return [
        each for key, each in after.items() if _differs(before, each) or _is_scored_anew(before[key], each)
    ]


def _differs(before: Mapping[str, Standing], each: Standing) -> bool:
    known = before[each.package_id]
    return (known.boundaries, known.basis) != (each.boundaries, each.basis)


def _is_scored_anew(before: Standing, after: Standing) -> bool:
    old, new = before.promise, after.promise
    if old is None or new is None:
        return old is not new
    return old.touched_at != new.touched_at and old.score_text != new.score_text


def index(ids: Sequence[str]) -> list[str]:
    """Write search rows by one set of statements, in this transaction."""
    with batch.collect():
        for key in ids:
            index_update_package({"ignore_auth": True}, key)
    return list(ids)
