"""Answer a search: read, look up, compile; one statement for the hits, one for the documents of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.engine import Connection, Row

from ckanext.jambi.search import documents, ranking, request, statement
from ckanext.jambi.search.compiler import Compiler, Defaults
from ckanext.jambi.search.found import Found
from ckanext.jambi.search.query import reading
from ckanext.jambi.search.request import Request
from ckanext.jambi.search.statement import Facets


def search(connection: Connection, params: Mapping[str, object]) -> Found:
    """Answer the search that the parameters ask for.

    Raises:
        QueryError: it cannot be read, or has no true answer here.
    """
    asked = request.read(params)
    sql, values = prepared(connection, asked)
    rows = list(connection.exec_driver_sql(sql, values))
    page = {int(row.a): float(row.b) for row in sorted(_of("page", rows), key=lambda row: row.n)}
    return Found(
        documents=documents.fetch(connection, page, asked.wanted),
        hits=next(iter(_of("hits", rows))).n,
        facets=_facets(asked.facets, _of("facet", rows)),
        start=asked.start,
    )


def prepared(connection: Connection, asked: Request) -> tuple[str, dict[str, object]]:
    """Return the statement of a search and its values."""
    compiler = Compiler.of(connection)
    query = compiler.condition(asked.query, asked.query_defaults)
    filters = [compiler.condition(each, asked.filter_defaults) for each in asked.filters]
    compiled = statement.Search(
        condition=compiler.algebra.every([query, *filters]),
        ranking=ranking.read(asked.query, asked.query_defaults, compiler),
        sorts=asked.sorts,
        start=asked.start,
        rows=asked.rows,
        facets=asked.facets,
    )
    return statement.write(compiled, compiler.algebra), compiler.params.values


def numbers(connection: Connection, query: str) -> list[int]:
    """Return the numbers of all documents that a query in Lucene's syntax finds."""
    compiler = Compiler.of(connection)
    node = reading.read_query(query, parser="lucene", operator="AND", least="1")
    where = compiler.algebra.sql(compiler.condition(node, Defaults(("text",))))
    sql = f"SELECT n.docno FROM jambi_search_narrow n WHERE {where}"  # noqa: S608
    return list(connection.exec_driver_sql(sql, compiler.params.values).scalars())


def _facets(facets: Facets, rows: Iterable[Row]) -> dict[str, list[str | int]]:
    """Return the counts of each field: the greatest first, or by value where all are wanted."""
    counts: dict[str, list[tuple[str, int]]] = {name: [] for name in facets.names}
    for row in rows:
        counts[row.a].append((row.b, row.n))
    for found in counts.values():
        found.sort(key=(lambda each: each[0]) if facets.limit < 0 else (lambda each: (-each[1], each[0])))
    return {name: [part for pair in found for part in pair] for name, found in counts.items()}


def _of(kind: str, rows: Iterable[Row]) -> Iterable[Row]:
    return (row for row in rows if row.kind == kind)
