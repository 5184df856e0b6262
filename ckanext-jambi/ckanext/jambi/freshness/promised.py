"""What was promised of one dataset: its items, how each stands, what is next and what came last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness.model import dataset, item, obligation, observation, score
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.states import Look, State, look
from ckanext.jambi.freshness.rules.thresholds import Boundaries
from ckanext.jambi.working_days import midnight

Answer = dict[str, Any]
Row = Mapping[str, Any]
_SHOWN = (
    *("period_start", "period_end", "due_at", "overdue_at", "delinquent_at"),
    *("outcome", "closed_at", "closing_seq", "closing_kind"),
)
closing_kind = (
    sa.select(observation.c.kind)
    .where(observation.c.seq == obligation.c.closing_seq)
    .scalar_subquery()
    .label("closing_kind")
)
"""SQL: the kind of the row that closed an obligation, to be told wherever its date is shown (F20)."""
content_seq = sa.case(
    (
        obligation.c.outcome == Outcome.OPEN,
        sa.select(sa.func.max(score.c.evidence_seq))
        .where(
            score.c.item_id == obligation.c.item_id,
            score.c.package_id.is_not_distinct_from(obligation.c.package_id),
        )
        .scalar_subquery(),
    )
).label("content_seq")
"""SQL: of an open obligation the last row that brought content which counts; null where none ever came."""


def of_dataset(package_id: str) -> list[Answer]:
    """Return the items for which a dataset stands, by code; by three statements, however many there are."""
    owed = _obligations(package_id)
    return [_promise(row, owed.get(row["id"], []), clock.now()) for row in _items(package_id)]


def parts(package_id: str) -> Answer | None:
    """Return the four parts of a dataset's score, as of its weakest item; None without one."""
    names = ("p", "t", "a", "q")
    weakest = sa.and_(dataset.c.package_id == score.c.package_id, dataset.c.score == score.c.score)
    query = sa.select(*(score.c[name] for name in names)).join(dataset, weakest)
    query = query.where(score.c.package_id == package_id).order_by(score.c.item_id).limit(1)
    row = model.Session.execute(query).mappings().first()
    return {name: round(float(row[name]), 4) for name in names} if row else None


def _items(package_id: str) -> list[Row]:
    columns = (item.c.id, item.c.code, item.c.title, item.c.frequency, item.c.weight, item.c.access)
    judged = (score.c.basis, score.c.state, score.c.score, score.c.due_at, score.c.overdue_at)
    query = sa.select(*columns, *judged, score.c.delinquent_at, score.c.counts)
    query = query.select_from(item.join(score, score.c.item_id == item.c.id))
    query = query.where(score.c.package_id == package_id).order_by(item.c.code)
    return list(model.Session.execute(query).mappings())


def _obligations(package_id: str) -> dict[str, list[Row]]:
    """Return all open obligations of each item, the earliest first, and before them the last closed one."""
    of_package = obligation.c.package_id == package_id
    is_open = obligation.c.outcome == Outcome.OPEN
    latest = obligation.c.period_end.desc()
    owed = sa.select(obligation, closing_kind)
    closed = owed.distinct(obligation.c.item_id).where(of_package, sa.not_(is_open))
    still = owed.where(of_package, is_open).order_by(obligation.c.period_end)
    found: dict[str, list[Row]] = {}
    for query in (closed.order_by(obligation.c.item_id, latest), still):
        for row in model.Session.execute(query).mappings():
            found.setdefault(row["item_id"], []).append(row)
    return found


def _promise(row: Row, owed: list[Row], now: datetime) -> Answer:
    waiting = [each for each in owed if each["outcome"] == Outcome.OPEN]
    judging = waiting[0] if waiting else None
    ahead = next((each for each in waiting if each["overdue_at"] > now), None)
    return {
        "code": row["code"],
        "title": row["title"] if row["access"] == "terbuka" else None,
        "frequency": row["frequency"],
        "weight": row["weight"],
        "basis": row["basis"],
        "counts": row["counts"],
        "state": _state(row, judging, now),
        "score": float(row["score"]),
        "judging": _plain(judging),
        "next": _plain(ahead),
        "last_closed": _plain(next((each for each in owed if each["outcome"] != Outcome.OPEN), None)),
    }


def _state(row: Row, judging: Row | None, now: datetime) -> str:
    """Return how an item stands now: by its oldest open obligation, a rolling one by its boundaries."""
    if row["state"] == State.UNKNOWN:
        return Look.UNKNOWN.value
    if judging:
        return look(_boundaries(judging, midnight(judging["period_start"]), judging["soon_at"]), now).value
    if row["due_at"] is None:
        return Look.FRESH.value if row["basis"] == "scheduled" else Look.ARCHIVE.value
    return look(_boundaries(row, min(now, row["due_at"]), row["due_at"]), now).value


def _boundaries(row: Row, since: datetime, soon_at: datetime) -> Boundaries:
    return Boundaries(since, soon_at, row["due_at"], row["overdue_at"], row["delinquent_at"])


def _plain(row: Row | None) -> Answer | None:
    if row is None:
        return None
    found = {name: row[name] for name in _SHOWN}
    return {name: value if isinstance(value, str | int) else iso(value) for name, value in found.items()}
