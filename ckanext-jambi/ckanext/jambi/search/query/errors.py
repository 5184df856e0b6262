"""What can be wrong with a query."""

from __future__ import annotations


class QueryError(Exception):
    """Base of everything that a query can be refused for; the engine raises it as `pysolr.SolrError`."""


class QuerySyntaxError(QueryError):
    """The query cannot be read."""

    def __init__(self, query: str, reason: str) -> None:
        self.query = query
        self.reason = reason
        super().__init__(f"org.apache.solr.search.SyntaxError: Cannot parse '{query[:500]}': {reason}")


class UnsupportedQueryError(QueryError):
    """The query can be read, but this engine has no true answer to it."""


class SortError(QueryError):
    """The sort parameter cannot be read; CKAN knows it by these words."""

    def __init__(self, sort: str, reason: str) -> None:
        super().__init__(f"Can't determine a Sort Order (asc or desc) in sort spec '{sort[:500]}', {reason}")
