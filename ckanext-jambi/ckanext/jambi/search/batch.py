"""Collect the documents of a batch of datasets, and write them by one set of statements.

The importer wraps a batch in `collect()`; look-ups of a dataset by name or id see the collected documents
first, then those that were read ahead (`by_reference.read_ahead`); all other searches see what the database
holds. Without `collect()` every `add` writes at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import ckan.plugins as p

from ckanext.jambi.search import session, writer
from ckanext.jambi.search.document import Row

_current: ContextVar[Buffer | None] = ContextVar("jambi_search_buffer", default=None)


class Buffer:
    """Documents that wait to be written, in the order in which they came; `ahead` are written ones, by id."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self.ahead: dict[str, dict[str, object]] = {}

    def add(self, row: Row) -> None:
        """Collect a document."""
        self._rows.append(row)

    def mark(self) -> int:
        """Return a place to roll back to."""
        return len(self._rows)

    def rollback_to(self, mark: int) -> None:
        """Forget what was collected since a mark."""
        del self._rows[mark:]

    def find(self, reference: str, site_id: str) -> Row | None:
        """Return the newest collected document with this name or id."""
        for row in reversed(self._rows):
            if row.scope.site_id == site_id and reference in (row.name, row.id):
                return row
        return None

    def take(self) -> list[Row]:
        """Return all collected documents and forget them, and what was read before them."""
        rows, self._rows, self.ahead = self._rows, [], {}
        return rows

    def flush(self) -> None:
        """Write all collected documents on CKAN's session, without a commit."""
        rows = self.take()
        if rows:
            session.run(lambda connection: writer.write(connection, rows))


def current() -> Buffer | None:
    """Return the buffer of the batch that runs, if one does."""
    return _current.get()


def hold(package_ids: Collection[str]) -> None:
    """Let nobody else write the documents of datasets until CKAN's transaction ends.

    Who locks what writers of datasets lock after their documents, such as a log, holds the documents first:
    no two can then wait for each other.
    """
    if package_ids and p.plugin_loaded("jambi_search"):
        session.run(lambda connection: writer.hold(connection, package_ids))


@contextmanager
def collect() -> Iterator[Buffer]:
    """Collect documents; what is left at the end is written, and dropped after an error."""
    buffer = Buffer()
    token = _current.set(buffer)
    try:
        yield buffer
        buffer.flush()
    finally:
        _current.reset(token)
