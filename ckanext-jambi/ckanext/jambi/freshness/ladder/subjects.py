"""What is owed and not there: open obligations and rolling items, with the steps that were told of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import frequency
from ckanext.jambi.freshness.model import item, notice, obligation, score
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.items import YEAR
from ckanext.jambi.freshness.rules.ladder import ASKS, AT_ONCE_CODE, REMINDERS, Step, Subject
from ckanext.jambi.freshness.rules.spans import NOMINAL_DAYS
from ckanext.jambi.working_days import civil_day

EARLIEST, EARLIEST_ASKED = max(REMINDERS.values()), max(ASKS.values())
LAST_AFTER = timedelta(days=10)
"""Ten working days, or fifteen from overdue, are never fewer days than this from long overdue."""
_ITEM = ("organization_id", "code", "title", "max_delay_seconds")


@dataclass(frozen=True, slots=True)
class Owing:
    """One subject: whose it is, what it is called, the boundaries, and the steps told of it before."""

    key: str
    item_id: str
    package_id: str | None
    organization_id: str
    code: str
    title: str
    period_start: date | None
    period_end: date | None
    subject: Subject
    told: frozenset[Step]


def open_ones(now: datetime, *, at_once_only: bool = False) -> list[Owing]:
    """Return what may have a step to tell, by one statement; the rules say which.

    `at_once_only` leaves out all but what is told at any hour.
    """
    found = sa.union_all(_obligations(now), _rolling(now)).subquery()
    steps = sa.select(sa.func.array_agg(notice.c.step).label("steps"))
    told = steps.where(notice.c.subject_key == found.c.key).lateral()
    joined = found.join(item, item.c.id == found.c.item_id).join(told, sa.true())
    query = sa.select(found, told.c.steps, *(item.c[name] for name in _ITEM)).select_from(joined)
    query = query.where(sa.or_(item.c.valid_to.is_(None), item.c.valid_to >= civil_day(now)))
    query = query.where(_may_owe(found.c, told.c.steps, now))
    if at_once_only:
        query = query.where(found.c.frequency == AT_ONCE_CODE)
    return [_owing(row) for row in model.Session.execute(query.order_by(found.c.overdue_at, found.c.key))]


def _may_owe(of: Any, steps: Any, now: datetime) -> sa.ColumnElement[bool]:
    """Say roughly which subjects have a step left: none falls due before these instants."""
    halfway = of.overdue_at + (of.delinquent_at - of.overdue_at) / 2
    earliest = (
        (Step.FIRST, of.overdue_at),
        (Step.SECOND, halfway),
        (Step.THIRD, of.delinquent_at),
        (Step.FOURTH, of.delinquent_at + LAST_AFTER),
    )
    is_told = {step: sa.func.coalesce(sa.any_(steps) == step.value, False) for step in Step}
    reminder = sa.and_(of.overdue_at > now, sa.not_(is_told[Step.DAY]))
    return sa.or_(reminder, *(sa.and_(at <= now, sa.not_(is_told[step])) for step, at in earliest))


def _obligations(now: datetime) -> sa.Select[Any]:
    of = obligation.c
    key = _key(of, sa.cast(of.period_start, sa.Text))
    columns = (of.item_id, of.package_id, of.period_start, of.period_end, of.frequency)
    query = sa.select(key, *columns, of.due_at, of.overdue_at, of.delinquent_at)
    return query.where(of.outcome == Outcome.OPEN.value, of.due_at <= now + EARLIEST)


def _rolling(now: datetime) -> sa.Select[Any]:
    """Select items by the rolling rule; new evidence makes another subject of them."""
    of = score.c
    key = _key(of, sa.func.concat("#", of.evidence_seq))
    none = sa.cast(sa.null(), sa.Date)
    columns = (of.item_id, of.package_id, none, none, item.c.frequency)
    query = sa.select(key, *columns, of.due_at, of.overdue_at, of.delinquent_at)
    query = query.select_from(score.join(item, item.c.id == of.item_id))
    asked = sa.and_(item.c.frequency == frequency.AS_NEEDED_CODE, of.due_at <= now + EARLIEST_ASKED)
    return query.where(of.basis == "rolling", of.counts, sa.or_(asked, of.due_at <= now + EARLIEST))


def _key(of: Any, last: Any) -> Any:
    return sa.func.concat(of.item_id, ":", of.package_id, ":", last).label("key")


def _owing(row: Any) -> Owing:
    boundaries = (row.due_at, row.overdue_at, row.delinquent_at)
    return Owing(
        key=row.key,
        item_id=row.item_id,
        package_id=row.package_id,
        organization_id=row.organization_id,
        code=row.code,
        title=row.title,
        period_start=row.period_start,
        period_end=row.period_end,
        subject=Subject(row.frequency, _interval(row), *boundaries),
        told=frozenset(map(Step, row.steps or ())),
    )


def _interval(row: Any) -> timedelta:
    """Return how long an interval lasts; as needed and archive are judged by the year (F25)."""
    if row.period_start:
        return timedelta(days=NOMINAL_DAYS[row.frequency])
    if row.max_delay_seconds:
        return timedelta(seconds=row.max_delay_seconds)
    promised = frequency.parse(row.frequency).interval
    return promised.nominal if promised else YEAR
