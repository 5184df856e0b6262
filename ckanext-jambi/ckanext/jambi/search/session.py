"""Run the engine's SQL on CKAN's session, inside a savepoint, whatever state CKAN left the transaction in.

Nothing here commits. A savepoint of the connection, not of the session: the session's own would flush pending
objects and fire CKAN's commit hooks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ckan import model
from psycopg2.extensions import STATUS_BEGIN, TRANSACTION_STATUS_IDLE
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError

from ckanext.jambi.search import schema

T = TypeVar("T")
UNDEFINED_TABLE = "42P01"

# The planner does not know that long values lie out of line, and would read all of them rather than an index,
# from end to end or in the order of their numbers for a merge.
# A query that is made to be slow ends after five seconds.
_READ = (
    "SAVEPOINT jambi_search; SET LOCAL enable_seqscan = off; SET LOCAL enable_mergejoin = off; "
    "SET LOCAL jit = off; SET LOCAL statement_timeout = '5s'"
)
_UNDO = "ROLLBACK TO SAVEPOINT jambi_search; RELEASE SAVEPOINT jambi_search"


def is_ready() -> bool:
    """Return whether CKAN has connected its session yet: at boot it asks the search engine first."""
    return model.meta.engine is not None


def run(work: Callable[[Connection], T]) -> T:
    """Write in a savepoint."""
    return _with_tables(lambda: _guarded(work))


def read(work: Callable[[Connection], T]) -> T:
    """Read in a savepoint that is undone at the end, and the planner's settings with it."""
    return _with_tables(lambda: _undone(work))


def _with_tables(attempt: Callable[[], T]) -> T:
    """Do something; where CKAN has dropped our tables, make them again and do it once more."""
    try:
        return attempt()
    except ProgrammingError as err:
        if getattr(err.orig, "pgcode", None) != UNDEFINED_TABLE:
            raise
    with model.meta.engine.connect() as apart, apart.begin():
        apart.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('jambi_search'))")
        schema.create_missing(apart)
    return attempt()


def apart() -> Connection:
    """Return a connection of its own that commits each statement: for dictionary rows."""
    return model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def commit() -> None:
    """Commit CKAN's session, unless one of its actions is in the middle of a nested transaction."""
    if is_ready() and not model.Session().in_nested_transaction():
        model.Session.commit()


def _undone(work: Callable[[Connection], T]) -> T:
    connection = model.Session.connection()
    _begin_again(connection)
    connection.exec_driver_sql(_READ)
    try:
        return work(connection)
    finally:
        connection.exec_driver_sql(_UNDO)


def _guarded(work: Callable[[Connection], T]) -> T:
    connection = model.Session.connection()
    _begin_again(connection)
    with connection.begin_nested():
        return work(connection)


def _begin_again(connection: Connection) -> None:
    """Open the transaction that a raw COMMIT (ckanext-harvest) has ended behind SQLAlchemy's back."""
    raw: Any = connection.connection.dbapi_connection
    if raw.status == STATUS_BEGIN and raw.get_transaction_status() == TRANSACTION_STATUS_IDLE:
        connection.exec_driver_sql("BEGIN")
