"""Compile leaves on exact fields: strings, counted strings, dates, integers and parts of names."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from ckanext.jambi.search import fields, ranges
from ckanext.jambi.search.conditions import NOTHING, Condition, Params
from ckanext.jambi.search.fields import Kind
from ckanext.jambi.search.lookups import Lookups
from ckanext.jambi.search.patterns import contains, like
from ckanext.jambi.search.query import dates
from ckanext.jambi.search.query.errors import QueryError, UnsupportedQueryError
from ckanext.jambi.search.query.nodes import Exists, Fuzzy, Node, Phrase, Range, Term, Wildcard
from ckanext.jambi.search.text import analysis

_COLUMNS = ("id", "name", "index_id")


class KeyLeaves:
    """Compiles leaves on one exact field."""

    def __init__(self, lookups: Lookups, params: Params, now: datetime) -> None:
        self._lookups = lookups
        self._params = params
        self._now = now

    def compile(self, node: Node, name: str) -> Condition:
        """Return the condition of a leaf.

        Raises:
            QueryError: a date or number cannot be read, or the leaf has no true answer on the field.
        """
        kind = fields.field(name).kind
        if kind is Kind.PAYLOAD:
            return NOTHING
        if kind is Kind.NGRAM:
            return self._part(node, name)
        if kind is Kind.DATE:
            return self._date(Range(name, None, None) if isinstance(node, Exists) else node, name)
        if isinstance(node, Exists):
            return Condition("doc", f"d.keys ? {self._params.bind(name)}")
        if kind is Kind.INTEGER:
            return self._integer(node, name)
        return self._string(node, name)

    def _string(self, node: Node, name: str) -> Condition:
        if isinstance(node, Term | Phrase):
            return self._equal(name, node.text)
        if isinstance(node, Wildcard):
            return self._like(name, like(node.parts))
        if isinstance(node, Range):
            tests = ranges.comparisons(node, 'v COLLATE "C"', self._params)
            return self._values(name, tests)
        if isinstance(node, Fuzzy):
            raise UnsupportedQueryError(f"Fuzzy search is not supported on the exact field '{name}'")
        raise UnsupportedQueryError(f"{type(node).__name__} is not supported on the field '{name}'")

    def _equal(self, name: str, value: str) -> Condition:
        if fields.is_counted(name):
            number = self._lookups.number(name, value)
            return NOTHING if number is None else self._counted([number])
        if name in _COLUMNS:
            return Condition("doc", f"d.{name} = {self._params.bind(value, 'text')}")
        return self._contains(name, value)

    def _contains(self, name: str, value: str | int) -> Condition:
        wanted = json.dumps({name: [value]}, ensure_ascii=False)
        return Condition("doc", f"d.keys @> {self._params.bind(wanted, 'jsonb')}")

    def _like(self, name: str, pattern: str) -> Condition:
        if fields.is_counted(name):
            return self._counted(self._lookups.numbers_like(name, pattern))
        return self._values(name, [f"v LIKE {self._params.bind(pattern, 'text')}"])

    def _counted(self, numbers: list[int]) -> Condition:
        if not numbers:
            return NOTHING
        return Condition("hot", f"n.fids OPERATOR(pg_catalog.&&) {self._params.bind(numbers, 'integer[]')}")

    def _values(self, name: str, tests: list[str]) -> Condition:
        """Return the condition that one value `v` of the field passes all tests."""
        found = f"jsonb_array_elements_text(d.keys -> {self._params.bind(name)}) AS v"
        return Condition("doc", f"EXISTS (SELECT FROM {found} WHERE {' AND '.join(tests)})")

    def _integer(self, node: Node, name: str) -> Condition:
        if isinstance(node, Term | Phrase):
            return self._contains(name, _whole(node.text))
        if not isinstance(node, Range):
            raise UnsupportedQueryError(f"{type(node).__name__} is not supported on the number '{name}'")
        low, high = (bound if bound is None else str(_whole(bound)) for bound in (node.low, node.high))
        whole = replace(node, low=low, high=high)
        return self._values(name, ranges.comparisons(whole, "v::bigint", self._params, "bigint"))

    def _date(self, node: Node, name: str) -> Condition:
        if isinstance(node, Term | Phrase):
            node = Range(name, node.text, node.text)
        if not isinstance(node, Range):
            raise UnsupportedQueryError(f"{type(node).__name__} is not supported on the date '{name}'")
        exact = self._exact_range(node)
        if name in fields.HOT_DATES:
            column = f"n.{fields.HOT_DATES[name]}"
            tests = [f"{column} IS NOT NULL", *ranges.comparisons(exact, column, self._params, "timestamptz")]
            return Condition("hot", f"({' AND '.join(tests)})")
        if name == "indexed_ts":
            tests = ["d.indexed_at IS NOT NULL"]
            tests += ranges.comparisons(exact, "d.indexed_at", self._params, "timestamptz")
            return Condition("doc", f"({' AND '.join(tests)})")
        dated = f"SELECT x.docno FROM jambi_search_date x WHERE x.field = {self._params.bind(name)}"  # noqa: S608
        tests = ranges.comparisons(exact, "x.at", self._params, "timestamptz")
        return Condition("hot", f"n.docno IN ({' AND '.join([dated, *tests])})")

    def _exact_range(self, node: Range) -> Range:
        """Return a range of full instants: a shortened date stands for all of its time."""
        low = high = None
        if node.low is not None:
            low = dates.written(dates.bound(node.low, self._now, last=not node.low_included))
        if node.high is not None:
            high = dates.written(dates.bound(node.high, self._now, last=node.high_included))
        return replace(node, low=low, high=high)

    def _part(self, node: Node, name: str) -> Condition:
        """Return the condition that a name or title holds a text, whatever the case."""
        if isinstance(node, Exists):
            return Condition("doc", f"d.{_part_column(name)} IS NOT NULL")
        if not isinstance(node, Term | Phrase):
            raise UnsupportedQueryError(f"{type(node).__name__} is not supported on '{name}'")
        pattern = self._params.bind(contains(analysis.fold(node.text)), "text")
        return Condition("doc", f"d.{_part_column(name)} LIKE {pattern}")


def _part_column(name: str) -> str:
    return f"{fields.NGRAM_SOURCES[name]}_part"


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as err:
        raise QueryError(f"Invalid Number: {text}") from err
