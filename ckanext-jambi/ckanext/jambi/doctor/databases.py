"""Checks of the two databases: that they answer and are two, and that roles can do what they need alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from ckanext.jambi import append_only
from ckanext.jambi.doctor.examining import UnwellError

CONNECT_SECONDS = 5
MAIN, WRITE, READ = "sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url"
_POWERS = sa.text(
    """
    SELECT has_database_privilege(current_database(), 'CREATE') AS makes_schemas,
        has_schema_privilege('public', 'CREATE') AS makes_tables,
        (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
            AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writes
    """
)
_MAY_CONNECT = sa.text(
    "SELECT has_database_privilege(datname, 'CONNECT') FROM pg_database WHERE datname = :main"
)


def main() -> str:
    """The metadata database answers."""
    with _connected(MAIN) as connection:
        version = connection.scalar(sa.text("SHOW server_version"))
    return f"PostgreSQL {version.split()[0]} answers"


def datastore() -> str:
    """The DataStore answers to both of its roles."""
    for option in (WRITE, READ):
        with _connected(option) as connection:
            connection.execute(sa.text("SELECT 1"))
    return "The DataStore answers"


def separate() -> str:
    """The DataStore is a database of its own, and its reading role a role of its own."""
    place = {option: _url(option) for option in (MAIN, WRITE, READ)}
    if _database(place[MAIN]) == _database(place[WRITE]):
        raise UnwellError(
            "The DataStore shares CKAN's own database: anyone could read its tables, users included.",
            f"Make a second database and name it in {WRITE} and {READ}.",
        )
    if place[WRITE].username == place[READ].username:
        raise UnwellError(
            f"The DataStore is read and written by one role, {place[READ].username}.",
            f"Make a role that only reads and name it in {READ}.",
        )
    return "CKAN and the DataStore have a database each"


def permissions() -> str:
    """The reading role can neither write in the DataStore nor enter CKAN's own database."""
    main_place = _url(MAIN)
    with _connected(READ) as connection:
        powers = connection.execute(_POWERS).one()
        enters = connection.scalar(_MAY_CONNECT, {"main": main_place.database})
    same_server = (main_place.host, main_place.port) == (_url(READ).host, _url(READ).port)
    found = [
        text
        for text, true in (
            ("make schemas", powers.makes_schemas),
            ("make tables", powers.makes_tables),
            (f"write {powers.writes} tables", powers.writes),
            ("enter CKAN's own database", enters and same_server),
        )
        if true
    ]
    if found:
        raise UnwellError(
            f"The role that reads the DataStore can {', '.join(found)}.",
            "ckan datastore set-permissions | psql -U postgres --set ON_ERROR_STOP=1",
        )
    return "The role that reads the DataStore only reads"


def logs() -> str:
    """The portal's own role can add to the logs and read them, and nothing else (F30, RL10)."""
    with _connected(MAIN) as connection:
        weak = append_only.weak(connection)
        role = connection.scalar(sa.text("SELECT current_user"))
    if weak:
        raise UnwellError(
            f"The role {role} could change or drop logs that only grow: {', '.join(weak)}.",
            "ckan jambi guard-logs | psql -U postgres --set ON_ERROR_STOP=1 "
            "(docs/operate.md, The owner of the logs)",
        )
    return "The logs that only grow belong to a role of their own"


@contextmanager
def _connected(option: str) -> Iterator[Connection]:
    limits = {"connect_timeout": CONNECT_SECONDS}
    engine = sa.create_engine(_url(option), poolclass=sa.pool.NullPool, connect_args=limits)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.OperationalError as err:
        why = str(err.orig).strip().splitlines()[0]
        raise UnwellError(f"{option}: {why}", "Start PostgreSQL, or correct this option.") from err


def _url(option: str) -> URL:
    return make_url(tk.config[option])


def _database(url: URL) -> tuple[object, ...]:
    return (url.host, url.port, url.database, url.query.get("host"), url.query.get("port"))
