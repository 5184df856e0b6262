"""Lists and counts of states, computed by PostgreSQL from the boundaries and `now`.

`state_of` says in SQL what `rules.states.state` says in Python; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import frequency
from ckanext.jambi.freshness.model import state as table
from ckanext.jambi.freshness.rules.states import State
from ckanext.jambi.freshness.standing import DATASET_TYPE, has_resource, package

UNRANKED_KINDS = frozenset({"bumd", "instansi_vertikal", "pusat", "peran"})
"""Organizations that are no OPD: shown, never ranked (F24)."""

group = model.Group.__table__
_datasets = package.outerjoin(table, table.c.package_id == package.c.id)
_public = sa.and_(package.c.type == DATASET_TYPE, package.c.state == "active", sa.not_(package.c.private))


def state_of(now: datetime) -> sa.Case[str]:
    """Return the SQL expression of a dataset's state at `now`."""
    judged = sa.and_(
        has_resource,
        table.c.evidence_at <= now,
        sa.or_(table.c.due_at.is_not(None), table.c.frequency == frequency.STATIC_CODE),
    )
    return sa.case(
        (sa.not_(sa.func.coalesce(judged, sa.false())), State.UNKNOWN.value),
        (table.c.delinquent_at <= now, State.DELINQUENT.value),
        (table.c.overdue_at <= now, State.OVERDUE.value),
        (table.c.due_at <= now, State.DUE.value),
        else_=State.FRESH.value,
    )


def datasets(
    now: datetime, organization_id: str | None, wanted: str | None, limit: int, offset: int
) -> tuple[int, Sequence[Mapping[str, Any]]]:
    """Return how many public datasets match, and a page of them, the longest overdue first."""
    where = [_public]
    if organization_id:
        where.append(package.c.owner_org == organization_id)
    if wanted:
        where.append(state_of(now) == wanted)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(_datasets).where(*where))
    page = (
        sa.select(package.c.id, package.c.name, package.c.title, package.c.owner_org)
        .select_from(_datasets)
        .where(*where)
        .order_by(table.c.overdue_at.asc().nulls_last(), package.c.name)
        .limit(limit)
        .offset(offset)
    )
    return count or 0, model.Session.execute(page).mappings().all()


def organizations(ids: Iterable[str]) -> Sequence[Mapping[str, Any]]:
    """Return id, name, title and kind of active organizations."""
    query = sa.select(
        group.c.id, group.c.name, group.c.title, group.c.extras["jenis_opd"].astext.label("kind")
    ).where(group.c.id.in_(list(ids)), group.c.is_organization, group.c.state == "active")
    return model.Session.execute(query).mappings().all()


def counts(now: datetime) -> Sequence[Mapping[str, Any]]:
    """Return a row an organization and state: id, state, datasets."""
    state = state_of(now).label("state")
    query = (
        sa.select(group.c.id, state, sa.func.count().label("datasets"))
        .select_from(_datasets.join(group, group.c.id == package.c.owner_org))
        .where(_public, group.c.state == "active")
        .group_by(group.c.id, state)
    )
    return model.Session.execute(query).mappings().all()
