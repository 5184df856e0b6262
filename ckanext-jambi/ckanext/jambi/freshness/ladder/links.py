"""The links of notices: each belongs to a message and a person, lives 14 days and works once (F45)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from werkzeug.routing import BuildError

from ckanext.jambi.freshness.model import link as table

LIVES = timedelta(days=14)
_PAGE = "jambi_answers.show"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, by the id of its message; it acts as `user_id` and as nobody else."""

    id: str
    user_id: str
    expires_at: datetime
    used_at: datetime | None

    def works_at(self, now: datetime) -> bool:
        """Whether the link can be used."""
        return self.used_at is None and now < self.expires_at


def page(link_id: str) -> str | None:
    """Return the address of a link; None where the room with the page is absent."""
    try:
        return tk.url_for(_PAGE, link_id=link_id, qualified=True)
    except BuildError:
        return None


def write(owners: Mapping[str, str], now: datetime) -> None:
    """Make links: `owners` are users by the id of the message. The caller commits."""
    if owners:
        rows = [{"id": key, "user_id": user, "expires_at": now + LIVES} for key, user in owners.items()]
        model.Session.execute(sa.insert(table), rows)


def find(link_id: str) -> Link | None:
    """Return a link."""
    row: Any = model.Session.execute(sa.select(table).where(table.c.id == link_id)).mappings().first()
    return Link(**row) if row else None


def use(link_id: str, now: datetime) -> bool:
    """Use a link up, in the transaction of what it does; False if it works no more."""
    alive = sa.and_(table.c.id == link_id, table.c.used_at.is_(None), table.c.expires_at > now)
    used = sa.update(table).where(alive).values(used_at=now).returning(table.c.id)
    return model.Session.execute(used).first() is not None
