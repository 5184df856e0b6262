"""What actions answer about promises: from the tables for now, from the log for any instant before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock, frequency
from ckanext.jambi.freshness import ledger, stamps
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import item, observation
from ckanext.jambi.freshness.promises import figures, judging, scoreboard
from ckanext.jambi.freshness.promises.replay import World, at_instant, retired
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules import remedies
from ckanext.jambi.freshness.rules.assessing import Assessed, Judged, assess, reviewed_until
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.scoring import NOTHING
from ckanext.jambi.freshness.rules.shortcut import shortest
from ckanext.jambi.freshness.rules.states import State
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
    found = of_organization(organization_id, now) if organization_id else known(now)
    law = found.law
    if law is None:
        return {"index": None, "items": 0, "scores": [], **stamps.at(now)}
    judged = at_instant(found, organization_id, now)
    if organization_id is None:
        ranked = scoreboard.ranked()
        judged = [each for each in judged if each.item.organization_id in ranked]
    shown = public_names(one.package_id for each in judged for one in each.judged)
    return {
        **figures.of_items(judged, law.policy_at(now).scoring, now),
        "index_without_exemptions": _without_exemptions(found, law, judged, now),
        "scores": [row for each in judged for row in _scores(each, found, now, shown)],
        **stamps.at(now),
    }


def _without_exemptions(found: World, law: Law, judged: Sequence[Assessed], now: datetime) -> float | None:
    """Return the index had nothing been exempt, which stands beside the index (F26)."""
    plain = [
        assess(found.docket(each.item.id, now, exempting=False), law, now)
        if found.exempt(each.item.id)
        else each
        for each in judged
    ]
    index: float | None = figures.of_items(plain, law.policy_at(now).scoring, now)["index"]
    return index


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
    where = (package.c.id.in_([each for each in ids if each]), is_public)
    rows: Any = model.Session.execute(sa.select(package.c.id, package.c.name).where(*where))
    return {row.id: row.name for row in rows}


is_public = sa.and_(package.c.state == "active", sa.not_(package.c.private))


def _scores(assessed: Assessed, found: World, now: datetime, shown: Mapping[str, str]) -> list[Answer]:
    """Return what an item scores by dataset; one that is not open says no more than its code (F24)."""
    one = assessed.item
    terms = one.terms(now)
    told = {
        **lines.about(one, now),
        "frequency": terms.promised.code,
        "weight": terms.weight,
        "counts": assessed.counts,
        "item_seq": found.said[one.id]["seq"],
    }
    law = found.law
    scoring = law.policy_at(now).scoring if law else Scoring()
    rows = [told | score_of(each) | _lost(each, found, one, scoring) for each in assessed.judged]
    is_open = one.access(now) == "terbuka"
    for row in rows:
        row["package_id"] = row["package_id"] if is_open else None
        row["dataset"] = shown.get(row["package_id"] or "")
    return rows


def _lost(each: Judged, found: World, one: Item, scoring: Scoring) -> Answer:
    """Return the points that are missing from 100, each with the row of the log that shows why (F34).

    Where nothing can be scored, the facts of the dataset or the item itself are the reason for all.
    """
    item_seq = found.said[one.id]["seq"]
    facts_seq = found.facts_seq.get(each.package_id or "", item_seq)
    score = each.score
    missing = remedies.lost(score.freshness, score.available, score.quality, scoring)
    shown = score != NOTHING
    seqs = {"fresh": (each.evidence_seq or item_seq) if shown else facts_seq}
    return {
        "lost": [
            {
                "part": name,
                "points": figures.rounded(getattr(missing, name), 4),
                "seq": seqs.get(name, facts_seq),
            }
            for name in ("fresh", "available", "quality")
        ]
    }


def score_of(each: Judged) -> Answer:
    """Return what a dataset scores for an item, with its parts."""
    standing = each.standing
    boundaries = standing.boundaries if standing else None
    return {
        "package_id": each.package_id,
        "state": standing.state.value if standing else State.UNKNOWN.value,
        "p": figures.rounded(standing.present, 4) if standing else 0.0,
        "t": figures.rounded(standing.trailing, 4) if standing else 0.0,
        "a": figures.rounded(each.score.available, 4),
        "q": figures.rounded(each.score.quality, 4),
        "score": figures.rounded(each.score.total, 4),
        "evidence_seq": each.evidence_seq,
        "due_at": iso(getattr(boundaries, "due_at", None)),
        "overdue_at": iso(getattr(boundaries, "overdue_at", None)),
    }
