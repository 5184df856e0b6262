"""Conditions on documents, in four forms that can be joined within themselves before they become SQL.

`scope` a set of scope numbers, `text` a tsquery, `doc` SQL on the wide table (alias d), `hot` SQL on the
narrow table (alias n). What stays in one form needs one look into an index: two words are one tsquery,
`id:x OR name:x` is one look into the wide table, any mixture of CKAN's own filters is one list of scopes.
No text of a query ever becomes part of a statement: all of it is bound as values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

from ckanext.jambi.search.text import vectors

MOST_COMBINATIONS = 40
Form = Literal["scope", "text", "doc", "hot"]


class Params:
    """Gives names to the values of a statement."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def bind(self, value: object, cast: str = "") -> str:
        """Return the place of a value in the statement."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"%({name})s{'::' + cast if cast else ''}"


@dataclass(frozen=True)
class Condition:
    """One condition; `sids` is set for the form `scope`, `query` for the others."""

    form: Form
    query: str = ""
    sids: frozenset[int] = frozenset()


def scope(sids: Iterable[int]) -> Condition:
    """Return the condition of being in one of the scopes."""
    return Condition("scope", sids=frozenset(sids))


NOTHING = scope(())


@dataclass(frozen=True)
class Algebra:
    """Joins conditions; knows all scopes, so that it can say what is not in some, and binds values."""

    everything: frozenset[int]
    params: Params

    def every(self, conditions: Sequence[Condition]) -> Condition:
        """Return the condition that all of these hold."""
        merged = [self._merge_all(group) for group in _by_form(conditions)]
        if any(not condition.sids for condition in merged if condition.form == "scope"):
            return NOTHING
        telling = [c for c in merged if c.form != "scope" or c.sids != self.everything]
        if len(telling) < 2:
            return telling[0] if telling else scope(self.everything)
        return Condition("hot", "(" + " AND ".join(self.sql(condition) for condition in telling) + ")")

    def some(self, conditions: Sequence[Condition], least: int = 1) -> Condition:
        """Return the condition that at least `least` of these hold."""
        if least > len(conditions):
            return NOTHING
        if least == len(conditions):
            return self.every(conditions)
        return self._any(conditions) if least == 1 else self._several(conditions, least)

    def no(self, condition: Condition) -> Condition:
        """Return the opposite of a condition."""
        if condition.form == "scope":
            return scope(self.everything - condition.sids)
        if condition.form == "text":
            return Condition("text", f"!{condition.query}")
        return Condition(condition.form, f"({condition.query} IS NOT TRUE)")

    def sql(self, condition: Condition) -> str:
        """Return a condition as SQL on the narrow table, never NULL at the top."""
        if condition.form == "scope":
            return f"n.sid = ANY({self.params.bind(sorted(condition.sids), 'integer[]')})"
        if condition.form == "text":
            return self._text_sql(condition.query)
        if condition.form == "doc":
            return f"n.docno IN (SELECT d.docno FROM jambi_search_doc d WHERE {condition.query})"  # noqa: S608
        return condition.query

    def _text_sql(self, query: str) -> str:
        """Return a tsquery as SQL; a bare negation would read every vector, so it looks for the rest."""
        if not query.startswith("!"):
            return f"n.whole @@ {self.params.bind(query, 'tsquery')}"
        found = self.params.bind(query[1:], "tsquery")
        return f"n.docno NOT IN (SELECT docno FROM jambi_search_narrow WHERE whole @@ {found})"  # noqa: S608

    def _merge_all(self, group: Sequence[Condition]) -> Condition:
        if len(group) == 1:
            return group[0]
        if group[0].form == "scope":
            return scope(frozenset.intersection(*(condition.sids for condition in group)))
        queries = [condition.query for condition in group]
        if group[0].form == "text":
            return Condition("text", _all_words(queries))
        return Condition(group[0].form, "(" + " AND ".join(queries) + ")")

    def _any(self, conditions: Sequence[Condition]) -> Condition:
        forms = {condition.form for condition in conditions}
        queries = [condition.query for condition in conditions]
        if forms == {"scope"}:
            return scope(frozenset[int]().union(*(condition.sids for condition in conditions)))
        if forms == {"text"}:
            return Condition("text", vectors.any_of(queries))
        if len(forms) > 1:
            return self._union([self._any(group) for group in _by_form(conditions)])
        return Condition(forms.pop(), "(" + " OR ".join(queries) + ")")

    def _union(self, conditions: Sequence[Condition]) -> Condition:
        """Return the condition that one of different forms holds: each looks into its own index."""
        found = [
            f"SELECT n.docno FROM jambi_search_narrow n WHERE {self.sql(condition)}"  # noqa: S608
            for condition in conditions
            if condition != NOTHING
        ]
        return Condition("hot", f"n.docno IN ({' UNION ALL '.join(found)})")

    def _several(self, conditions: Sequence[Condition], least: int) -> Condition:
        if {condition.form for condition in conditions} != {"text"}:
            counted = " + ".join(f"({self.sql(condition)} IS TRUE)::integer" for condition in conditions)
            return Condition("hot", f"({counted}) >= {least}")
        queries = [condition.query for condition in conditions]
        if comb(len(queries), least) <= MOST_COMBINATIONS:
            ways = (vectors.all_of(way) for way in combinations(queries, least))
            return Condition("text", vectors.any_of(ways))
        each = f"unnest({self.params.bind(queries, 'tsquery[]')}) AS q"
        matched = f"{each} JOIN jambi_search_narrow m ON m.whole @@ q"
        counted = f"SELECT m.docno FROM {matched} GROUP BY m.docno HAVING count(*) >= {least}"  # noqa: S608
        return Condition("hot", f"n.docno IN ({counted})")


def _all_words(queries: Sequence[str]) -> str:
    """Join tsqueries so that all match; negations alone become one."""
    if all(query.startswith("!") for query in queries):
        return "!" + vectors.any_of(query[1:] for query in queries)
    return vectors.all_of(queries)


def _by_form(conditions: Iterable[Condition]) -> list[list[Condition]]:
    groups: dict[str, list[Condition]] = {}
    for condition in conditions:
        groups.setdefault(condition.form, []).append(condition)
    return list(groups.values())
