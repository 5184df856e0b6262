"""Read out of a query what its ranking needs: see `weights` for the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ckanext.jambi.search import weights
from ckanext.jambi.search.compiler import Compiler, Defaults
from ckanext.jambi.search.conditions import Params
from ckanext.jambi.search.patterns import literal_prefix
from ckanext.jambi.search.query.nodes import Bool, Everything, Node, Occur, Phrase, Term, Wildcard
from ckanext.jambi.search.text import analysis, vectors
from ckanext.jambi.search.text_leaves import stem_lexeme

_WEIGHTS = "{" + ",".join(str(weight) for weight in weights.LABELS.values()) + "}"


@dataclass(frozen=True)
class Leaf:
    """A clause that can add to the score; `always` if no hit is without it."""

    node: Node
    boost: float
    always: bool


@dataclass
class Ranking:
    """What a query ranks by: lexemes of `text` by boost, what a full head holds, clauses on fields."""

    lexemes: dict[float, list[str]] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    clauses: list[tuple[float, str]] = field(default_factory=list)

    @property
    def is_flat(self) -> bool:
        """Return whether all hits rank equal."""
        return not self.lexemes and not self.clauses

    @property
    def full_head(self) -> float:
        """Return what a head with all words adds: more than words elsewhere can."""
        return sum(self.lexemes)

    def of(self, vector: str, params: Params) -> str:
        """Return the SQL of the rank of a vector."""
        ranks = (
            f"{boost} * ts_rank('{_WEIGHTS}', {vector}, {params.bind(vectors.any_of(found), 'tsquery')})"
            for boost, found in self.lexemes.items()
        )
        return " + ".join(ranks) or "0"

    def of_clauses(self) -> str:
        """Return the SQL of what the clauses on fields add."""
        return " + ".join(f"{weight} * ({sql} IS TRUE)::integer" for weight, sql in self.clauses) or "0"


def read(node: Node, defaults: Defaults, compiler: Compiler) -> Ranking:
    """Return the ranking of a query."""
    ranking = Ranking()
    for leaf in _leaves(node, 1.0, always=True):
        name = getattr(leaf.node, "field", None) or ("text" if "text" in defaults.names else None)
        if name == "text":
            _add_words(ranking, leaf, compiler, defaults)
        elif not leaf.always:
            _add_clause(ranking, leaf, str(name), compiler, defaults)
    return ranking


def _leaves(node: Node, boost: float, *, always: bool) -> Iterator[Leaf]:
    """Yield the clauses that are not negative, each with the product of the boosts above it."""
    boost *= node.boost
    if isinstance(node, Everything):
        return
    if not isinstance(node, Bool):
        yield Leaf(node, boost, always)
        return
    for clause in node.clauses:
        if clause.occur is not Occur.MUST_NOT:
            yield from _leaves(clause.node, boost, always=always and clause.occur is Occur.MUST)


def _add_words(ranking: Ranking, leaf: Leaf, compiler: Compiler, defaults: Defaults) -> None:
    lexemes = _lexemes(leaf.node)
    condition = compiler.part(leaf.node, Defaults(("text",)))
    if lexemes and condition is not None and condition.form == "text":
        ranking.lexemes.setdefault(leaf.boost, []).extend(lexemes)
        ranking.head.append(condition.query)


def _lexemes(node: Node) -> list[str]:
    if isinstance(node, Term | Phrase):
        forms = ((word, stem_lexeme(word)) for word in analysis.parts(node.text))
        return [vectors.lexeme(form) for pair in forms for form in pair]
    prefix = literal_prefix(node.parts) if isinstance(node, Wildcard) else None
    return [vectors.lexeme(analysis.fold(prefix), prefix=True)] if prefix else []


def _add_clause(ranking: Ranking, leaf: Leaf, name: str, compiler: Compiler, defaults: Defaults) -> None:
    condition = compiler.part(leaf.node, defaults)
    if condition is not None:
        weight = leaf.boost * weights.FIELDS.get(name, weights.OTHER_FIELD)
        ranking.clauses.append((weight, compiler.algebra.sql(condition)))
