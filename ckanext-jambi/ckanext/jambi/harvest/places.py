"""Where the list of a run goes on: kept with what was gathered before it, page after page.

A run that is killed in `gather` is taken up behind its last committed page, with all that its proof of a
complete list needs: the guids it saw, its counters, and the connector's own place. A list that began under
another definition, from another cursor, or longer ago than one reading may take is read from its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.leases import NOW
from ckanext.jambi.harvest.model import place
from ckanext.jambi.harvest.work import Work


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on.

    Attributes:
        number: how many places were kept.
        cursor: what the connector goes on from.
        guids: the records that came before.
        found: what was counted, as `Gathered.state` gives it.
    """

    number: int = 0
    cursor: Any = None
    guids: Sequence[str] = ()
    found: dict[str, Any] = field(default_factory=dict)


START = Place()


def last(connection: Connection, work: Work, cursor: Any) -> Place:
    """Return the last place that a run kept, if its list may go on there, else forget all its places.

    Args:
        cursor: where a reading of changes begins.
    """
    rows = connection.execute(
        sa.select(place, (NOW - place.c.kept_at).label("age"))
        .where(place.c.run_id == work.lease.run_id)
        .order_by(place.c.number)
    ).all()
    if not rows:
        return START
    state, age = rows[-1].state, rows[-1].age
    if age > work.definition.polite.run_deadline or state["began"] != _began(work, cursor):
        forget(connection, work.lease.run_id)
        return START
    guids = [guid for row in rows for guid in row.guids]
    return Place(len(rows), state["cursor"], guids, state["found"])


def keep(connection: Connection, work: Work, began_at: Any, where: Place) -> None:
    """Keep a place, with the guids that came since the one before; `began_at` is where changes began."""
    state = {"cursor": where.cursor, "found": where.found, "began": _began(work, began_at)}
    connection.execute(
        sa.insert(place).values(
            run_id=work.lease.run_id, number=where.number, guids=list(where.guids), state=state
        )
    )


def forget(connection: Connection, run_id: str) -> None:
    """Forget where a run was in its list."""
    connection.execute(sa.delete(place).where(place.c.run_id == run_id))


def _began(work: Work, cursor: Any) -> list[Any]:
    return [work.definition.hash, cursor]
