"""What an error of a database means for a run (reliability.md I3).

A deadlock, a serialization failure or a time limit undid one transaction: the stage begins again from its
last commit, three times in all. Anything else (a server that restarts, no connection left, a full disk)
concerns no run: it is put back, and taken up again when the database may answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

ERRORS = (sa.exc.OperationalError, sa.exc.InterfaceError)
TRIES = 3
# A worker that sleeps, or whose machine is lost, must hold neither its run nor the queue for ever.
IDLE_LIMIT = "SET idle_in_transaction_session_timeout = '60s'"
PAUSE = timedelta(seconds=5)
# serialization_failure, deadlock_detected, query_canceled, lock_not_available
TRANSIENT = frozenset({"40001", "40P01", "57014", "55P03"})
# in_failed_sql_transaction: an earlier error of the database was caught and kept, by CKAN's search for one.
UNDONE = "25P02"
# SQLAlchemy's code for the same after a lost connection.
LOST = "8s2b"


def limit_idle(engine: Engine) -> None:
    """Let the server end every transaction of this process that is left open for a minute."""
    if not sa.event.contains(engine, "connect", _limit):
        sa.event.listen(engine, "connect", _limit)
        engine.dispose()


def _limit(connection: Any, record: object) -> None:
    connection.cursor().execute(IDLE_LIMIT)
    connection.commit()


@contextmanager
def bared() -> Iterator[None]:
    """Let the database's error behind another one through in its place."""
    try:
        yield
    except ERRORS:
        raise
    except Exception as err:
        fault = behind(err)
        if fault:
            raise fault from err
        raise


def behind(err: BaseException) -> sa.exc.DBAPIError | None:
    """Return the database's error (one of ERRORS) that led to this one, None if it is no such matter.

    CKAN's search raises errors of its own for it; after an error that was kept, others tell of it.
    """
    cause: BaseException | None = err
    while cause is not None:
        if isinstance(cause, ERRORS):
            return cause
        if isinstance(cause, sa.exc.DBAPIError) and _code(cause) == UNDONE:
            return sa.exc.OperationalError(None, None, cause.orig or cause)
        if isinstance(cause, sa.exc.PendingRollbackError) and cause.code == LOST:
            return sa.exc.OperationalError(None, None, cause)
        cause = cause.__cause__ or cause.__context__
    return None


def passes(err: sa.exc.DBAPIError) -> bool:
    """Return whether the same work may succeed when it is tried again at once."""
    return _code(err) in (*TRANSIENT, UNDONE)


def _code(err: BaseException) -> str | None:
    return getattr(getattr(err, "orig", None), "pgcode", None)
