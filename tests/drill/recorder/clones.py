"""Clone both databases of the portal from templates, and move a forked process onto a clone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend import postgres as datastore_backend
from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine
from sqlalchemy.engine import URL, Dialect, make_url

import services

OPTIONS = ("sqlalchemy.url", "ckan.datastore.write_url")
ROLE_DATABASE = "postgres"
_databases: dict[Dialect, str] = {}


@dataclass(frozen=True, slots=True)
class Pair:
    """The names of a metadata database and a DataStore database."""

    metadata: str
    datastore: str

    def named(self, suffix: str) -> Pair:
        """Return the names of a copy."""
        return Pair(f"{self.metadata}_{suffix}", f"{self.datastore}_{suffix}")


def present() -> Pair:
    """Return the databases this process uses: those of its options, or where it has moved to."""
    stated = Pair(str(_url(OPTIONS[0]).database), str(_url(OPTIONS[1]).database))
    return Pair(
        _databases.get(model.meta.engine.dialect, stated.metadata),
        _databases.get(get_write_engine().dialect, stated.datastore),
    )


def release() -> None:
    """Close all connections of this process, so that its databases can be copied."""
    model.Session.remove()
    model.meta.engine.dispose()
    for engine in datastore_backend._engines.values():
        engine.dispose()


@contextmanager
def copied(template: Pair, copy: Pair) -> Iterator[Pair]:
    """Make a copy of both databases for the length of the block; pools of earlier tests are cut off."""
    _admin(
        *(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{old}'"
            for old in (template.metadata, template.datastore)
        ),
        *(
            f'CREATE DATABASE "{new}" TEMPLATE "{old}" STRATEGY file_copy OWNER {services.ROLE}'
            for old, new in _both(template, copy)
        ),
    )
    try:
        yield copy
    finally:
        drop(copy)


def drop(pair: Pair) -> None:
    """Remove both databases, whoever is connected."""
    _admin(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in (pair.metadata, pair.datastore)))


def move_to(pair: Pair) -> None:
    """Let this (forked) process use other databases; its inherited connections are left alone.

    The engines stay, and with them the statements that they have compiled: only their connections go elsewhere.
    """
    wanted = {
        model.meta.engine: pair.metadata,
        get_write_engine(): pair.datastore,
        get_read_engine(): pair.datastore,
    }
    for engine, name in wanted.items():
        _databases[engine.dialect] = name
        if not sa.event.contains(engine, "do_connect", _lead):
            sa.event.listen(engine, "do_connect", _lead)
        engine.dispose(close=False)
    model.meta.Session.registry.clear()


def _lead(dialect: Dialect, record: object, args: object, parameters: dict[str, Any]) -> None:
    parameters["dbname"] = _databases[dialect]


def _both(template: Pair, copy: Pair) -> list[tuple[str, str]]:
    return [(template.metadata, copy.metadata), (template.datastore, copy.datastore)]


def _admin(*statements: str) -> None:
    engine = sa.create_engine(
        services.url(database=ROLE_DATABASE), isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _url(option: str) -> URL:
    return make_url(tk.config[option])
