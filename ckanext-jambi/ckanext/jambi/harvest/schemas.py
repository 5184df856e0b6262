"""The columns of a source that a steward has seen; what is new waits or goes on by contract (S21).

The first whole reading of a definition states them; later ones are compared with the newest version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest.model import schema, source
from jambi_harvesters.definition import Definition
from jambi_harvesters.headings import fold


def known(connection: Connection, source_id: str, definition: Definition) -> list[str] | None:
    """Return the columns that count as seen for this definition, or None before its first whole reading."""
    columns = connection.execute(
        sa.select(schema.c.columns)
        .where(schema.c.source_id == source_id, schema.c.definition_hash == definition.hash)
        .order_by(schema.c.version.desc())
        .limit(1)
    ).scalar()
    return list(columns) if columns is not None else None


def note(connection: Connection, source_id: str, definition: Definition, columns: Sequence[str]) -> None:
    """Keep the columns of a reading: always the first time, later where the contract lets them evolve."""
    before = known(connection, source_id, definition)
    if before is None:
        _add(connection, source_id, definition.hash, columns, None)
        return
    new = _missing(before, columns)
    if new and definition.schema.contract.columns == "evolve":
        _add(connection, source_id, definition.hash, [*before, *new], None)


def approve(connection: Connection, source_id: str, columns: Sequence[str], by: str) -> None:
    """Let new columns of a source pass from now on; they are published once they are declared."""
    own = source.c.source_id == source_id
    definition_hash = connection.execute(sa.select(source.c.definition_hash).where(own)).scalar_one()
    newest = connection.execute(
        sa.select(schema.c.columns)
        .where(schema.c.source_id == source_id, schema.c.definition_hash == definition_hash)
        .order_by(schema.c.version.desc())
        .limit(1)
    ).scalar()
    before = list(newest or ())
    _add(connection, source_id, definition_hash, [*before, *_missing(before, columns)], by)


def only_new(changed: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the columns of a drift if all of it is new columns, else none: only those can be approved."""
    listed = list(changed)
    return [one["column"] for one in listed] if all(one["change"] == "new" for one in listed) else []


def _missing(before: Iterable[str], columns: Iterable[str]) -> list[str]:
    seen = {fold(name) for name in before}
    return [name for name in columns if fold(name) not in seen]


def _add(
    connection: Connection, source_id: str, definition_hash: str, columns: Sequence[str], by: str | None
) -> None:
    newest = sa.select(sa.func.coalesce(sa.func.max(schema.c.version), 0) + 1).where(
        schema.c.source_id == source_id
    )
    connection.execute(
        sa.insert(schema).values(
            source_id=source_id,
            version=newest.scalar_subquery(),
            definition_hash=definition_hash,
            columns=list(columns),
            approved_by=by,
        )
    )
