"""What a query looks up before it becomes one statement: scopes, numbers of values, known words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy.engine import Connection

from ckanext.jambi.search import dictionary
from ckanext.jambi.search.document import Scope
from ckanext.jambi.search.query.errors import QueryError
from ckanext.jambi.search.text.distance import distance

MOST_TERMS = 1024
MOST_SIMILAR = 50
MOST_EXPANSIONS = 16

_SCOPES = "SELECT sid, site_id, entity_type, state, dataset_type, capacity, labels FROM jambi_search_scope"
_TERMS = "SELECT term FROM jambi_search_term WHERE term LIKE %(pattern)s LIMIT %(limit)s"
_NEAR_TERMS = "SELECT term FROM jambi_search_term WHERE length(term) BETWEEN %(shortest)s AND %(longest)s"
_LIKE_VALUES = "SELECT fid FROM jambi_search_facet_value WHERE field = %(field)s AND value LIKE %(pattern)s"
_ALL_VALUES = "SELECT fid FROM jambi_search_facet_value WHERE field = %(field)s"


class Lookups:
    """The dictionaries as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._expansions: dict[tuple[object, ...], list[str]] = {}

    @cached_property
    def scopes(self) -> dict[int, Scope]:
        """Return all scopes by number."""
        rows = self._connection.exec_driver_sql(_SCOPES)
        return {
            row.sid: Scope(
                row.site_id, row.entity_type, row.state, row.dataset_type, row.capacity, tuple(row.labels)
            )
            for row in rows
        }

    def number(self, field: str, value: str) -> int | None:
        """Return the number of a counted value."""
        return dictionary.facet_values(self._connection, [(field, value)]).get((field, value))

    def numbers_like(self, field: str, pattern: str) -> list[int]:
        """Return the numbers of the values of a field that match a LIKE pattern."""
        return self._column(_LIKE_VALUES, {"field": field, "pattern": pattern})

    def numbers(self, field: str) -> list[int]:
        """Return the numbers of all values of a field."""
        return self._column(_ALL_VALUES, {"field": field})

    def words_like(self, pattern: str) -> list[str]:
        """Return the words of the vocabulary that match a LIKE pattern.

        Raises:
            QueryError: there are more than Lucene would expand, or the query asks for too many expansions.
        """
        return self._expanded((pattern,), lambda: self._like(pattern))

    def words_near(self, word: str, edits: int) -> list[str]:
        """Return the nearest words of the vocabulary within a number of edits, as many as Lucene takes.

        Raises:
            QueryError: the query asks for too many expansions.
        """
        return self._expanded((word, edits), lambda: self._near(word, edits))

    def _expanded(self, key: tuple[object, ...], expand: Callable[[], list[str]]) -> list[str]:
        """Expand once; hold queries back that are made of expansions, for each reads the whole vocabulary."""
        if key not in self._expansions:
            if len(self._expansions) == MOST_EXPANSIONS:
                raise QueryError(f"too many wildcards and similar words: more than {MOST_EXPANSIONS}")
            self._expansions[key] = expand()
        return self._expansions[key]

    def _like(self, pattern: str) -> list[str]:
        words = self._column(_TERMS, {"pattern": pattern, "limit": MOST_TERMS + 1})
        if len(words) > MOST_TERMS:
            raise QueryError(f"too many boolean clauses: a wildcard stands for more than {MOST_TERMS} words")
        return sorted(words)

    def _near(self, word: str, edits: int) -> list[str]:
        lengths = {"shortest": len(word) - edits, "longest": len(word) + edits}
        letters = set(word)
        known = self._column(_NEAR_TERMS, lengths)
        likely = (term for term in known if len(letters.symmetric_difference(term)) <= 2 * edits)
        found = sorted((distance(word, term, edits), term) for term in likely)
        return [term for far, term in found if far <= edits][:MOST_SIMILAR]

    def _column(self, statement: str, values: Mapping[str, object]) -> list[Any]:
        return list(self._connection.exec_driver_sql(statement, values).scalars())
