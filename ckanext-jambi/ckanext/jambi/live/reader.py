"""Read public events from the outbox for the hub: in order, none skipped, nothing that is not public now.

An event tells what was public when it was written. A dataset may have been hidden since, so each reading
asks again: events about a dataset that is private or deleted now are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection, Engine

from ckanext.jambi import outbox
from ckanext.jambi.live.wire import Told, Wanted, told
from ckanext.jambi.model import event

PAGE = 500
LATEST = 50
TOPIC_FIELD = "topik"


@dataclass(frozen=True, slots=True)
class Reading:
    """Events in order, the cursor behind the last one that was looked at, and whether more may follow."""

    events: Sequence[Told]
    cursor: outbox.Cursor
    more: bool


class Reader:
    """Reads on connections of its own; every call is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def of_this_portal(cls) -> Reader:
        """Return a reader of the portal's own database."""
        return cls(model.meta.engine)

    def newest(self) -> outbox.Cursor:
        """Return the cursor behind the last event that every transaction before has settled."""
        columns = (event.c.transaction, event.c.id)
        query = sa.select(*columns).where(outbox.SETTLED).order_by(*(one.desc() for one in columns)).limit(1)
        with self._engine.connect() as connection:
            last = connection.execute(query).first()
        return outbox.Cursor(last.transaction, last.id) if last else outbox.Cursor()

    def keeps(self, cursor: outbox.Cursor) -> bool:
        """Whether everything after `cursor` is still there, since something at or before it is."""
        if cursor == outbox.Cursor():
            return True
        place = sa.tuple_(event.c.transaction, event.c.id)
        with self._engine.connect() as connection:
            before = sa.select(sa.exists().where(place <= (cursor.transaction, cursor.id)))
            return bool(connection.scalar(before)) or not connection.scalar(
                sa.select(sa.exists().select_from(event))
            )

    def after(self, cursor: outbox.Cursor, limit: int = PAGE) -> Reading:
        """Return the public events after `cursor`, at most `limit` of them."""
        with self._engine.connect() as connection:
            rows = connection.execute(outbox.query(cursor, limit, event.c.public)).mappings().all()
            found = _told(connection, rows)
        return Reading(found, _place(rows[-1]) if rows else cursor, len(rows) == limit)

    def one(self, event_id: int) -> Told | None:
        """Return one event if it is kept and public now."""
        query = sa.select(event).where(event.c.id == event_id, event.c.public)
        with self._engine.connect() as connection:
            found = _told(connection, connection.execute(query).mappings().all())
        return found[0] if found else None

    def latest(self, wanted: Wanted, limit: int = LATEST) -> list[Told]:
        """Return the newest events that `wanted` matches, newest first, at most `limit`."""
        order = (event.c.transaction.desc(), event.c.id.desc())
        query = sa.select(event).where(outbox.SETTLED, event.c.public, *_narrowed(wanted))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(*order).limit(PAGE)).mappings().all()
            found = _told(connection, rows)
        return [one for one in found if wanted.matches(one)][:limit]


def _told(connection: Connection, rows: Sequence[Any]) -> list[Told]:
    """Return the events of rows, less those about what is not public now."""
    about = _about(connection, {row["package_id"] for row in rows if row["package_id"]})
    organizations = _names(connection, {row["organization_id"] for row in rows})
    found = []
    for row in rows:
        known = about.get(row["package_id"], {})
        if row["package_id"] is None or known:
            named = {"organization": organizations.get(row["organization_id"]), **known}
            found.append(told(str(_place(row)), dict(row), named))
    return found


def _place(row: Any) -> outbox.Cursor:
    return outbox.Cursor(row["transaction"], row["id"])


def _narrowed(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what the database can say of filters, so that a rarely changed dataset's events are found."""
    for name, table, column in (
        ("dataset", model.Package, event.c.package_id),
        ("organization", model.Group, event.c.organization_id),
    ):
        if values := wanted.values.get(name):
            own = sa.or_(table.id.in_(values), table.name.in_(values))
            yield column.in_(sa.select(table.id).where(own))
    if kinds := wanted.values.get("kind"):
        yield event.c.kind.in_(kinds)


def _about(connection: Connection, ids: set[str]) -> dict[str, dict[str, Any]]:
    """Return name and topics of the datasets among `ids` that are public."""
    if not ids:
        return {}
    topics = model.Package.extras[TOPIC_FIELD].astext.label("topics")
    public = sa.and_(model.Package.state == "active", sa.not_(model.Package.private))
    columns = (model.Package.id, model.Package.name, model.Package.title, topics)
    query = sa.select(*columns).where(model.Package.id.in_(ids), public)
    return {
        row.id: {"dataset": row.name, "title": row.title, "topics": _topics(row.topics)}
        for row in connection.execute(query)
    }


def _names(connection: Connection, ids: set[str | None]) -> Mapping[str, str]:
    query = sa.select(model.Group.id, model.Group.name).where(model.Group.id.in_(ids - {None}))
    return {row.id: row.name for row in connection.execute(query)} if ids - {None} else {}


def _topics(value: str | None) -> list[str]:
    """Return a dataset's topics: scheming keeps them as a JSON list, one alone perhaps as it is."""
    if not value:
        return []
    try:
        read = json.loads(value)
    except ValueError:
        return [value]
    return [str(one) for one in read] if isinstance(read, list) else [str(read)]
