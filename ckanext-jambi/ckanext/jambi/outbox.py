"""The outbox: events written in the transaction of the change they tell of, and read without a gap.

Event ids are drawn before a commit and may become visible out of order. A reader therefore goes by
(transaction, id) and stops below the oldest transaction still open, so that nothing that commits
later can lie behind its cursor (HV34).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, scoped_session

from ckanext.jambi.errors import JambiError
from ckanext.jambi.model import event

PUBLIC_KINDS = frozenset(
    {
        "dataset.changed",
        "dataset.tombstoned",
        "rows.changed",
        "freshness.state",
        "source.down",
        "source.recovered",
        "gauge.level",
    }
)
SETTLED = sa.text("jambi_event.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
"""Below the oldest transaction still open: no event can appear there any more."""
INSIDE_KINDS = frozenset({"dataset.checked", "quarantine.opened", "quarantine.decided", "run.failed"})


class OutboxError(JambiError):
    """An event or a cursor is not one that the outbox knows."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its kind (HV34), what it is about, and a small JSON payload without personal data."""

    kind: str
    package_id: str | None = None
    organization_id: str | None = None
    source_id: str | None = None
    public: bool = False
    payload: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a kind that nobody reads, and a public event of an inside kind."""
        if self.kind not in PUBLIC_KINDS | INSIDE_KINDS:
            raise OutboxError(f"Unknown event kind {self.kind!r}.")
        if self.public and self.kind in INSIDE_KINDS:
            raise OutboxError(f"Events of kind {self.kind!r} are never public.")


def emit(one: Event) -> None:
    """Write one event in the session's transaction; the caller commits."""
    emit_many([one])


def emit_many(events: Sequence[Event]) -> None:
    """Write events in the session's transaction by one statement; the caller commits."""
    if events:
        emit_on(model.Session, events)


def emit_on(connection: Connection | scoped_session[Session], events: Sequence[Event]) -> None:
    """Write events in the transaction of a connection (or session) by one statement; the caller commits."""
    rows = [asdict(one) | {"payload": dict(one.payload)} for one in events]
    connection.execute(sa.insert(event).values(rows))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A reader's place: everything up to and including it has been read."""

    transaction: int = 0
    id: int = 0

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read `<transaction>-<id>`; an empty text is the beginning.

        Raises:
            OutboxError: if the text is no cursor.
        """
        if not text:
            return cls()
        transaction, _, number = text.partition("-")
        if not (transaction.isdigit() and number.isdigit()):
            raise OutboxError(f"{text!r} is no cursor; use the one that the answer before gave.")
        return cls(int(transaction), int(number))

    def __str__(self) -> str:
        return f"{self.transaction}-{self.id}"


def read(
    cursor: Cursor, limit: int, *where: sa.ColumnElement[bool]
) -> tuple[list[Mapping[str, Any]], Cursor]:
    """Return at most `limit` events after `cursor` that meet `where`, oldest first, and the new cursor."""
    rows = list(model.Session.execute(query(cursor, limit, *where)).mappings())
    if not rows:
        return [], cursor
    return rows, Cursor(rows[-1]["transaction"], rows[-1]["id"])


def query(cursor: Cursor, limit: int, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the query of `read`, for readers with a connection of their own."""
    place = sa.tuple_(event.c.transaction, event.c.id)
    return (
        sa.select(event)
        .where(SETTLED, place > (cursor.transaction, cursor.id), *where)
        .order_by(event.c.transaction, event.c.id)
        .limit(limit)
    )
