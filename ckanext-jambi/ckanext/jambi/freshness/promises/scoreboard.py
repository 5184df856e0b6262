"""The figures of all organizations at one instant, reckoned by the duty and kept as one row (F24, F49).

A scoreboard that is read reads this row, whatever it cost to reckon. The duty reckons it again each minute
where that is cheap, and else so seldom that it stays a small share of a worker's time.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.freshness import listing, stamps
from ckanext.jambi.freshness.model import board, organization_day
from ckanext.jambi.freshness.promises import figures, judging, snapshots
from ckanext.jambi.freshness.reports.lines import iso
from ckanext.jambi.working_days import civil_day

CITY = "kota"
"""Stands in tables for all ranked organizations together."""
TREND, MONTH = timedelta(days=365), timedelta(days=30)
SHARE, HOLDS = 20, timedelta(minutes=2)
"""Reckoning takes a twentieth of a worker's time at most; a board holds twice that, two minutes at least."""
Body = dict[str, Any]


def keep(now: datetime) -> bool:
    """Reckon the board as of `now` if the last one is old enough for what it cost; tell whether it was."""
    last: Any = model.Session.execute(sa.select(board.c.as_of, board.c.seconds)).first()
    if last and last.as_of <= now < last.as_of + timedelta(seconds=SHARE * last.seconds):
        return False
    begun = time.monotonic()
    body = reckon(now)
    values = {"as_of": now, "seconds": time.monotonic() - begun, "body": body}
    put = insert(board).values(one=True, **values)
    model.Session.execute(put.on_conflict_do_update(index_elements=["one"], set_=values))
    return True


def kept(now: datetime) -> Body | None:
    """Return the board that holds at `now`; None where the duty has not kept one."""
    row: Any = model.Session.execute(sa.select(board.c.as_of, board.c.seconds)).first()
    if row is None or not row.as_of <= now < row.as_of + _holds(row.seconds):
        return None
    return _body(row.as_of, row.seconds)


def _holds(seconds: float) -> timedelta:
    return max(HOLDS, timedelta(seconds=2 * SHARE * seconds))


@lru_cache(maxsize=1)
def _body(as_of: datetime, _seconds: float) -> Body | None:
    """Return a board that this process has not read yet."""
    found: Any = model.Session.scalar(sa.select(board.c.body).where(board.c.as_of == as_of))
    return found


def reckon(now: datetime) -> Body:
    """Return the figures of each organization that promised something and of the city, states and trends.

    All as known at `now`.
    """
    law = judging.law(now)
    if law is None:
        nothing = {"index": None, "items": 0, **stamps.at(now)}
        return {"organizations": {}, "city": nothing, **_beside(now)}
    scoring, of_opd = law.policy_at(now).scoring, ranked()
    gathered = {
        key: figures.together([each.part for each in some]) for key, some in snapshots.at(now).items()
    }
    found = {key: figures.of(each, scoring) for key, each in gathered.items()}
    city = figures.together([each for key, each in gathered.items() if key in of_opd])
    whole = figures.of(city, scoring) | stamps.at(now)
    return {"organizations": found, "city": whole, **_beside(now)}


def _beside(now: datetime) -> Body:
    return {"counted": counted(now), "trends": trends(now)}


def counted(now: datetime) -> list[Body]:
    """Return how many public datasets of each organization are in which state."""
    return [dict(row) for row in listing.counts(now)]


def trends(now: datetime) -> dict[str, list[Body]]:
    """Return the last day of each week of the year before, by organization; the city under `CITY`.

    The oldest comes first; `month_old` marks days that are at least thirty days back.
    """
    today, column = civil_day(now), organization_day.c
    week = sa.func.date_trunc("week", column.day)
    query = (
        sa.select(column.organization_id, column.day, column.index_value)
        .distinct(column.organization_id, week)
        .where(column.day > today - TREND, column.day < today)
        .order_by(column.organization_id, week, column.day.desc())
    )
    found: dict[str, list[Body]] = {}
    for row in model.Session.execute(query):
        index = None if row.index_value is None else round(float(row.index_value), 6)
        point = {"day": iso(row.day), "index": index, "month_old": row.day <= today - MONTH}
        found.setdefault(row.organization_id, []).append(point)
    return found


def ranked() -> set[str]:
    """Return the ids of the organizations that are an OPD."""
    group = listing.group
    kind = sa.func.coalesce(group.c.extras["jenis_opd"].astext, "")
    query = sa.select(group.c.id).where(group.c.is_organization, kind.not_in(listing.UNRANKED_KINDS))
    return set(model.Session.scalars(query))
