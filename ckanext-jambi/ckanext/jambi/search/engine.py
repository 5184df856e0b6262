"""The engine at CKAN's search seam: what `make_connection` returns in PostgreSQL mode.

It has the methods of a `pysolr.Solr` that CKAN calls, holds no connection and no session of its own (CKAN's
tests keep one for a whole class), and raises `pysolr.SolrError` alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import pysolr
from ckan.lib.search.common import solr_datetime_decoder
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, OperationalError

from ckanext.jambi.search import batch, by_reference, config, document, searching, session, writer
from ckanext.jambi.search.found import Found
from ckanext.jambi.search.query.errors import QueryError

T = TypeVar("T")


class PostgresConnection:
    """Answers searches and takes documents, inside CKAN's own transaction."""

    url = "postgresql: CKAN's own database"

    def __init__(self, decode_dates: bool = True) -> None:
        self._decode_dates = decode_dates

    def search(self, q: str = "*:*", **params: object) -> pysolr.Results:
        """Answer a search.

        Raises:
            pysolr.SolrError: it cannot be read, or this engine has no true answer to it.
        """
        started = time.monotonic()
        if not session.is_ready():
            return self._results(Found([], 0), started)
        found = by_reference.waiting(q, params)
        if found is None:
            found = self._run(lambda connection: _find(connection, q, params), session.read)
        return self._results(found, started)

    def add(self, docs: Iterable[Mapping[str, object]], **_: object) -> None:
        """Insert or replace documents; `commit` is CKAN's business.

        Raises:
            pysolr.SolrError: a document that cannot be kept, or that Solr would refuse in strict mode.
        """
        strict = config.strict()
        try:
            rows = [document.read(each, strict=strict) for each in docs]
        except document.DocumentError as err:
            raise pysolr.SolrError(str(err)) from err
        buffer = batch.current()
        if buffer is not None:
            for row in rows:
                buffer.add(row)
        else:
            self._run(lambda connection: writer.write(connection, rows))

    def delete(self, id: str | None = None, q: str | None = None, **_: object) -> None:
        """Delete the documents that a query finds, or the one with this `index_id`.

        Raises:
            pysolr.SolrError: the query cannot be read.
        """
        if not session.is_ready():
            return
        query = q if q is not None else f'index_id:"{id}"'
        buffer = batch.current()
        if buffer is not None:
            buffer.flush()
        self._run(lambda c: writer.delete(c, searching.numbers(c, query)))

    def commit(self, **_: object) -> None:
        """Commit CKAN's session where that is safe."""
        session.commit()

    def ping(self) -> str:
        """Return a word, as Solr does."""
        self._run(lambda connection: connection.exec_driver_sql("SELECT 1"))
        return '{"status":"OK"}'

    def _run(
        self,
        work: Callable[[Connection], T],
        transact: Callable[[Callable[[Connection], T]], T] = session.run,
    ) -> T:
        try:
            return transact(work)
        except QueryError as err:
            raise pysolr.SolrError(str(err)) from err
        except (DataError, OperationalError) as err:
            raise pysolr.SolrError(f"PostgreSQL could not do it: {err.orig}") from err

    def _results(self, found: Found, started: float) -> pysolr.Results:
        docs = (
            [solr_datetime_decoder(each) for each in found.documents]
            if self._decode_dates
            else found.documents
        )
        return pysolr.Results(
            {
                "responseHeader": {"status": 0, "QTime": int((time.monotonic() - started) * 1000)},
                "response": {"numFound": found.hits, "start": found.start, "docs": docs},
                "facet_counts": {"facet_fields": found.facets},
            }
        )


def _find(connection: Connection, query: str, params: Mapping[str, object]) -> Found:
    reference = by_reference.read(query, params)
    if reference is not None:
        return by_reference.find(connection, reference)
    return searching.search(connection, {**params, "q": query})
