"""Figures of the index for `ckan jambi search stats`."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from ckanext.jambi.search import schema


def figures(connection: Connection) -> dict[str, str]:
    """Return the number of rows and the size of each table."""
    return {table: _figure(connection, table) for table in schema.TABLES}


def _figure(connection: Connection, table: str) -> str:
    statement = f"SELECT count(*), pg_size_pretty(pg_total_relation_size('{table}')) FROM {table}"  # noqa: S608
    rows, size = connection.exec_driver_sql(statement).one()
    return f"{rows} rows, {size}"
