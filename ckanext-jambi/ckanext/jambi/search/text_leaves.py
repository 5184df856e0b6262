"""Compile leaves on analysed fields: `text` itself, the fields it can tell apart, and fields of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise, product

from ckanext.jambi.search import fields, ranges
from ckanext.jambi.search.conditions import NOTHING, Condition, Params
from ckanext.jambi.search.lookups import Lookups
from ckanext.jambi.search.patterns import like, literal_prefix
from ckanext.jambi.search.query.errors import UnsupportedQueryError
from ckanext.jambi.search.query.nodes import Exists, Fuzzy, Node, Phrase, Range, Term, Wildcard
from ckanext.jambi.search.text import analysis, synonyms, vectors
from ckanext.jambi.search.text.stemmer import stem

MOST_PHRASES = 300
_OWN_LABEL = {"title": fields.TITLE, "notes": fields.NOTES}


def stem_lexeme(word: str) -> str:
    """Return the lexeme by which a word is found in any of its forms."""
    return vectors.STEM + stem(word)


def words_query(text: str) -> str | None:
    """Return the tsquery of an unquoted token on `text`: all its parts, each in any form or by a synonym."""
    words = [_word_query(word) for word in analysis.parts(text)]
    return vectors.all_of(words) if words else None


def phrase_query(text: str, slop: int, before: str = "", labels: str = "") -> str | None:
    """Return the tsquery of words in order, or of words that `slop` moves bring in order."""
    lexemes = [vectors.lexeme(before + stem_lexeme(word), labels) for word in analysis.parts(text)]
    if not lexemes:
        return None
    return vectors.any_of(_placed(lexemes, places) for places in _arrangements(len(lexemes), slop))


def _word_query(word: str) -> str:
    others = (
        vectors.in_order(vectors.lexeme(stem_lexeme(part)) for part in alternative)
        for alternative in synonyms.alternatives(word)
    )
    return vectors.any_of([vectors.lexeme(stem_lexeme(word)), *others])


def _placed(lexemes: list[str], places: tuple[int, ...]) -> str:
    order = sorted(range(len(lexemes)), key=lambda i: (places[i], i))
    distances = [places[after] - places[before] for before, after in pairwise(order)]
    return vectors.in_order([lexemes[i] for i in order], distances)


def _arrangements(count: int, slop: int) -> list[tuple[int, ...]]:
    """Return the places of words that lie within a slop: Lucene's spread of place less index."""
    if count == 1 or slop <= 0:
        return [tuple(range(count))]
    if (2 * slop + 1) ** (count - 1) > MOST_PHRASES * 10:
        raise UnsupportedQueryError(f"A phrase of {count} words cannot be {slop} places apart")
    moves = (
        (0, *rest)
        for rest in product(range(-slop, slop + 1), repeat=count - 1)
        if max(0, *rest) - min(0, *rest) <= slop
    )
    return [tuple(i + move for i, move in enumerate(steps)) for steps in moves]


class TextLeaves:
    """Compiles leaves on one analysed field."""

    def __init__(self, lookups: Lookups, params: Params) -> None:
        self._lookups = lookups
        self._params = params

    def compile(self, node: Node, name: str) -> Condition | None:
        """Return the condition of a leaf, None if it says nothing.

        Raises:
            QueryError: the leaf has no true answer on an analysed field.
        """
        if isinstance(node, Exists):
            return self._exists(name)
        if isinstance(node, Range):
            return self._range(node, name)
        query = self._query(node, name, _OWN_LABEL.get(name, ""))
        if query is None or query == "":
            return None if query is None else NOTHING
        if name == "title":
            return self._in_title(query, str(self._query(node, name, "")))
        if name in ("text", "notes"):
            return Condition("text", query)
        return Condition("doc", f"d.words @@ {self._params.bind(query, 'tsquery')}")

    def _in_title(self, labelled: str, plain: str) -> Condition:
        """Find by the index on all words, then look into the heads: no long vector is read."""
        found, kept = (self._params.bind(query, "tsquery") for query in (plain, labelled))
        return Condition("hot", f"(n.whole @@ {found} AND n.head @@ {kept})")

    def _query(self, node: Node, name: str, labels: str) -> str | None:
        """Return the tsquery of a leaf: None if it says nothing, "" if no word can match."""
        before = "" if name == "text" or name in _OWN_LABEL else name + vectors.FIELD
        if isinstance(node, Term):
            if name == "text":
                return words_query(node.text)
            lexemes = [
                vectors.lexeme(before + stem_lexeme(word), labels) for word in analysis.parts(node.text)
            ]
            return vectors.all_of(lexemes) if lexemes else None
        if isinstance(node, Phrase):
            return phrase_query(node.text, node.slop, before, labels)
        if isinstance(node, Wildcard):
            return self._wildcard(node, before, labels)
        if isinstance(node, Fuzzy):
            return self._fuzzy(node, before, labels)
        raise UnsupportedQueryError(f"{type(node).__name__} is not supported on the text field '{name}'")

    def _wildcard(self, node: Wildcard, before: str, labels: str) -> str:
        prefix = literal_prefix(node.parts)
        if prefix is not None:
            return vectors.lexeme(before + analysis.fold(prefix), "*" + labels)
        words = self._lookups.words_like(like(node.parts, folded=True))
        return _any_word(words, before, labels)

    def _fuzzy(self, node: Fuzzy, before: str, labels: str) -> str | None:
        words = self._lookups.words_near(analysis.fold(node.text), node.edits)
        return _any_word(words, before, labels)

    def _exists(self, name: str) -> Condition:
        if name == "text":
            return Condition("hot", "(length(n.whole) > 0)")
        return Condition("doc", f"d.texts ? {self._params.bind(name)}")

    def _range(self, node: Range, name: str) -> Condition:
        """Compare the words of the field bytewise, as Lucene compares terms."""
        if fields.text_label(name) != fields.REST or name == "text":
            raise UnsupportedQueryError(f"Ranges on the text field '{name}' are not supported")
        start = self._params.bind(name + vectors.FIELD)
        word = f"substr(w, length({start}) + 1)"
        tests = [f"starts_with(w, {start})", f"NOT starts_with({word}, '{vectors.STEM}')"]
        folded = replace(node, low=_folded(node.low), high=_folded(node.high))
        tests += ranges.comparisons(folded, f'{word} COLLATE "C"', self._params)
        found = f"SELECT FROM unnest(tsvector_to_array(d.words)) AS w WHERE {' AND '.join(tests)}"
        return Condition("doc", f"(d.texts ? {self._params.bind(name)} AND EXISTS ({found}))")


def _folded(bound: str | None) -> str | None:
    return None if bound is None else analysis.fold(bound)


def _any_word(words: Iterable[str], before: str, labels: str) -> str:
    lexemes = [vectors.lexeme(before + word, labels) for word in words]
    return vectors.any_of(lexemes) if lexemes else ""
