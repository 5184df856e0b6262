"""The advance release calendar: every obligation whose deadline lies ahead (F49)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness import ledger, listing, standings
from ckanext.jambi.freshness.model import obligation
from ckanext.jambi.freshness.promises import judging
from ckanext.jambi.freshness.promises.replay import World, retired
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.rules import obligations
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.obligations import Duty, Law

HORIZON = timedelta(days=365)
Answer = dict[str, Any]


def ahead(organization_id: str | None, now: datetime) -> list[Answer]:
    """Return the promised releases of an organization, or of all, the earliest deadline first."""
    found = judging.known(now, packages=[])
    duties = [
        (key, duty)
        for key, duty in _duties(now, ledger.head())
        if organization_id in (None, found.items[key].organization_id)
    ]
    return _told(found, duties, now)


@lru_cache(maxsize=1)
def _duties(now: datetime, _head: ledger.Head) -> tuple[tuple[str, Duty], ...]:
    """Return the duties ahead of all items in order; a process reckons them once a minute."""
    found = judging.known(now, packages=[])
    law = found.law
    owed = [key for key, each in found.items.items() if not retired(each, now)]
    duties = [(key, duty) for key in owed for duty in _of_item(found, key, law, now)] if law else []
    return tuple(sorted(duties, key=lambda each: (each[1].overdue_at, each[0])))


def _of_item(found: World, key: str, law: Law, now: datetime) -> list[Duty]:
    docket = found.docket(key, now)
    return obligations.ahead(docket.item, law, now, now + HORIZON, docket.excluded)


def _told(found: World, duties: list[tuple[str, Duty]], now: datetime) -> list[Answer]:
    keys = {key for key, _ in duties}
    names = standings.public_names(each.package_id for key in keys for each in found.assigned[key])
    owners = {
        each["id"]: each for each in listing.organizations({found.items[key].organization_id for key in keys})
    }
    delivered = _delivered(now)
    return [
        {
            **lines.about(found.items[key], now),
            "dataset": _dataset(found, key, names, now),
            "organization": owners[found.items[key].organization_id]["name"],
            "organization_title": owners[found.items[key].organization_id]["title"],
            "frequency": duty.code,
            "period_start": iso(duty.span.start),
            "period_end": iso(duty.span.end),
            "due_at": iso(duty.due_at),
            "overdue_at": iso(duty.overdue_at),
            "delivered": (key, duty.span.start) in delivered,
        }
        for key, duty in duties
        if found.items[key].organization_id in owners
    ]


def _dataset(found: World, key: str, names: dict[str, str], now: datetime) -> str | None:
    """Return the public dataset of an item; several, or data that is not open, have none to name."""
    assigned = found.assigned[key]
    if found.items[key].access(now) != "terbuka" or len(assigned) != 1:
        return None
    return names.get(assigned[0].package_id)


def _delivered(now: datetime) -> set[tuple[str, Any]]:
    """Return the item and period of which every dataset is there although the deadline lies ahead."""
    query = (
        sa.select(obligation.c.item_id, obligation.c.period_start)
        .where(obligation.c.overdue_at > now)
        .group_by(obligation.c.item_id, obligation.c.period_start)
        .having(sa.func.bool_and(obligation.c.outcome != Outcome.OPEN))
    )
    rows: Any = model.Session.execute(query)
    return {(row.item_id, row.period_start) for row in rows}
