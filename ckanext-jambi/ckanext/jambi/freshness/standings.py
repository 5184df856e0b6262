"""What actions answer about promises: from the tables for now, from the log for any instant before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.decisions.listing import appeals as filed_appeals
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import item, obligation, observation, organization_day
from ckanext.jambi.freshness.promises import figures, judging, scoreboard
from ckanext.jambi.freshness.promises.replay import World, at_instant, retired
from ckanext.jambi.freshness.promises.scoreboard import CITY, stamp
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules import remedies
from ckanext.jambi.freshness.rules.assessing import Assessed, Judged, assess
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.scoring import NOTHING
from ckanext.jambi.freshness.rules.shortcut import shortest
from ckanext.jambi.freshness.rules.states import State, look
from ckanext.jambi.freshness.rules.thresholds import Boundaries
from ckanext.jambi.freshness.standing import package
from ckanext.jambi.working_days import midnight

Answer = dict[str, Any]
_ITEM = (
    *("id", "code", "organization_id", "title", "frequency", "weight", "class", "access", "calendar"),
    *("lag_days", "grace_days", "anchor", "valid_from", "valid_to", "seq"),
)
_INSTANTS = ("soon_at", "due_at", "overdue_at", "delinquent_at", "closed_at")
_OBLIGATION = (
    "period_start",
    "period_end",
    *_INSTANTS,
    "outcome",
    "closing_seq",
    "policy_version",
    "calendar_version",
)


def items(organization_id: str | None) -> list[Answer]:
    """Return the items, by code; titles of data that is not open stay inside (F24)."""
    query = sa.select(*(item.c[name] for name in _ITEM), group.c.name.label("organization"))
    query = query.select_from(item.join(group, group.c.id == item.c.organization_id)).order_by(item.c.code)
    if organization_id:
        query = query.where(item.c.organization_id == organization_id)
    return [_item(row) for row in model.Session.execute(query).mappings()]


def owner(code: str) -> str | None:
    """Return the organization that owes an item."""
    return model.Session.scalar(sa.select(item.c.organization_id).where(item.c.code == code))


def owner_of_case(case_id: str) -> str | None:
    """Return the organization of which an exemption, appeal or statement speaks."""
    detail = observation.c.detail
    asked = sa.and_(detail["case"].astext == case_id, detail["event"].astext == "ask")
    return model.Session.scalar(sa.select(observation.c.organization_id).where(asked))


def _item(row: Mapping[str, Any]) -> Answer:
    found = _plain(row)
    if row["access"] != "terbuka":
        del found["title"]
    return found


def obligations(wanted: Answer) -> Answer:
    """Return how many obligations match, and a page of them: the latest deadline first, of open ones last.

    The dataset stays inside where it is not public or its data is not open (F24).
    """
    where = [
        column == wanted[name]
        for name, column in (
            ("organization_id", item.c.organization_id),
            ("code", item.c.code),
            ("outcome", obligation.c.outcome),
        )
        if wanted.get(name)
    ]
    joined = (
        obligation.join(item, item.c.id == obligation.c.item_id)
        .join(group, group.c.id == item.c.organization_id)
        .outerjoin(package, package.c.id == obligation.c.package_id)
    )
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(joined).where(*where))
    shown = sa.and_(item.c.access == "terbuka", _is_public)
    named = (
        item.c.code,
        group.c.name.label("organization"),
        sa.case((shown, package.c.name)).label("dataset"),
        sa.case((item.c.access == "terbuka", item.c.title)).label("title"),
        obligation.c.frequency,
    )
    key = [obligation.c[name] for name in ("item_id", "package_id")]
    query = sa.select(*key, *named, *(obligation.c[name] for name in _OBLIGATION))
    query = query.select_from(joined).where(*where)
    due = obligation.c.overdue_at
    by_time = due.asc() if wanted.get("outcome") == Outcome.OPEN else due.desc()
    query = query.order_by(by_time, item.c.code, obligation.c.package_id)
    rows = model.Session.execute(query.limit(wanted["limit"]).offset(wanted["offset"])).mappings()
    appeals, now = filed_appeals(), clock.now()
    return {"count": count or 0, "results": [_obligation(dict(row), appeals, now) for row in rows]}


def _obligation(row: Answer, appeals: Mapping[Any, Answer], now: datetime) -> Answer:
    about = (row.pop("item_id"), row.pop("package_id"), row["period_end"])
    return {**_plain(row), "state": _look(row, now), "appeal": appeals.get(about)}


def _look(row: Mapping[str, Any], now: datetime) -> str | None:
    """Return how an open obligation stands by the one state machine; None for a closed one."""
    if row["outcome"] != Outcome.OPEN:
        return None
    start = midnight(row["period_start"])
    found = Boundaries(start, row["soon_at"], row["due_at"], row["overdue_at"], row["delinquent_at"])
    return look(found, now).value


def _plain(row: Mapping[str, Any]) -> Answer:
    return {name: iso(value) if isinstance(value, date) else value for name, value in row.items()}


def organization(organization_id: str | None, as_of: datetime | None = None) -> Answer:
    """Return the figures of an organization, or of all ranked ones, as known at an instant."""
    now = min(as_of or clock.now(), clock.now())
    found = of_organization(organization_id, now) if organization_id else known(now)
    law = found.law
    if law is None:
        return {"index": None, "items": 0, "scores": [], "as_of": iso(now)}
    judged = at_instant(found, organization_id, now)
    if organization_id is None:
        ranked = scoreboard.ranked()
        judged = [each for each in judged if each.item.organization_id in ranked]
    shown = public_names(one.package_id for each in judged for one in each.judged)
    return {
        **figures.of_items(judged, law.policy_at(now).scoring, now),
        "index_without_exemptions": _without_exemptions(found, law, judged, now),
        "scores": [row for each in judged for row in _scores(each, found, now, shown)],
        **stamp(found, now),
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


def history(organization_id: str | None, first: date | None, last: date | None) -> list[Answer]:
    """Return the figures of each day, oldest first."""
    day = organization_day.c
    where = [day.organization_id == (organization_id or CITY)]
    where += [day.day >= first] if first else []
    where += [day.day <= last] if last else []
    query = sa.select(organization_day).where(*where).order_by(day.day)
    return [
        {
            "day": iso(row.day),
            "index": None if row.index_value is None else round(float(row.index_value), 6),
            "items": row.items,
            "open_overdue": row.open_overdue,
            "open_delinquent": row.open_delinquent,
        }
        for row in model.Session.execute(query)
    ]


def todo(organization_id: str) -> list[Answer]:
    """Return the steps that raise the index of an organization, the greatest gain first (F51)."""
    now = minute()
    found = of_organization(organization_id, now)
    if found.law is None:
        return []
    dockets = [found.docket(key, now) for key in _owed(found, organization_id, now)]
    taken = remedies.steps(dockets, found.law, now)
    return [lines.about(found.items[each.item_id], now) | _step(each) for each in taken]


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
        "as_of": iso(now),
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
    where = (package.c.id.in_([each for each in ids if each]), _is_public)
    rows: Any = model.Session.execute(sa.select(package.c.id, package.c.name).where(*where))
    return {row.id: row.name for row in rows}


_is_public = sa.and_(package.c.state == "active", sa.not_(package.c.private))


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
    rows = [told | _score(each) | _lost(each, found, one, scoring) for each in assessed.judged]
    is_open = terms.access == "terbuka"
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


def _score(each: Judged) -> Answer:
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
