"""The way of a dataset: states and scores over two years, obligations, evidence (F50); points of an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import report, stamps, standing
from ckanext.jambi.freshness.decisions.uncredited import disputes
from ckanext.jambi.freshness.model import (
    dataset_week,
    item,
    item_dataset,
    obligation,
    observation,
    organization_day,
)
from ckanext.jambi.freshness.promised import closing_kind, content_seq
from ckanext.jambi.freshness.promises.scoreboard import CITY
from ckanext.jambi.freshness.reports.lines import iso
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.credit import CONTENT_KINDS, Reason
from ckanext.jambi.freshness.rules.schedule import INSTANTS, Demand
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.freshness.rules.states import look
from ckanext.jambi.freshness.rules.thresholds import Boundaries
from ckanext.jambi.freshness.rules.timeline import Owed, Promised, bands
from ckanext.jambi.freshness.standing import Standing
from ckanext.jambi.working_days import ONE_DAY, midnight

WINDOW = timedelta(days=730)
MOST_EVIDENCE, MOST_OBLIGATIONS = 50, 100
Answer = dict[str, Any]
Row = Mapping[str, Any]


def of_dataset(package_id: str) -> Answer:
    """Return the states, scores, obligations and evidence of a dataset, by eleven statements at most."""
    now = clock.now()
    known = standing.load([package_id])[package_id]
    owed = _obligations(package_id)
    return {
        "bands": _bands(known, owed, now),
        "scores": scores(package_id, (now - WINDOW).date() + ONE_DAY, None),
        "obligations": [_obligation(row, now) for row in reversed(owed[-MOST_OBLIGATIONS:])],
        "evidence": _evidence(package_id),
        **stamps.at(now),
    }


def of_organization(key: str | None, first: date | None, last: date | None) -> list[Answer]:
    """Return the figures of an organization, or of the city, at the end of each day, the oldest first."""
    day = organization_day.c
    query = sa.select(organization_day).where(day.organization_id == (key or CITY))
    rows: Any = model.Session.execute(_within(query, day.day, first, last))
    return [
        {
            "day": iso(row.day),
            "index": None if row.index_value is None else round(float(row.index_value), 6),
            "items": row.items,
            "open_overdue": row.open_overdue,
            "open_delinquent": row.open_delinquent,
        }
        for row in rows
    ]


def scores(package_id: str, first: date | None, last: date | None) -> list[Answer]:
    """Return the score of a dataset at the end of each week, as known then, the oldest first."""
    week = dataset_week.c
    query = sa.select(week.day, week.score).where(week.package_id == package_id)
    rows: Any = model.Session.execute(_within(query, week.day, first, last))
    return [{"day": iso(row.day), "score": round(float(row.score), 6)} for row in rows]


def _within(query: sa.Select[Any], day: Any, first: date | None, last: date | None) -> sa.Select[Any]:
    where = [day >= first] if first else []
    where += [day <= last] if last else []
    return query.where(*where).order_by(day)


def _bands(known: Standing, owed: Sequence[Row], now: datetime) -> list[Answer]:
    evidence = _credited(known.package_id)
    promised = _promised(known.package_id, owed)
    begin = min([*evidence, *(each.since for each in promised)], default=now)
    since = max(begin, now - WINDOW)
    if since >= now:
        return []
    return [
        {"from": iso(each.start), "to": iso(each.end), "state": each.state.value}
        for each in bands(evidence, promised, known.by_age, since, now)
    ]


def _credited(package_id: str) -> list[datetime]:
    """Return when content was credited, as the state counts it: never later than it was recorded."""
    seen_at = sa.func.least(observation.c.valid_at, observation.c.recorded_at).label("seen_at")
    query = sa.select(seen_at).where(
        observation.c.package_id == package_id,
        observation.c.item_id.is_(None),
        observation.c.kind.in_(CONTENT_KINDS),
        observation.c.detail["credit"].astext == Reason.NEW_CONTENT.value,
    )
    return list(model.Session.scalars(query.order_by(seen_at)))


def _promised(package_id: str, owed: Sequence[Row]) -> list[Promised]:
    taken_in = (
        sa.select(observation.c.item_id, sa.func.min(observation.c.recorded_at).label("since"))
        .where(observation.c.package_id == package_id, observation.c.kind == "item")
        .group_by(observation.c.item_id)
        .subquery()
    )
    query = sa.select(item.c.id, item.c.valid_to, taken_in.c.since).select_from(
        item.join(taken_in, taken_in.c.item_id == item.c.id).join(
            item_dataset,
            sa.and_(item_dataset.c.item_id == item.c.id, item_dataset.c.package_id == package_id),
        )
    )
    rows: Any = model.Session.execute(query)
    return [
        Promised(
            row.since,
            midnight(row.valid_to + ONE_DAY) if row.valid_to else None,
            [_owed(each) for each in owed if each["item_id"] == row.id],
        )
        for row in rows
    ]


def _owed(row: Row) -> Owed:
    span = Span(row["period_start"], row["period_end"])
    demand = Demand(row["item_id"], span, **{name: row[name] for name in INSTANTS}, begun=False)
    return Owed(demand, row["closed_at"] if row["outcome"] != Outcome.OPEN else None)


def _obligations(package_id: str) -> list[Row]:
    """Return the obligations of a dataset, the earliest period first."""
    query = (
        sa.select(obligation, item.c.code, item.c.title, item.c.access, closing_kind, content_seq)
        .join(item, item.c.id == obligation.c.item_id)
        .where(obligation.c.package_id == package_id)
        .order_by(obligation.c.period_end, item.c.code)
    )
    return list(model.Session.execute(query).mappings())


def _obligation(row: Row, now: datetime) -> Answer:
    found = Boundaries(midnight(row["period_start"]), **{name: row[name] for name in INSTANTS})
    instants = ("period_start", "period_end", *INSTANTS, "closed_at")
    return {
        "code": row["code"],
        "title": row["title"] if row["access"] == "terbuka" else None,
        **{name: iso(row[name]) for name in instants},
        "outcome": row["outcome"],
        "state": look(found, now).value if row["outcome"] == Outcome.OPEN else None,
        "closing_seq": row["closing_seq"],
        "closing_kind": row["closing_kind"],
        "content_seq": row["content_seq"],
    }


def _evidence(package_id: str) -> list[Answer]:
    """Return the newest rows of the log about what the dataset holds, with the kind of each (F20)."""
    query = sa.select(observation).where(
        observation.c.package_id == package_id,
        sa.or_(observation.c.content_hash.is_not(None), observation.c.kind == "attestation"),
    )
    found = model.Session.execute(query.order_by(observation.c.seq.desc()).limit(MOST_EVIDENCE))
    rows = found.mappings().all()
    disputed = disputes(rows)
    return [
        {
            **(report.observed(row) or {}),
            "recorded_at": iso(row["recorded_at"]),
            "period_end": iso(row["period_end"]),
            "rows": row["row_count"],
            **disputed.get(row["seq"], {"appeal": None, "appeal_until": None}),
        }
        for row in rows
    ]
