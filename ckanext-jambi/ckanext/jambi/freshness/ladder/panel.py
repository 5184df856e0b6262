"""Who decides appeals: the panel of posts where the posts in force name one, else walidata (F29)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.ladder import adopted
from ckanext.jambi.freshness.ladder.posts import Seat
from ckanext.jambi.freshness.listing import group
from ckanext.jambi.metadata.logic.access import is_reviewer


def seats() -> tuple[Seat, ...]:
    """Return the seats of the panel; none where no posts in force name one."""
    posts = adopted.in_force()
    return posts.panel if posts else ()


def titles() -> list[str]:
    """Return the titles of the organizations that hold the seats, each once."""
    named = [seat.organization for seat in seats()]
    rows = model.Session.execute(sa.select(group.c.name, group.c.title).where(group.c.name.in_(named)))
    known = {row.name: row.title or row.name for row in rows}
    return [known.get(name, name) for name in dict.fromkeys(named)]


def decides(context: Any) -> bool:
    """Whether the caller holds a seat of the panel; where there is none, whether walidata calls."""
    panel = seats()
    return _holds_one_of(panel, context.get("user")) if panel else is_reviewer(context)


def _holds_one_of(panel: tuple[Seat, ...], name: str | None) -> bool:
    user, member = model.User, model.Member
    held = sa.tuple_(group.c.name, member.capacity).in_([(seat.organization, seat.role) for seat in panel])
    query = (
        sa.select(member.id)
        .join(group, group.c.id == member.group_id)
        .join(user, sa.and_(user.id == member.table_id, member.table_name == "user"))
        .where(user.name == name, user.state == "active", member.state == "active", held)
    )
    return model.Session.scalar(sa.select(query.exists())) or False
