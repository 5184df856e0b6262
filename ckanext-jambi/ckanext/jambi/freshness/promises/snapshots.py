"""What was judged at each midnight, kept by organization, so that no answer judges the whole city anew.

Items as of an instant are those of the midnight before, and judged anew only where a row was recorded since
or a boundary passed. The log stays the one truth: a snapshot counts only if it was made of the very rows
that the log holds until its midnight, by the same rules; where there is none, all is judged from the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.model import snapshot
from ckanext.jambi.freshness.promises import entries, holding, judging
from ckanext.jambi.freshness.promises.entries import Entry
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules import ALGORITHM
from ckanext.jambi.freshness.rules.cases import Kind
from ckanext.jambi.freshness.rules.items import LENIENT
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

KEPT = timedelta(days=400)
"""How long snapshots are kept: a year and the time in which its report is disputed."""
ITEMS_AT_ONCE = 2_000
_OF_OWNERS = frozenset({"item", "retire"})
"""Rows that may change which items of an organization are lenient (F25)."""
Known = dict[str, list[Entry]]


def at(now: datetime, owners: Collection[str] | None = None, known_at: datetime | None = None) -> Known:
    """Return the items of organizations, or of all, as judged at an instant, by organization and in order.

    `known_at` is by when the rows were recorded that judge; `now` if left out, else `now` is a midnight, and
    what the figures are made of is right, while answers tell of later rows or not.
    """
    until = known_at or now
    found = followed(now, owners, until)
    return replayed(now, owners, until) if found is None else found


def followed(now: datetime, owners: Collection[str] | None, known_at: datetime) -> Known | None:
    """Return the same from the midnight before; None where no snapshot stands, or a row may change all."""
    kept = _kept(now, owners)
    rows = _rows_since(midnight(civil_day(now)), now, known_at)
    if kept is None or {row.kind for row in rows} & set(judging.OF_ALL):
        return None
    anew = _anew(kept, rows, now, known_at, owners)
    replaced = {each.item_id for each in anew}
    return entries.by_owner([*(each for each in kept if each.item_id not in replaced), *anew])


def replayed(now: datetime, owners: Collection[str] | None, known_at: datetime) -> Known:
    """Return the same from the log alone."""
    found: list[Entry] = []
    for some in promising(known_at, owners):
        found += _judged(judging.of_organizations(some, known_at, now), now)
    return entries.by_owner(found)


def promising(until: datetime, owners: Collection[str] | None = None) -> Iterator[list[str]]:
    """Yield the organizations that had promised something, some at a time, so that memory stays small."""
    count = sa.func.count(log.c.item_id.distinct())
    query = sa.select(log.c.organization_id, count).group_by(log.c.organization_id)
    query = query.where(log.c.kind == "item", log.c.recorded_at <= until).order_by(log.c.organization_id)
    some: list[str] = []
    items = 0
    for key, counted in model.Session.execute(query).tuples().all():
        if owners is not None and key not in owners:
            continue
        some.append(key)
        items += counted
        if items >= ITEMS_AT_ONCE:
            yield some
            some, items = [], 0
    if some:
        yield some


def keep(day: date, known: Mapping[str, Iterable[Entry]]) -> None:
    """Keep what was judged at the end of a day."""
    seq = ledger.head_at(midnight(day + ONE_DAY)).seq
    for key, some in known.items():
        values = {"log_seq": seq, "algorithm": ALGORITHM, "body": entries.packed(some)}
        put = insert(snapshot).values(organization_id=key, day=day, **values)
        model.Session.execute(
            put.on_conflict_do_update(index_elements=["organization_id", "day"], set_=values)
        )


def forget(day: date) -> None:
    """Forget snapshots that are too old on a day; the log still tells what they told."""
    model.Session.execute(sa.delete(snapshot).where(snapshot.c.day <= day - KEPT))


def _kept(now: datetime, owners: Collection[str] | None) -> list[Entry] | None:
    """Return what was kept at the last midnight; None where nothing was, or of another log or rules."""
    day = civil_day(now) - ONE_DAY
    end = ledger.head_at(midnight(day + ONE_DAY))
    columns = snapshot.c
    stands = sa.and_(columns.day == day, columns.log_seq == end.seq, columns.algorithm == ALGORITHM)
    if not model.Session.scalar(sa.select(sa.exists().where(stands))):
        return None
    query = sa.select(columns.organization_id, columns.body).where(stands)
    query = query if owners is None else query.where(columns.organization_id.in_(owners))
    rows: Any = model.Session.execute(query)
    return [each for row in rows for each in entries.read(row.organization_id, bytes(row.body))]


def _anew(
    kept: Sequence[Entry],
    rows: Sequence[Any],
    now: datetime,
    known_at: datetime,
    owners: Collection[str] | None,
) -> list[Entry]:
    """Return the items that rows or a boundary may have changed, judged from the log."""
    whole = {row.organization_id for row in rows if row.kind in _OF_OWNERS}
    whole = whole if owners is None else whole.intersection(owners)
    single = {each.item_id for each in _touched(kept, rows, now) if each.organization_id not in whole}
    anew: list[Entry] = []
    if single:
        found = judging.of_items(single, known_at, now)
        whole |= _with_lenient(found)
        anew += [each for each in _judged(found, now) if each.organization_id not in whole]
    if whole:
        anew += _judged(judging.of_organizations(whole, known_at, now), now)
    return anew


def _rows_since(midnight_before: datetime, now: datetime, until: datetime) -> Sequence[Any]:
    """Return of what the rows speak that were recorded after a midnight and may change what held at `now`.

    A fault that began later changes nothing of it: all that it moves lies later still.
    """
    first, last = (ledger.head_at(each).seq for each in (midnight_before, until))
    about = (log.c.kind, log.c.package_id, log.c.item_id, log.c.organization_id)
    is_ruling = log.c.kind.in_([each for each in judging.RULE_KINDS if each != "facts"])
    began = sa.cast(log.c.detail["from_at"].astext, sa.DateTime(timezone=True))
    then = sa.case(
        (log.c.kind == Kind.PORTAL_FAULT, sa.func.coalesce(began < now, True)),
        else_=sa.or_(is_ruling, sa.func.least(log.c.valid_at, log.c.recorded_at) <= now),
    )
    query = sa.select(*about).distinct().where(log.c.seq > first, log.c.seq <= last)
    return model.Session.execute(query.where(judging.tells(now), then)).all()


def _touched(kept: Iterable[Entry], rows: Iterable[Any], now: datetime) -> Iterator[Entry]:
    items = {row.item_id for row in rows if row.item_id}
    packages = {row.package_id for row in rows if row.package_id}
    for each in kept:
        passed = each.ends_at is not None and each.ends_at <= now
        if passed or each.item_id in items or not packages.isdisjoint(each.packages):
            yield each


def _with_lenient(found: World) -> set[str]:
    """Return the organizations of items that a share of them all may make lenient (F25)."""
    return {
        each.organization_id
        for each in found.items.values()
        if any(version.terms.promised.code in LENIENT for version in each.versions)
    }


def _judged(found: World, now: datetime) -> list[Entry]:
    return list(entries.of(found, holding.of_organization(found, None, now)))
