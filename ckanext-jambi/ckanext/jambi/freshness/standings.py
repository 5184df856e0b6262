"""What actions answer about promises: from the tables for now, from the log for any instant before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.decisions.listing import appeals as filed_appeals
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import item, obligation, observation, organization_day
from ckanext.jambi.freshness.promises import figures, judging
from ckanext.jambi.freshness.promises.ticking import CITY, ranked_organizations
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.rules.assessing import Assessed, Judged
from ckanext.jambi.freshness.rules.states import State
from ckanext.jambi.freshness.standing import package

Answer = dict[str, Any]
_ITEM = (
    *("id", "code", "organization_id", "title", "frequency", "weight", "class", "access", "calendar"),
    *("lag_days", "grace_days", "anchor", "valid_from", "valid_to", "seq"),
)
TREND, MONTH = timedelta(days=365), timedelta(days=30)
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
    """Return how many obligations match, and a page of them, the latest due first."""
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
    named = (item.c.code, group.c.name.label("organization"), package.c.name.label("dataset"))
    key = [obligation.c[name] for name in ("item_id", "package_id")]
    query = sa.select(*key, *named, *(obligation.c[name] for name in _OBLIGATION))
    query = query.select_from(joined).where(*where)
    query = query.order_by(obligation.c.due_at.desc(), item.c.code, obligation.c.package_id)
    rows = model.Session.execute(query.limit(wanted["limit"]).offset(wanted["offset"])).mappings()
    appeals = filed_appeals()
    return {"count": count or 0, "results": [_obligation(dict(row), appeals) for row in rows]}


def _obligation(row: Answer, appeals: Mapping[Any, Answer]) -> Answer:
    about = (row.pop("item_id"), row.pop("package_id"), row["period_end"])
    return {**_plain(row), "appeal": appeals.get(about)}


def _plain(row: Mapping[str, Any]) -> Answer:
    return {name: iso(value) if isinstance(value, date) else value for name, value in row.items()}


def organization(organization_id: str | None, as_of: datetime | None = None) -> Answer:
    """Return the figures of an organization, or of all ranked ones, as known at an instant."""
    now = min(as_of or clock.now(), clock.now())
    found = judging.known(now)
    law = found.law
    if law is None:
        return {"index": None, "items": 0, "scores": [], "as_of": iso(now)}
    judged = judging.at_instant(found, organization_id, now)
    if organization_id is None:
        ranked = ranked_organizations()
        judged = [each for each in judged if each.item.organization_id in ranked]
    return {
        **figures.of_items(judged, law.policy_at(now).scoring, now),
        "scores": [row for each in judged for row in _scores(each, now)],
        **_stamp(found, now),
    }


def everyone() -> tuple[dict[str, Answer], Answer]:
    """Return the figures of each organization that promised something, by its id, and of the city.

    They hold for the beginning of the minute and are reckoned once a minute in each process.
    """
    return _everyone(minute(), ledger.head())


def minute() -> datetime:
    """Return the beginning of the minute: all pages give the figures of one instant."""
    return clock.now().replace(second=0, microsecond=0)


@lru_cache(maxsize=1)
def _everyone(now: datetime, _head: ledger.Head) -> tuple[dict[str, Answer], Answer]:
    found = judging.known(now)
    law = found.law
    if law is None:
        return {}, {"index": None, "items": 0, "as_of": iso(now)}
    judged, scoring = judging.at_instant(found, None, now), law.policy_at(now).scoring
    ranked = ranked_organizations()
    city = [each for each in judged if each.item.organization_id in ranked]
    each_one = {
        key: figures.of_items(of_one, scoring, now) for key, of_one in figures.by_organization(judged).items()
    }
    return each_one, figures.of_items(city, scoring, now) | _stamp(found, now)


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


def trends() -> dict[str, list[Answer]]:
    """Return the last day of each week of a year by organization, oldest first; the city under `CITY`.

    `month_old` marks days that are at least thirty days back.
    """
    today, column = clock.today().date(), organization_day.c
    week = sa.func.date_trunc("week", column.day)
    query = (
        sa.select(column.organization_id, column.day, column.index_value)
        .distinct(column.organization_id, week)
        .where(column.day > today - TREND)
        .order_by(column.organization_id, week, column.day.desc())
    )
    found: dict[str, list[Answer]] = {}
    for row in model.Session.execute(query):
        index = None if row.index_value is None else round(float(row.index_value), 6)
        point = {"day": iso(row.day), "index": index, "month_old": row.day <= today - MONTH}
        found.setdefault(row.organization_id, []).append(point)
    return found


def _scores(assessed: Assessed, now: datetime) -> list[Answer]:
    terms = assessed.item.terms(now)
    about = {
        "code": assessed.item.code,
        "title": assessed.item.title if terms.access == "terbuka" else None,
        "frequency": terms.promised.code,
        "weight": terms.weight,
        "counts": assessed.counts,
    }
    return [about | _score(each) for each in assessed.judged]


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


def _stamp(found: Any, now: datetime) -> Answer:
    end = ledger.head()
    return {
        "as_of": iso(now),
        "policy_version": found.law.policy_at(now).version,
        "calendar_version": found.calendars[-1].rule.version,
        "log": {"seq": end.seq, "row_hash": end.row_hash.hex()},
    }
