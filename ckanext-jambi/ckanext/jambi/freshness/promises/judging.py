"""From the log to what is judged: load the rows that are needed, and no more."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import ARRAY

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.kinds import HARVESTED
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises.replay import World, with_evidence, world
from ckanext.jambi.freshness.rules.cases import Kind
from ckanext.jambi.freshness.rules.credit import CONTENT_KINDS, LINKED, Reason
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import MOST_DAYS, MOST_HOURS
from ckanext.jambi.freshness.rules.reaching import ANSWERS_SINCE
from ckanext.jambi.working_days import civil_day, midnight

RULE_KINDS = ("policy", "calendar", "item", "retire", "facts", *Kind)
OF_ALL = ("policy", "calendar", Kind.PORTAL_FAULT)
"""Kinds of rows that speak of no item, and may change every judgement."""
_OF_ITEMS = tuple(kind for kind in RULE_KINDS if kind not in (*OF_ALL, "facts"))
LOOKS_FOR = timedelta(days=MOST_DAYS, hours=MOST_HOURS)
"""How far back looks at linked files are read: no policy asks for older ones."""
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
_credit = log.c.detail["credit"].astext
_CREDITED = sa.and_(log.c.kind.in_(CONTENT_KINDS), _credit == Reason.NEW_CONTENT.value)
_COMPLETE = sa.and_(log.c.kind == HARVESTED, log.c.detail.has_key(ANSWERS_SINCE))
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


@dataclass(frozen=True, slots=True)
class _Read:
    """What a process has read of the log, but for evidence, and up to which row."""

    end: ledger.Head
    world: World


_reading = Lock()
_read: list[_Read] = []
"""At most one: it stays in the process, so that no row is read twice."""


def known(
    until: datetime | None = None,
    packages: Iterable[str] | None = None,
    kinds: Collection[str] = RULE_KINDS,
    since: datetime | None = None,
) -> World:
    """Return what the log tells: all rules, items and cases, and the evidence of datasets.

    `since` is the earliest instant to be judged, if that is another than `until`.
    """
    if packages is not None and kinds is RULE_KINDS and _is_present(until):
        return _present(list(packages))
    found = [log.c.kind.in_(kinds), *_evidence(since or until, None if packages is None else list(packages))]
    return world(_rows(found, [] if until is None else [log.c.recorded_at <= until]))


def of_organizations(ids: Collection[str], until: datetime, since: datetime | None = None) -> World:
    """Return what the log tells by an instant of organizations alone: rules, their items, their datasets.

    `since` is the earliest instant to be judged, if that is another.
    """
    return _of(log.c.organization_id.in_(ids), until, since)


def of_items(ids: Collection[str], until: datetime, since: datetime | None = None) -> World:
    """Return what the log tells by an instant of items alone: which of them may be lenient it does not."""
    return _of(log.c.item_id == sa.any_(sa.literal(list(ids), ARRAY(sa.Text))), until, since)


def _of(owed: sa.ColumnElement[bool], until: datetime, since: datetime | None) -> World:
    promised = sa.and_(log.c.kind == "item", owed)
    items = sa.select(log.c.item_id).where(promised)
    packages = sa.select(log.c.package_id).where(promised, log.c.package_id.is_not(None))
    found = [
        log.c.kind.in_(OF_ALL),
        sa.and_(log.c.kind.in_(_OF_ITEMS), log.c.item_id.in_(items)),
        sa.and_(log.c.kind == "facts", log.c.package_id.in_(packages)),
        *_evidence(since or until, packages),
    ]
    return world(_rows(found, [log.c.recorded_at <= until]))


def tells(at: datetime) -> sa.ColumnElement[bool]:
    """Return which rows of the log matter to what is judged at an instant or later."""
    return sa.or_(log.c.kind.in_(RULE_KINDS), *_evidence(at, None))


def law(until: datetime) -> Law | None:
    """Return the rules in force by an instant."""
    return known(until, packages=[], kinds=("policy", "calendar")).law


def _present(packages: Sequence[str]) -> World:
    """Return what is known now; of the rules only the rows that this process has not read yet are read."""
    with _reading:
        before = _read[0] if _read and _is_in_log(_read[0].end) else _Read(ledger.Head(), World())
        end = ledger.head()
        found = before.world
        if end.seq > before.end.seq:
            new = [log.c.seq > before.end.seq, log.c.seq <= end.seq]
            if told := list(_rows([log.c.kind.in_(RULE_KINDS)], new)):
                found = world(told, before.world)
                found.prepare()
        _read[:] = [_Read(end, found)]
    rows = _rows(_evidence(None, packages), [log.c.seq <= end.seq]) if packages else ()
    return with_evidence(found, rows)


def _evidence(
    at: datetime | None, packages: sa.Select[Any] | Sequence[str] | None
) -> list[sa.ColumnElement[bool]]:
    """Return which rows tell of content that counts, complete runs, and looks that matter at an instant.

    Of each kind an index finds those of some datasets. No row is of both.
    """
    since = midnight(civil_day(max(at or clock.now(), BEFORE_ALL))) - LOOKS_FOR
    looks = [
        log.c.kind == LINKED,
        log.c.recorded_at > since,
        _credit.is_distinct_from(Reason.NEW_CONTENT.value),
    ]
    of_some = [] if packages is None else [log.c.package_id.in_(packages)]
    return [sa.and_(sa.or_(_CREDITED, _COMPLETE), *of_some), sa.and_(*looks, *of_some)]


def _is_present(until: datetime | None) -> bool:
    """Whether nothing was recorded after an instant."""
    if until is None:
        return True
    recorded_at = ledger.head().recorded_at
    return recorded_at is None or recorded_at <= until


def _is_in_log(end: ledger.Head) -> bool:
    """Whether the log still holds the row: one that was rolled back was never there."""
    if not end.seq:
        return True
    found: Any = model.Session.scalar(sa.select(log.c.row_hash).where(log.c.seq == end.seq))
    return found is not None and bytes(found) == end.row_hash


def _rows(
    parts: Sequence[sa.ColumnElement[bool]], where: Sequence[sa.ColumnElement[bool]]
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of several parts of the log, none of which is in two, in their order."""
    query = sa.union_all(*(sa.select(*_READ).where(part, *where) for part in parts))
    for row in model.Session.execute(query.order_by("seq")).all():
        read = dict(zip(_COLUMNS, row, strict=True))
        read["detail"] = _detail(read["detail"])
        yield read


_READ = [sa.cast(log.c[name], sa.Text).label(name) if name == "detail" else log.c[name] for name in _COLUMNS]


@lru_cache(maxsize=10_000)
def _detail(text: str) -> Mapping[str, Any]:
    """Return what a text says; most rows say the same."""
    read: Mapping[str, Any] = json.loads(text)
    return read


def rows_since(seq: int) -> Mapping[str, set[str]]:
    """Return of what rows after `seq` speak: kinds, datasets, items, and owners of items that changed."""
    about = (log.c.kind, log.c.package_id, log.c.item_id, log.c.organization_id)
    query = sa.select(*about).where(log.c.seq > seq).distinct()
    rows: list[Any] = list(model.Session.execute(query))
    return {
        "kinds": {row.kind for row in rows},
        "packages": {row.package_id for row in rows if row.package_id},
        "items": {row.item_id for row in rows if row.item_id},
        "owners": {row.organization_id for row in rows if row.kind in ("item", "retire")},
    }
