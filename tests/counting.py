"""Count what is asked of databases, and what they wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine

OF_THE_RUN = {"jambi_harvest_run", "jambi_harvest_source", "jambi_harvest_attempt", "jambi_harvest_host"}
"""The only tables that a run that changes nothing may write: what the runner keeps of its own work."""

WRITES = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"


@contextmanager
def statements(*engines: sa.Engine) -> Iterator[list[str]]:
    """Collect the statements that go to these engines, or to CKAN's."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    watched = engines or (model.meta.engine,)
    for engine in watched:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in watched:
            sa.event.remove(engine, "before_cursor_execute", note)


def written() -> Counter[str]:
    """Return how many rows each table of both databases had written, by the server's own count."""
    model.Session.remove()
    found: Counter[str] = Counter()
    for engine in (model.meta.engine, get_write_engine()):
        _report_counts(engine)
        with engine.connect() as connection:
            found.update(dict(connection.execute(sa.text(WRITES)).all()))
    return found


def _report_counts(engine: Any) -> None:
    """Let each pooled connection's server process report what it counted."""
    connections = [engine.connect() for _ in range(engine.pool.checkedin())]
    for connection in connections:
        connection.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        connection.commit()
    for connection in connections:
        connection.close()
