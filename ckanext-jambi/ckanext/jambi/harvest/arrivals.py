"""Records that came new or changed: what is known of them, and what a run keeps of them until its import."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi import clock
from ckanext.jambi.harvest import datasets, diff
from ckanext.jambi.harvest.model import chunk, incoming, record
from ckanext.jambi.harvest.screening import Withheld
from ckanext.jambi.harvest.spool import Spool, column_dicts
from ckanext.jambi.harvest.work import Work
from jambi_harvesters.record import Record

OLDER_HASHES = "older_hashes"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record that came.

    Attributes:
        spool: the rows of its table, if it has one.
        before: what is stored of it.
        delta: its rows are the changes of a table, not the table.
        held: why nothing of it may be kept.
    """

    record: Record
    spool: Spool | None
    kind: diff.Kind
    before: diff.Known | None
    delta: bool
    held: Withheld | None

    @property
    def guid(self) -> str:
        """Its id, as records are compared."""
        return diff.key(self.record.guid)

    def row(self, work: Work) -> dict[str, Any]:
        """Return what is written down of it for the guard and the import."""
        position = self.record.position
        values = self.held.values() if self.held else self._values(rolling=work.definition.guard.rolling)
        return {
            "run_id": work.lease.run_id,
            "position": position.page * 1_000 + position.index,
            "kind": self.kind.value,
            "package_id": self.before.package_id if self.before else None,
            "held": False,
            "reason": None,
            **values,
        }

    def chunks(self, work: Work) -> list[dict[str, Any]]:
        """Return the rows of its table as they are kept, chunk by chunk; none if it has none or is held."""
        bodies = self.spool.bodies() if self.spool and not self.held else ()
        own = {"run_id": work.lease.run_id, "guid": self.guid}
        return [{**own, "number": at, "body": body} for at, body in enumerate(bodies)]

    def _values(self, *, rolling: bool) -> dict[str, Any]:
        content = content_of(self.record, self.spool) | self._manner(rolling=rolling)
        return {"guid": self.guid, "hash": self.record.content_hash, "content": content}

    def _manner(self, *, rolling: bool) -> dict[str, Any]:
        """Return how its rows meet those that are there: put over them, or in their place."""
        upsert = self.record.rows is not None and (self.delta or rolling)
        older = list(self.record.older_hashes)
        stated = {"delta": self.delta, "upsert": upsert, OLDER_HASHES: older}
        return {name: holds for name, holds in stated.items() if holds}


def keep(connection: Connection, work: Work, arrived: Sequence[Arrival]) -> None:
    """Write records down by one statement, and the rows of each that has a table by another."""
    if arrived:
        connection.execute(sa.insert(incoming), [one.row(work) for one in arrived])
    for one in arrived:
        if chunks := one.chunks(work):
            connection.execute(sa.insert(chunk), chunks)


def content_of(one: Record, spool: Spool | None) -> dict[str, Any]:
    """Return the screened record without its rows, as it is stored and shown (HV25)."""
    content: dict[str, Any] = {
        "guid": one.guid,
        "fields": dict(one.fields),
        "warnings": [[warning.code, warning.field, warning.detail] for warning in one.warnings],
    }
    if one.source_modified_at:
        content["source_modified_at"] = one.source_modified_at.isoformat()
    if spool:
        content["table"] = dict(_table(one, spool))
    return content


def _table(one: Record, spool: Spool) -> Iterator[tuple[str, Any]]:
    """Yield what is known of the rows of a record."""
    first, last = spool.coverage(clock.today().date())
    yield "columns", column_dicts(spool)
    yield "rows", spool.count
    yield "hash", spool.digest(one)
    yield "period", [first and first.isoformat(), last and last.isoformat()]
    if reached := spool.reached(clock.now()):
        yield "reached", reached.isoformat()
    if rows_in := spool.rows_in():
        yield "rows_in", [[each.start.isoformat(), each.end.isoformat()] for each in rows_in]


def known(work: Work, guids: Sequence[str]) -> dict[str, diff.Known]:
    """Return what is stored of records, by one query; and a dataset of its own for each that lost its."""
    query = sa.select(record).where(
        record.c.source_id == work.lease.source_id,
        record.c.guid == sa.any_(sa.cast(guids, sa.ARRAY(sa.Text))),
    )
    with work.lease.engine.connect() as connection:
        found = {
            row.guid: diff.Known(
                row.hash,
                row.failures,
                row.failed_hash,
                row.retry_at,
                row.missing_since is not None or row.kept_since is not None,
                row.package_id,
                row.delta_hash,
            )
            for row in connection.execute(query)
        }
        return found | _displaced(connection, work, {guid: found.get(guid) for guid in guids})


def _displaced(
    connection: Connection, work: Work, found: Mapping[str, diff.Known | None]
) -> dict[str, diff.Known]:
    """Give datasets of their own to records whose id belonged to one that was renamed: that one took the
    dataset along, whose id derives from the old name.
    """
    derived = {
        datasets.package_id(work.lease.source_id, guid): guid
        for guid, before in found.items()
        if before is None or before.package_id is None
    }
    query = sa.select(record.c.package_id).where(
        record.c.package_id == sa.any_(sa.cast(list(derived), sa.ARRAY(sa.Text)))
    )
    taken = [derived[one] for one in connection.scalars(query)] if derived else []
    return {guid: replace(found[guid] or diff.Known(None), package_id=str(uuid.uuid4())) for guid in taken}
