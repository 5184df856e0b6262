"""Judgements become rows of items, obligations and scores; writing them twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import ARRAY, insert

from ckanext.jambi.freshness.model import (
    dataset_week,
    item,
    item_dataset,
    obligation,
    organization_day,
    progress,
    score,
    snapshot,
)
from ckanext.jambi.freshness.promises.holding import instants
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules.assessing import Assessed, Judged
from ckanext.jambi.freshness.rules.closing import Obligation
from ckanext.jambi.freshness.rules.states import State
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

PLACES = Decimal("0.000000001")
_SAID = (
    *("code", "title", "frequency", "lag_days", "grace_days", "calendar", "max_delay_seconds"),
    *("weight", "class", "peristiwa", "access", "seq"),
)
_OBLIGATION = tuple(column.name for column in obligation.columns)
_KEY = ("item_id", "package_id", "period_start", "period_end")
Row = dict[str, Any]


def save(found: World, known: Sequence[tuple[Assessed, datetime]]) -> None:
    """Replace the rows of the judged items by what follows from the log."""
    keys = [assessed.item.id for assessed, _ in known]
    for table in (score, item_dataset):
        model.Session.execute(sa.delete(table).where(table.c.item_id.in_(keys)))
    _put_items([_item(found, key) for key in keys])
    _put(item_dataset, [row for key in keys for row in _datasets(found, key)])
    _replace_obligations(keys, [row for assessed, _ in known for row in _obligations(assessed)])
    _put(score, [row for assessed, at in known for row in _scores(assessed, at)])


def clear() -> None:
    """Delete every row that follows from the log."""
    derived = (obligation, score, item_dataset, item, organization_day, dataset_week, snapshot, progress)
    for table in derived:
        model.Session.execute(sa.delete(table))


def exact(value: Fraction) -> Decimal:
    """Return a ratio as the tables keep it: nine places."""
    ratio = Decimal(value.numerator) / Decimal(value.denominator)
    return ratio.quantize(PLACES, rounding=ROUND_HALF_EVEN)


def _replace_obligations(keys: Sequence[str], wanted: Sequence[Row]) -> None:
    """Write the obligations that are new or other than before: most stay what they were, day after day."""
    before = model.Session.execute(sa.select(obligation).where(obligation.c.item_id.in_(keys)))
    known = {tuple(row) for row in before}
    rows = {tuple(row[name] for name in _OBLIGATION): row for row in wanted}
    gone = [dict(zip(_OBLIGATION, each, strict=True)) for each in known - rows.keys()]
    for published in (True, False):
        if some := [each for each in gone if bool(each["package_id"]) is published]:
            model.Session.execute(deleted(some, published=published))
    _put(obligation, [row for key, row in rows.items() if key not in known])


def deleted(gone: Sequence[Row], *, published: bool) -> sa.Delete:
    """Return what deletes obligations, all of items with a dataset or all of items without, by an index."""
    arrays = (sa.cast([each[name] for each in gone], ARRAY(obligation.c[name].type)) for name in _KEY)
    named = sa.func.unnest(*arrays).table_valued(*_KEY).render_derived(name="gone")
    same = {name: obligation.c[name] == named.c[name] for name in _KEY}
    if not published:
        same["package_id"] = obligation.c.package_id.is_(None)
    return sa.delete(obligation).where(*same.values())


def _put(table: sa.Table, rows: Sequence[Row]) -> None:
    if rows:
        model.Session.execute(sa.insert(table), rows)


def _put_items(every: Sequence[Row]) -> None:
    """Write the items that are new or other than before: the row that said so last, owner and end tell."""
    told = ("id", "seq", "valid_to", "organization_id")
    query = sa.select(*(item.c[name] for name in told)).where(item.c.id.in_([each["id"] for each in every]))
    known = {tuple(row) for row in model.Session.execute(query)}
    rows = [each for each in every if tuple(each[name] for name in told) not in known]
    if rows:
        put = insert(item)
        changed = {
            column.name: put.excluded[column.name] for column in item.columns if not column.primary_key
        }
        model.Session.execute(put.on_conflict_do_update(index_elements=[item.c.id], set_=changed), rows)


def _item(found: World, key: str) -> Row:
    one, said = found.items[key], found.said[key]
    return {
        "id": key,
        "organization_id": one.organization_id,
        **{name: said[name] for name in _SAID},
        "anchor": date.fromisoformat(said["anchor"]) if said["anchor"] else None,
        "valid_from": date.fromisoformat(said["valid_from"]),
        "valid_to": one.retired_from - ONE_DAY if one.retired_from else None,
    }


def _datasets(found: World, key: str) -> list[Row]:
    return [
        {"item_id": key, "package_id": each.package_id, "selector": each.selector}
        for each in found.assigned[key]
    ]


def _obligations(assessed: Assessed) -> list[Row]:
    return [
        _obligation(assessed.item.id, judged.package_id, each)
        for judged in assessed.judged
        for each in judged.obligations
    ]


def _obligation(item_id: str, package_id: str | None, each: Obligation) -> Row:
    duty = each.duty
    copied = ("soon_at", "due_at", "overdue_at", "delinquent_at", "policy_version", "calendar_version")
    return {
        "item_id": item_id,
        "package_id": package_id,
        "frequency": duty.code,
        "period_start": duty.span.start,
        "period_end": duty.span.end,
        **{name: getattr(duty, name) for name in copied},
        "outcome": each.outcome.value,
        "closed_at": each.closed_at,
        "closing_seq": each.closing_seq,
    }


def _scores(assessed: Assessed, at: datetime) -> list[Row]:
    return [_score(assessed, judged, at) for judged in assessed.judged]


def _score(assessed: Assessed, judged: Judged, at: datetime) -> Row:
    standing = judged.standing
    boundaries = standing.boundaries if standing else None
    ahead = [*instants(assessed), midnight(civil_day(at) + ONE_DAY)]
    return {
        "item_id": assessed.item.id,
        "package_id": judged.package_id,
        "organization_id": assessed.item.organization_id,
        "state": standing.state.value if standing else State.UNKNOWN.value,
        "basis": "scheduled" if assessed.item.terms(at).scheduled else "rolling",
        **{name: getattr(boundaries, name, None) for name in ("due_at", "overdue_at", "delinquent_at")},
        "p": exact(standing.present if standing else Fraction(0)),
        "t": exact(standing.trailing if standing else Fraction(0)),
        "a": exact(judged.score.available),
        "q": exact(judged.score.quality),
        "score": exact(judged.score.total),
        "counts": assessed.counts,
        "evidence_seq": judged.evidence_seq,
        "score_at": at,
        "next_at": min(each for each in ahead if each > at),
    }


def put_day(organization_id: str, day: date, row: Mapping[str, Any]) -> None:
    """Write the figures of an organization at the end of a day."""
    put = insert(organization_day).values(organization_id=organization_id, day=day, **row)
    model.Session.execute(
        put.on_conflict_do_update(index_elements=["organization_id", "day"], set_=dict(row))
    )


def note(last_seq: int, at: datetime) -> None:
    """Write how far the tables follow the log."""
    values = {"last_seq": last_seq, "last_tick_at": at}
    put = insert(progress).values(one=True, **values)
    model.Session.execute(put.on_conflict_do_update(index_elements=["one"], set_=values))
