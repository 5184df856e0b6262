"""Count what is asked of databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from ckan import model


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
