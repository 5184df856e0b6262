"""The tree that every way of writing a query is read into.

Made by `lucene`, `dismax` and `local_params`, compiled to SQL by `ckanext.jambi.search.compiler`.
A field of None stands for the default fields of the query (`df`, or `qf` of a dismax query).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Occur(StrEnum):
    """How a clause of a Lucene boolean query takes part in it."""

    MUST = "+"
    SHOULD = ""
    MUST_NOT = "-"


@dataclass(frozen=True)
class Everything:
    """`*:*`."""

    boost: float = 1.0


@dataclass(frozen=True)
class Term:
    """One unquoted token, backslashes already taken away."""

    field: str | None
    text: str
    boost: float = 1.0


@dataclass(frozen=True)
class Phrase:
    """A quoted text; `slop` is the number of places that its words may be apart."""

    field: str | None
    text: str
    slop: int = 0
    boost: float = 1.0


@dataclass(frozen=True)
class Wildcard:
    """Parts in order: `*` (any characters), `?` (one character) or `=` and a literal run."""

    field: str | None
    parts: tuple[str, ...]
    boost: float = 1.0


@dataclass(frozen=True)
class Fuzzy:
    """Words within `edits` (1 or 2) insertions, deletions, changes or swaps."""

    field: str | None
    text: str
    edits: int = 2
    boost: float = 1.0


@dataclass(frozen=True)
class Range:
    """Values from `low` to `high`; None is an open end."""

    field: str | None
    low: str | None
    high: str | None
    low_included: bool = True
    high_included: bool = True
    boost: float = 1.0


@dataclass(frozen=True)
class Exists:
    """`field:*`: any value at all."""

    field: str
    boost: float = 1.0


@dataclass(frozen=True)
class OneOf:
    """Any of many exact values: CKAN's list of permission labels."""

    field: str
    values: tuple[str, ...]
    boost: float = 1.0


@dataclass(frozen=True)
class Clause:
    """A node and how it occurs."""

    occur: Occur
    node: Node


@dataclass(frozen=True)
class Bool:
    """A boolean query; `least` is how many of the SHOULD clauses must match (None or 0: one, if no MUST)."""

    clauses: tuple[Clause, ...]
    boost: float = 1.0
    least: int | None = None

    def of(self, occur: Occur) -> tuple[Node, ...]:
        """Return the nodes that occur this way."""
        return tuple(clause.node for clause in self.clauses if clause.occur is occur)

    @property
    def should_at_least(self) -> int:
        """Return how many SHOULD clauses must match, after Lucene's rule."""
        if self.least:
            return self.least
        return 0 if self.of(Occur.MUST) or not self.of(Occur.SHOULD) else 1


Node = Everything | Term | Phrase | Wildcard | Fuzzy | Range | Exists | OneOf | Bool
