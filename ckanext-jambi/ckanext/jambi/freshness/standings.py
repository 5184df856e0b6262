"""What actions answer about promises: from the tables for now, from the log for any instant before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import ARRAY

from ckanext.jambi import clock, frequency
from ckanext.jambi.freshness import ledger, stamps
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import item, observation
from ckanext.jambi.freshness.promises import entries, figures, judging, scoreboard, snapshots
from ckanext.jambi.freshness.promises.replay import World, retired
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules import remedies
from ckanext.jambi.freshness.rules.assessing import reviewed_until
from ckanext.jambi.freshness.rules.shortcut import shortest
from ckanext.jambi.freshness.standing import package

Answer = dict[str, Any]
_ITEM = (
    *("id", "code", "organization_id", "title", "frequency", "weight", "class", "access", "calendar"),
    *("lag_days", "grace_days", "anchor", "valid_from", "valid_to", "seq"),
)


def items(organization_id: str | None, code: str | None = None) -> list[Answer]:
    """Return the items, by code; titles of data that is not open stay inside (F24)."""
    query = sa.select(*(item.c[name] for name in _ITEM), group.c.name.label("organization"))
    query = query.select_from(item.join(group, group.c.id == item.c.organization_id)).order_by(item.c.code)
    for column, wanted in ((item.c.organization_id, organization_id), (item.c.code, code)):
        query = query.where(column == wanted) if wanted else query
    return [_item(row) | _review(row) for row in model.Session.execute(query).mappings()]


def _review(row: Mapping[str, Any]) -> Answer:
    """Return until when walidata's look at an archive holds (F25); no other item has such a day."""
    if row["frequency"] != frequency.STATIC_CODE:
        return {"review_until": None}
    said = judging.known(packages=[]).items.get(row["id"])
    return {"review_until": iso(reviewed_until(said)) if said else None}


def owner(code: str) -> str | None:
    """Return the organization that owes an item."""
    return model.Session.scalar(sa.select(item.c.organization_id).where(item.c.code == code))


def owner_of_row(seq: int | str) -> str | None:
    """Return the organization of whose data a row of the log speaks."""
    if not str(seq).isdecimal():
        return None
    return model.Session.scalar(sa.select(observation.c.organization_id).where(observation.c.seq == int(seq)))


def owner_of_case(case_id: str) -> str | None:
    """Return the organization of which an exemption, appeal or statement speaks."""
    detail = observation.c.detail
    asked = sa.and_(detail["case"].astext == case_id, detail["event"].astext == "ask")
    return model.Session.scalar(sa.select(observation.c.organization_id).where(asked))


def _item(row: Mapping[str, Any]) -> Answer:
    found = plain(row)
    if row["access"] != "terbuka":
        del found["title"]
    return found


def plain(row: Mapping[str, Any]) -> Answer:
    """Return a row with its days and instants as texts."""
    return {name: iso(value) if isinstance(value, date) else value for name, value in row.items()}


def organization(organization_id: str | None, as_of: datetime | None = None) -> Answer:
    """Return the figures of an organization, or of all ranked ones, as known at an instant."""
    now = min(as_of or clock.now(), clock.now())
    law = judging.law(now)
    if law is None:
        return {"index": None, "items": 0, "scores": [], **stamps.at(now)}
    judged = snapshots.at(now, [organization_id] if organization_id else scoreboard.ranked())
    known = sorted(chain.from_iterable(judged.values()), key=lambda each: each.item_id)
    return {
        **entries.together(known, law.policy_at(now).scoring),
        "scores": _named([row for each in known for row in each.answers()]),
        **stamps.at(now),
    }


def _named(rows: list[Answer]) -> list[Answer]:
    shown = public_names(row["package_id"] for row in rows)
    for row in rows:
        row["dataset"] = shown.get(row["package_id"] or "")
    return rows


def everyone(as_of: datetime | None = None) -> Answer:
    """Return the figures of each organization that promised something, by its id, of the city, and states.

    They hold for `as_of`, as known then, or else for a recent minute: that of the board which the duty
    keeps, or where it keeps none the one that runs.
    """
    now = minute()
    kept = None if as_of else scoreboard.kept(clock.now())
    if kept is not None:
        return kept
    found = _everyone(min(as_of, now) if as_of else now, ledger.head())
    return found if as_of else found | {"counted": scoreboard.counted(clock.now())}


def minute() -> datetime:
    """Return the beginning of the minute: all pages give the figures of one instant."""
    return clock.now().replace(second=0, microsecond=0)


@lru_cache(maxsize=6)
def _everyone(now: datetime, _head: ledger.Head) -> Answer:
    return scoreboard.reckon(now)


def todo(organization_id: str) -> Answer:
    """Return the steps that raise the index of an organization, the greatest gain first (F51)."""
    now = minute()
    found = of_organization(organization_id, now)
    dockets = [found.docket(key, now) for key in _owed(found, organization_id, now)]
    taken = remedies.steps(dockets, found.law, now) if found.law else []
    told = [lines.about(found.items[each.item_id], now) | _step(each) for each in taken]
    return {"results": told, **stamps.at(now)}


def shortcut(organization_id: str) -> Answer | None:
    """Return the fewest steps that lift an organization into its next band; None where no steps do (F51)."""
    now = minute()
    found = of_organization(organization_id, now)
    if found.law is None:
        return None
    reached = shortest([found.docket(key, now) for key in _owed(found, organization_id, now)], found.law, now)
    if reached is None:
        return None
    return {
        "band": reached.band.value,
        "index": figures.rounded(reached.index, 6),
        "minimal": reached.minimal,
        "steps": [
            lines.about(found.items[ladder.item_id], now) | {"step": remedy.value}
            for ladder, rung in reached.steps
            for remedy in rung.remedies
        ],
        **stamps.at(now),
    }


def _owed(found: World, organization_id: str, now: datetime) -> list[str]:
    return [
        key
        for key, each in sorted(found.items.items())
        if each.organization_id == organization_id and not retired(each, now)
    ]


def known(now: datetime) -> World:
    """Return what the log tells by an instant; the pages of one minute read it once."""
    return _known(now, ledger.head()) if now == minute() else judging.known(now)


@lru_cache(maxsize=1)
def _known(now: datetime, _head: ledger.Head) -> World:
    return judging.known(now)


def of_organization(organization_id: str, now: datetime) -> World:
    """Return what the log tells of one organization by an instant; pages of one instant read it once."""
    return _known_of(organization_id, now, ledger.head())


@lru_cache(maxsize=8)
def _known_of(organization_id: str, now: datetime, _head: ledger.Head) -> World:
    return judging.of_organizations([organization_id], now)


def _step(each: remedies.Step) -> Answer:
    return {
        "step": each.remedy.value,
        "points": figures.rounded(each.points, 4),
        "gain": figures.rounded(each.gain, 4),
    }


def public_names(ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of the public datasets among `ids`."""
    wanted = sa.literal([each for each in ids if each], ARRAY(sa.Text))
    where = (package.c.id == sa.any_(wanted), is_public)
    rows: Any = model.Session.execute(sa.select(package.c.id, package.c.name).where(*where))
    return {row.id: row.name for row in rows}


is_public = sa.and_(package.c.state == "active", sa.not_(package.c.private))
