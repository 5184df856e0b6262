"""Make notices of the outbox's events: each source, occasion and day is told once (HV29).

The place in the outbox, the notices and their deliveries commit together, under a lock on that place: a
worker that is killed leaves all of it or nothing, and of two workers one waits for the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi import outbox
from ckanext.jambi.notices import recipients, sources, wording
from ckanext.jambi.notices.model import delivery, notice, reader
from ckanext.jambi.notices.occasions import Occasion, day_of, is_wanted, occasion_of

READER = "notices"
PAGE = 500


def read_events() -> int:
    """Read the outbox to its end and return how many notices were made."""
    made = 0
    while (page := _read_page()) is not None:
        made += page
    return made


def locked() -> Any:
    """Return the reader's row, locked until the transaction ends."""
    fresh = insert(reader).values(name=READER, cursor="").on_conflict_do_nothing()
    model.Session.execute(fresh)
    return model.Session.execute(sa.select(reader).where(reader.c.name == READER).with_for_update()).one()


def put(values: Mapping[str, Any], addresses: Sequence[str]) -> bool:
    """Write a notice and its deliveries unless it was made already; the caller commits."""
    notice_id = model.types.make_uuid()
    made = model.Session.execute(
        insert(notice).values(id=notice_id, **values).on_conflict_do_nothing().returning(notice.c.id)
    ).first()
    if made is None:
        return False
    rows = [
        {"id": model.types.make_uuid(), "notice_id": notice_id, "recipient": address} for address in addresses
    ]
    if rows:
        model.Session.execute(sa.insert(delivery), rows)
    return True


def _read_page() -> int | None:
    """Read one page; return how many notices it made, None if there was nothing to read."""
    own = locked()
    rows, cursor = outbox.read(outbox.Cursor.parse(own.cursor), PAGE)
    if not rows:
        model.Session.commit()
        return None
    made = sum(_tell(row) for row in _untold(rows))
    model.Session.execute(sa.update(reader).where(reader.c.name == READER).values(cursor=str(cursor)))
    model.Session.commit()
    return made


def _untold(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first event of each source, occasion and day that has no notice yet."""
    first: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        occasion = occasion_of(row["kind"], row["payload"])
        if occasion and row["source_id"]:
            first.setdefault((row["source_id"], occasion.value, day_of(row["emitted_at"])), row)
    if not first:
        return []
    key = sa.tuple_(notice.c.about, notice.c.event, notice.c.day)
    known = model.Session.execute(
        sa.select(notice.c.about, notice.c.event, notice.c.day).where(key.in_(list(first)))
    )
    for found in known:
        del first[tuple(found)]
    return list(first.values())


def _tell(row: Mapping[str, Any]) -> bool:
    occasion, own = occasion_of(row["kind"], row["payload"]), sources.about(row["source_id"])
    if occasion is None or own is None or not is_wanted(occasion, own.on):
        return False
    at: datetime = row["emitted_at"]
    told = wording.compose(occasion, _facts(occasion, own, row["payload"], at))
    values = {
        "about": own.id,
        "event": occasion.value,
        "day": day_of(at),
        "source_id": own.id,
        "source_name": own.name,
        "organization_id": own.organization_id,
        "subject": told.subject,
        "body": told.body,
        "happened_at": at,
    }
    return put(values, recipients.of_source(own.organization_id, own.to))


def _facts(occasion: Occasion, own: sources.About, payload: Mapping[str, Any], at: datetime) -> wording.Facts:
    failed = occasion in (Occasion.FAILED, Occasion.AUTH_FAILED, Occasion.DOWN)
    return wording.Facts(
        title=own.title,
        code=payload.get("reason") or payload.get("code"),
        happened_at=at,
        since=own.down_since if failed else None,
        last_good_at=own.last_good_at,
        link=sources.page(own.name),
    )
