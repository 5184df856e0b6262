"""The posts in force: kept beside the log, which holds their hash and no address (F34)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.freshness.ladder.posts import Posts
from ckanext.jambi.freshness.model import ladder
from ckanext.jambi.freshness.model import posts as table


def in_force() -> Posts | None:
    """Return the posts adopted last; None before there were any."""
    body = model.Session.scalar(sa.select(table.c.body).order_by(table.c.seq.desc()).limit(1))
    return Posts.read(body) if body else None


def stands_since(now: datetime) -> datetime:
    """Return when the ladder first ran with posts in force: now, if it never did."""
    model.Session.execute(insert(ladder).values(one=True, begun_at=now).on_conflict_do_nothing())
    begun_at: datetime = model.Session.scalars(sa.select(ladder.c.begun_at)).one()
    return begun_at


def keep(seq: int, body: dict[str, Any]) -> None:
    """Write the posts beside the row of the log that bears their hash."""
    model.Session.execute(sa.insert(table).values(seq=seq, body=body))
