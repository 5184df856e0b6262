"""Compile a query tree to conditions on the tables.

Each kind of field compiles in its own way (`text_leaves`, `key_leaves`, `scope_leaves`); this module joins
them by Lucene's rules. None stands for a clause that says nothing: a word of signs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from ckanext.jambi.search import fields
from ckanext.jambi.search.conditions import NOTHING, Algebra, Condition, Params, scope
from ckanext.jambi.search.fields import Kind
from ckanext.jambi.search.key_leaves import KeyLeaves
from ckanext.jambi.search.lookups import Lookups
from ckanext.jambi.search.query.nodes import Bool, Everything, Node, Occur
from ckanext.jambi.search.scope_leaves import ScopeLeaves
from ckanext.jambi.search.text_leaves import TextLeaves


@dataclass(frozen=True)
class Defaults:
    """The fields that a clause without a field looks into."""

    names: tuple[str, ...]

    def searched(self) -> tuple[str, ...]:
        """Return the fields less those whose words `text` holds anyway."""
        if "text" not in self.names:
            return self.names
        return ("text", *(name for name in self.names if fields.text_label(name) is None))


class Compiler:
    """Compiles the parts of one search; all share the values of one statement."""

    def __init__(self, lookups: Lookups, now: datetime) -> None:
        self.params = Params()
        self.algebra = Algebra(frozenset(lookups.scopes), self.params)
        self._keys = KeyLeaves(lookups, self.params, now)
        self._texts = TextLeaves(lookups, self.params)
        self._scopes = ScopeLeaves(lookups.scopes)

    @classmethod
    def of(cls, connection: Connection) -> Compiler:
        """Return a compiler that looks up on a connection, for now."""
        return cls(Lookups(connection), datetime.now(UTC))

    def condition(self, node: Node, defaults: Defaults) -> Condition:
        """Return the condition that a whole query or filter sets.

        Raises:
            QueryError: it asks for something that has no true answer here.
        """
        return self.part(node, defaults) or NOTHING

    def part(self, node: Node, defaults: Defaults) -> Condition | None:
        """Return the condition that a part of a query sets, or None if it says nothing."""
        if isinstance(node, Everything):
            return scope(self.algebra.everything)
        if isinstance(node, Bool):
            return self._bool(node, defaults)
        names = defaults.searched() if node.field is None else (node.field,)
        found = [self._leaf(node, name) for name in names]
        telling = [condition for condition in found if condition is not None]
        return self.algebra.some(telling) if telling else None

    def _bool(self, node: Bool, defaults: Defaults) -> Condition | None:
        parts = {occur: self._parts(node.of(occur), defaults) for occur in Occur}
        if not any(parts.values()):
            return None
        conditions = list(parts[Occur.MUST])
        least = min(node.should_at_least, len(parts[Occur.SHOULD]))
        if least:
            conditions.append(self.algebra.some(parts[Occur.SHOULD], least))
        conditions += [self.algebra.no(condition) for condition in parts[Occur.MUST_NOT]]
        return self.algebra.every(conditions) if conditions else scope(self.algebra.everything)

    def _parts(self, nodes: Sequence[Node], defaults: Defaults) -> list[Condition]:
        found = (self.part(node, defaults) for node in nodes)
        return [condition for condition in found if condition is not None]

    def _leaf(self, node: Node, name: str) -> Condition | None:
        if name in fields.SCOPE_FIELDS:
            return self._scopes.compile(node, name)
        if fields.field(name).kind is Kind.TEXT:
            return self._texts.compile(node, name)
        return self._keys.compile(node, name)
