"""Compile leaves on the fields that make a scope: answered from the list of scopes, in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckanext.jambi.search.conditions import Condition, scope
from ckanext.jambi.search.document import Scope
from ckanext.jambi.search.patterns import regex
from ckanext.jambi.search.query.errors import UnsupportedQueryError
from ckanext.jambi.search.query.nodes import Exists, Node, OneOf, Phrase, Range, Term, Wildcard
from ckanext.jambi.search.ranges import within


class ScopeLeaves:
    """Answers leaves on site, type, state, capacity and permission labels."""

    def __init__(self, scopes: Mapping[int, Scope]) -> None:
        self._scopes = scopes

    def compile(self, node: Node, name: str) -> Condition:
        """Return the scopes that a leaf allows.

        Raises:
            UnsupportedQueryError: the leaf is of a kind that exact fields do not know.
        """
        test = _test(node, name)
        return scope(sid for sid, each in self._scopes.items() if test(_values(each, name)))


def _values(each: Scope, name: str) -> tuple[str, ...]:
    if name == "permission_labels":
        return each.labels
    value = getattr(each, name)
    return () if value is None else (value,)


def _test(node: Node, name: str) -> Callable[[tuple[str, ...]], bool]:
    if isinstance(node, Term | Phrase):
        return lambda values: node.text in values
    if isinstance(node, OneOf):
        allowed = frozenset(node.values)
        return lambda values: not allowed.isdisjoint(values)
    if isinstance(node, Exists):
        return bool
    if isinstance(node, Wildcard):
        pattern = regex(node.parts)
        return lambda values: any(pattern.fullmatch(value) for value in values)
    if isinstance(node, Range):
        return lambda values: any(within(node, value) for value in values)
    raise UnsupportedQueryError(f"{type(node).__name__} is not supported on the field '{name}'")
