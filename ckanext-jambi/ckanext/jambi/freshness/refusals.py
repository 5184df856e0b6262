"""Evidence that was refused because it is dated ahead of the portal's clock: walidata hears of it (G2).

Whoever brought it loses the transaction, so the note is written in one of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.freshness.model import refusal
from ckanext.jambi.freshness.standing import package
from ckanext.jambi.working_days import civil_day


def note(refused: Iterable[tuple[str, str, datetime]], at: datetime) -> None:
    """Note evidence (dataset, kind, date) that was refused at `at`: the first of a dataset and day."""
    day = civil_day(at)
    rows = [
        {"package_id": package_id, "day": day, "kind": kind, "valid_at": valid_at}
        for package_id, kind, valid_at in refused
    ]
    if rows:
        with model.meta.engine.begin() as connection:
            connection.execute(insert(refusal).values(rows).on_conflict_do_nothing())


def since(day: date) -> Sequence[Any]:
    """Return what was refused from a day on, with the dataset that it is about; forget what is older."""
    model.Session.execute(sa.delete(refusal).where(refusal.c.day < day))
    query = (
        sa.select(package.c.id, package.c.name, package.c.title, package.c.owner_org)
        .add_columns(refusal.c.day, refusal.c.valid_at)
        .join(refusal, refusal.c.package_id == package.c.id)
        .where(package.c.owner_org.is_not(None))
        .order_by(refusal.c.day, package.c.name)
    )
    return model.Session.execute(query).all()
