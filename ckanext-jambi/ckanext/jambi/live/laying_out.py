"""Lay events of the outbox out for the webhooks that want them, each event once for each webhook (HV34).

The place in the outbox and the deliveries commit together, under a lock on that place: a worker that is
killed leaves all of a page or nothing. A new webhook takes its beginning under the same lock, so that no
event falls between the two.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, Engine

from ckanext.jambi import outbox
from ckanext.jambi.live.model import delivery, place, webhook
from ckanext.jambi.live.reader import Reader
from ckanext.jambi.live.wire import Told, Wanted

READER = "webhooks"


def lay_out(engine: Engine) -> int:
    """Read the outbox to its end and return how many deliveries were made."""
    made = 0
    while (page := _lay_out_page(engine)) is not None:
        made += page
    return made


def locked_place(connection: Connection) -> outbox.Cursor:
    """Return the place in the outbox, locked until the transaction ends."""
    connection.execute(insert(place).values(name=READER, cursor="").on_conflict_do_nothing())
    query = sa.select(place.c.cursor).where(place.c.name == READER).with_for_update()
    return outbox.Cursor.parse(connection.execute(query).scalar_one())


def _lay_out_page(engine: Engine) -> int | None:
    """Lay one page out; return how many deliveries it made, None if there was nothing to read."""
    with engine.begin() as connection:
        last = locked_place(connection)
        hooks = connection.execute(
            sa.select(webhook.c.id, webhook.c.filters, webhook.c.since)
            .join(model.User, model.User.id == webhook.c.user_id)
            .where(model.User.state == "active")
            .with_for_update(read=True, key_share=True, of=webhook)  # none is deleted meanwhile
        ).all()
        if not hooks:
            return None
        start = max(last, min((outbox.Cursor.parse(one.since) for one in hooks), key=_order), key=_order)
        reading = Reader(engine).after(start)
        if reading.cursor == start:
            return None
        rows = [row for hook in hooks for row in _wanted_by(hook, reading.events)]
        if rows:
            connection.execute(insert(delivery).on_conflict_do_nothing(), rows)
        moved = sa.update(place).where(place.c.name == READER).values(cursor=str(reading.cursor))
        connection.execute(moved)
        return len(rows)


def _wanted_by(hook: Any, events: Sequence[Told]) -> list[dict[str, Any]]:
    wanted = Wanted({name: frozenset(values) for name, values in hook.filters.items()})
    since = _order(outbox.Cursor.parse(hook.since))
    return [
        {"id": str(uuid.uuid4()), "webhook_id": hook.id, "event_id": cursor.id, "kind": event.data["kind"]}
        for event in events
        if _order(cursor := outbox.Cursor.parse(event.cursor)) > since and wanted.matches(event)
    ]


def _order(cursor: outbox.Cursor) -> tuple[int, int]:
    return cursor.transaction, cursor.id
