"""What an error of a database means for a run (reliability.md I3).

A deadlock, a serialization failure or a time limit undid one transaction: the stage begins again from its
last commit, three times in all. Anything else (a server that restarts, no connection left, a full disk)
concerns no run: it is put back, and taken up again when the database may answer.
"""

from __future__ import annotations

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


def limit_idle(engine: Engine) -> None:
    """Let the server end every transaction of this process that is left open for a minute."""
    if not sa.event.contains(engine, "connect", _limit):
        sa.event.listen(engine, "connect", _limit)
        engine.dispose()


def _limit(connection: Any, record: object) -> None:
    connection.cursor().execute(IDLE_LIMIT)
    connection.commit()


def passes(err: sa.exc.DBAPIError) -> bool:
    """Return whether the same work may succeed when it is tried again at once."""
    return getattr(err.orig, "pgcode", None) in TRANSIENT
