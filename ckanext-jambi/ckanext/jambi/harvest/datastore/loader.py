"""Load rows in one transaction of the DataStore's database, once for each load id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import ckan.plugins.toolkit as tk
import psycopg2
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine, identifier
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import OperationalError

from ckanext.jambi.errors import JambiError
from ckanext.jambi.harvest.datastore import tables
from ckanext.jambi.harvest.datastore.copying import ChunkReader
from jambi_harvesters.record import Column

LOCK_TIMEOUT = "2s"
LOCK_ATTEMPTS = 5
LOCK_NOT_AVAILABLE = "55P03"
# Shorter than the limit of the run's own transaction (`faults`): a worker that sleeps over a load has lost
# it before another one may take the run, and readers get their table back.
IDLE_LIMIT = "SET LOCAL idle_in_transaction_session_timeout = '30s'"
COPY_PLACE = re.compile(r"line (?P<line>\d+), column (?P<column>\w+)")


class LoadError(JambiError):
    """Rows cannot be loaded: what stands in the way, and what to do."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is loaded: rows of `columns` into the table of `resource_id`.

    `mode` is `replace`, `merge` (rows of the same `key_columns` replace each other, others stay) or
    `append` (rows of keys that are there stay as they are). `whole` rows are the whole table, in every
    mode. `hash` is the rows' `rows-v1` digest, kept beside the load.
    """

    load_id: UUID
    resource_id: str
    columns: tuple[Column, ...]
    mode: str = "replace"
    whole: bool = False
    key_columns: tuple[str, ...] = ()
    full_text: bool = True
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load that is committed: `rows` is the number of rows of the table afterwards."""

    load_id: UUID
    rows: int


def load(wanted: Load, chunks: Iterable[Iterable[Sequence[object]]]) -> Loaded:
    """Load rows and commit; a load id that is committed already is left as it is.

    Readers see the table as it was until the commit and as it is from then on (P7).

    Raises:
        LoadError: if a merge meets a table with other columns, or a reader held the table too long.
    """
    with get_write_engine().begin() as connection:
        _run(connection, IDLE_LIMIT)
        _prepare(connection)
        done = _find(connection, wanted.load_id)
        if done:
            return done
        _receive(connection, wanted, chunks)
        if wanted.mode != "replace" and not wanted.whole and _exists(connection, wanted.resource_id):
            _merge(connection, wanted)
        else:
            _replace(connection, wanted)
        return _record(connection, wanted)


def find(load_id: UUID) -> Loaded | None:
    """Return the load of this id if it is committed in the DataStore's database."""
    with get_write_engine().begin() as connection:
        _prepare(connection)
        return _find(connection, load_id)


def drop(resource_id: str) -> None:
    """Remove the table of a resource, with its aliases, if there is one."""
    with get_write_engine().begin() as connection:
        _run(connection, f"DROP TABLE IF EXISTS public.{identifier(resource_id)} CASCADE")


def _prepare(connection: Connection) -> None:
    """Make the schema and table of loads where they are missing, one worker at a time.

    IF NOT EXISTS alone lets two at once fail. A transaction of its own, lest others wait for a load.
    """
    if connection.scalar(sa.text("SELECT to_regclass('jambi.jambi_load')")) is None:
        with get_write_engine().begin() as apart:
            apart.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('jambi_load'))"))
            for statement in tables.PREPARE:
                _run(apart, statement)


def _find(connection: Connection, load_id: UUID) -> Loaded | None:
    query = sa.text("SELECT rows FROM jambi.jambi_load WHERE load_id = :load_id")
    rows = connection.scalar(query, {"load_id": load_id})
    return None if rows is None else Loaded(load_id, rows)


def _receive(connection: Connection, wanted: Load, chunks: Iterable[Iterable[Sequence[object]]]) -> None:
    """Copy the rows into a table of this transaction."""
    _run(connection, tables.create_incoming(wanted.columns))
    cursor, reader = connection.connection.cursor(), ChunkReader(chunks)
    statement = tables.copy_incoming(wanted.columns)
    try:
        cursor.copy_expert(statement, reader)
    except psycopg2.DataError as err:
        # The server's own text holds the value: it may be personal and goes no further.
        place = COPY_PLACE.search(err.diag.context or "")
        where = f"row {place['line']}, column {place['column']}" if place else "one row"
        raise LoadError(f"Table {wanted.resource_id}: {where} does not fit the type of its column.") from None
    except psycopg2.OperationalError as err:
        raise (reader.error or OperationalError(statement, None, err)) from err


def _replace(connection: Connection, wanted: Load) -> None:
    """Build the new table beside the public one, then swap them."""
    schema, resource_id, columns = tables.STAGING, wanted.resource_id, wanted.columns
    aliases = _aliases(connection, resource_id)
    _run(connection, f"DROP TABLE IF EXISTS {schema}.{identifier(resource_id)}")
    keys = () if wanted.mode == "replace" else wanted.key_columns
    _run(connection, tables.create_table(schema, resource_id, columns))
    if keys:
        _run(connection, _keep_last_of_each_key(keys))
    _run(connection, tables.fill_table(schema, resource_id, columns, full_text=wanted.full_text))
    described = tables.comments(schema, resource_id, columns)
    indexed = tables.indexes(schema, resource_id, keys, full_text=wanted.full_text)
    for statement in (*described, *indexed):
        _run(connection, statement)
    _lock(connection, resource_id)
    for statement in tables.publish(resource_id, aliases, _read_role()):
        _run(connection, statement)


def _keep_last_of_each_key(keys: Sequence[str]) -> str:
    """Rank the rows of each key in one pass: rows compared in pairs would take hours for a long table."""
    ranked = (
        f"SELECT _line, row_number() OVER (PARTITION BY {', '.join(map(identifier, keys))}"
        f" ORDER BY _line DESC) AS place FROM {tables.INCOMING}"
    )
    return (
        f"DELETE FROM {tables.INCOMING} WHERE _line IN (SELECT _line FROM ({ranked}) ranked WHERE place > 1)"
    )


def _merge(connection: Connection, wanted: Load) -> None:
    """Upsert the rows into the public table; its columns must be the same."""
    present = _columns(connection, wanted.resource_id)
    stated = [column.name for column in wanted.columns]
    if present != stated:
        raise LoadError(
            f"Table {wanted.resource_id} has the columns {', '.join(present)};"
            f" the rows have {', '.join(stated)}."
            " Run the source with --complete and `write.mode: replace` to rebuild the table."
        )
    _run(
        connection,
        tables.upsert(
            wanted.resource_id,
            wanted.columns,
            wanted.key_columns,
            full_text=wanted.full_text,
            change=wanted.mode == "merge",
        ),
    )


def _record(connection: Connection, wanted: Load) -> Loaded:
    """Note the load beside its rows, and let the DataStore count and measure anew."""
    place = f"public.{identifier(wanted.resource_id)}"
    _run(connection, f"ANALYZE {place}")
    connection.execute(
        sa.text('DELETE FROM "_table_stats" WHERE resource_id = :resource_id'),
        {"resource_id": wanted.resource_id},
    )
    rows = connection.scalar(sa.text(f"SELECT count(*) FROM {place}"))
    connection.execute(
        sa.text(
            "INSERT INTO jambi.jambi_load (load_id, resource_id, rows, hash)"
            " VALUES (:id, :resource_id, :rows, :hash)"
        ),
        {"id": wanted.load_id, "resource_id": wanted.resource_id, "rows": rows, "hash": wanted.hash},
    )
    return Loaded(wanted.load_id, rows)


def _lock(connection: Connection, resource_id: str) -> None:
    """Take the public table from its readers, trying again while one of them holds it."""
    if not _exists(connection, resource_id):
        return
    _run(connection, f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            with connection.begin_nested():
                _run(connection, f"LOCK TABLE public.{identifier(resource_id)} IN ACCESS EXCLUSIVE MODE")
            return
        except OperationalError as err:
            if getattr(err.orig, "pgcode", None) != LOCK_NOT_AVAILABLE:
                raise
            if attempt == LOCK_ATTEMPTS:
                raise LoadError(
                    f"Readers held table {resource_id} for {LOCK_ATTEMPTS} times {LOCK_TIMEOUT};"
                    " the next run tries again."
                ) from err


def _exists(connection: Connection, resource_id: str) -> bool:
    query = sa.text("SELECT to_regclass(:place) IS NOT NULL")
    return bool(connection.scalar(query, {"place": f"public.{identifier(resource_id)}"}))


def _columns(connection: Connection, resource_id: str) -> list[str]:
    query = sa.text(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
        r" AND table_name = :resource_id AND column_name NOT LIKE '\_%' ORDER BY ordinal_position"
    )
    return list(connection.scalars(query, {"resource_id": resource_id}))


def _aliases(connection: Connection, resource_id: str) -> list[str]:
    query = sa.text('SELECT name FROM "_table_metadata" WHERE alias_of = :resource_id ORDER BY name')
    return list(connection.scalars(query, {"resource_id": resource_id}))


def _read_role() -> str:
    role = make_url(tk.config["ckan.datastore.read_url"]).username
    if role is None:
        raise LoadError("The option ckan.datastore.read_url names no user; write postgresql://USER@….")
    return role


def _run(connection: Connection, statement: str) -> None:
    """Run a statement that is built here from quoted names; a colon in a comment is no parameter."""
    connection.exec_driver_sql(statement.replace("%", "%%"))
