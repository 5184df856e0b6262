"""The posts in force: kept beside the log, which holds their hash and no address (F34)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.ladder.posts import Posts
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.model import posts as table


@dataclass(frozen=True, slots=True)
class Adopted:
    """The posts in force, and since when the ladder stands: since the first ones were adopted."""

    posts: Posts
    begun_at: datetime


def in_force() -> Adopted | None:
    """Return the posts adopted last; None before there were any."""
    begun_at = sa.select(sa.func.min(log.c.recorded_at)).where(log.c.kind == "posts").scalar_subquery()
    query = sa.select(table.c.body, begun_at.label("begun_at")).order_by(table.c.seq.desc()).limit(1)
    row: Any = model.Session.execute(query).first()
    return Adopted(Posts.read(row.body), row.begun_at) if row else None


def keep(seq: int, body: dict[str, Any]) -> None:
    """Write the posts beside the row of the log that bears their hash."""
    model.Session.execute(sa.insert(table).values(seq=seq, body=body))
