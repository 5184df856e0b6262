"""A naive search engine: every document read anew for every query, by the words of the specification.

It shares with the engine the reading of queries and the cutting of texts into words, which have tests of their own,
and nothing of the SQL, the plans, the counters or the ranking.
"""

from __future__ import annotations

import functools
import re
import struct
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ckanext.jambi.search import document, fields
from ckanext.jambi.search.fields import Kind
from ckanext.jambi.search.query import dates, reading
from ckanext.jambi.search.query.nodes import (
    Bool,
    Everything,
    Exists,
    Fuzzy,
    Occur,
    OneOf,
    Phrase,
    Range,
    Term,
    Wildcard,
)
from ckanext.jambi.search.text import analysis, synonyms
from ckanext.jambi.search.text.stemmer import stem

WEIGHTS = {"A": 1.0, "B": 0.8, "C": 0.4, "D": 0.2}
FIELD_WEIGHTS = {"name": 4.0, "title": 4.0, "tags": 2.0, "groups": 2.0}
LABEL_OF = {"title": "A", "notes": "C"}


class Doc:
    """One document with everything that a query may ask it."""

    def __init__(self, raw: dict[str, Any], number: int) -> None:
        self.raw = raw
        self.number = number
        row = document.read(raw, strict=False)
        self.row = row
        self.words = list(row.labelled_words())
        self.places: dict[str, dict[int, str]] = defaultdict(dict)
        for label, word in self.words:
            for lexeme in (word.exact, "=" + word.stem):
                at = self.places[lexeme]
                at[word.place] = min(label, at.get(word.place, label))

    def values(self, name: str) -> list[Any]:
        if name == "permission_labels":
            return list(self.row.scope.labels)
        return list(self.row.keys.get(name, self.row.texts.get(name, [])))

    def field_words(self, name: str) -> list[analysis.Word]:
        if name == "text":
            return [word for _, word in self.words]
        if name in LABEL_OF:
            return [word for label, word in self.words if label == LABEL_OF[name]]
        return list(analysis.words(str(value) for value in self.values(name)))


class NaiveEngine:
    """Answers the same parameters as the engine, from a list."""

    def __init__(self, docs: Sequence[dict[str, Any]]) -> None:
        self.docs = [Doc(raw, number) for number, raw in enumerate(docs)]

    def search(self, params: dict[str, Any]) -> tuple[list[str], list[str], dict[str, list[Any]]]:
        """Return the ids of the page, of all hits in order, and the facets."""
        words = params.get("defType") == "dismax"
        node = reading.read_query(
            params["q"],
            parser=params.get("defType", "lucene"),
            operator="AND",
            least=params.get("mm", "2<-1 5<80%"),
        )
        defaults = ["text"] if not words else [n.partition("^")[0] for n in params["qf"].split()]
        filters = [reading.read_filter(each, "AND") for each in params["fq"]]
        hits = [
            doc
            for doc in self.docs
            if matches(doc, node, defaults) and all(matches(doc, each, ["text"]) for each in filters)
        ]
        ordered = self._ordered(hits, node, params.get("sort") or "score desc")
        ids = [doc.raw["id"] for doc in ordered]
        start = params.get("start", 0)
        return ids[start : start + params["rows"]], ids, facets(hits, params)

    def _ordered(self, hits: list[Doc], node: Any, sort: str) -> list[Doc]:
        scores = score_all(hits, node)
        ordered = sorted(hits, key=lambda doc: doc.number)
        for part in reversed(sort.split(",")):
            name, direction = part.split()
            keys = {doc.number: sort_key(doc, name, scores) for doc in hits}
            ordered = stable_sorted(ordered, keys, descending=direction == "desc")
        return ordered


def stable_sorted(docs: list[Doc], keys: dict[int, Any], *, descending: bool) -> list[Doc]:
    """Sort by keys, equal ones in the order in which they stand, missing ones last."""
    groups: dict[Any, list[Doc]] = defaultdict(list)
    for doc in docs:
        groups[keys[doc.number]].append(doc)
    missing = groups.pop(None, [])
    return [doc for key in sorted(groups, reverse=descending) for doc in groups[key]] + missing


def sort_key(doc: Doc, name: str, scores: dict[int, float]) -> Any:
    if name == "score":
        return scores[doc.number]
    values = doc.values(name)
    if not values:
        return None
    return values[0] if isinstance(values[0], int) else str(values[0]).encode()


def facets(hits: list[Doc], params: dict[str, Any]) -> dict[str, list[Any]]:
    if params.get("facet") != "true":
        return {}
    limit = params["facet.limit"]
    found: dict[str, list[Any]] = {}
    for name in params["facet.field"]:
        counts = Counter(value for doc in hits for value in {str(v) for v in doc.values(name)})
        if name == "permission_labels":
            counts.clear()
        pairs = [pair for pair in counts.items() if pair[1] >= params["facet.mincount"]]
        pairs.sort(key=(lambda p: p[0]) if limit < 0 else (lambda p: (-p[1], p[0])))
        if limit >= 0:
            pairs = pairs[:limit]
        found[name] = [part for pair in pairs for part in pair]
    return found


def matches(doc: Doc, node: Any, defaults: Sequence[str]) -> bool:
    return bool(_matches(doc, node, tuple(defaults)))


def _matches(doc: Doc, node: Any, defaults: tuple[str, ...]) -> bool | None:
    """Return whether a node matches; None if it says nothing."""
    if isinstance(node, Everything):
        return True
    if isinstance(node, Bool):
        return _matches_bool(doc, node, defaults)
    names = defaults if node.field is None else (node.field,)
    found = [answer for name in names if (answer := _leaf(doc, node, name)) is not None]
    return any(found) if found else None


def _matches_bool(doc: Doc, node: Bool, defaults: tuple[str, ...]) -> bool | None:
    answers = {
        occur: [a for n in node.of(occur) if (a := _matches(doc, n, defaults)) is not None] for occur in Occur
    }
    if not any(answers.values()):
        return None
    should = answers[Occur.SHOULD]
    least = min(node.should_at_least, len(should))
    return all(answers[Occur.MUST]) and sum(should) >= least and not any(answers[Occur.MUST_NOT])


def _leaf(doc: Doc, node: Any, name: str) -> bool | None:
    kind = fields.field(name).kind
    if kind is Kind.TEXT:
        return _text_leaf(doc, node, name)
    if kind is Kind.NGRAM:
        values = doc.values(fields.NGRAM_SOURCES[name])
        return any(analysis.fold(node.text) in analysis.fold(str(value)) for value in values)
    values = doc.values(name)
    if isinstance(node, Exists):
        return bool(values)
    return _date_leaf(values, node) if kind is Kind.DATE else _exact_leaf(values, node, kind)


def _exact_leaf(values: list[Any], node: Any, kind: Kind) -> bool:
    if isinstance(node, OneOf):
        return bool(set(node.values) & set(values))
    if isinstance(node, Term | Phrase):
        return any(str(value) == node.text for value in values)
    if isinstance(node, Wildcard):
        return any(_pattern(node).fullmatch(str(value)) for value in values)
    if kind is Kind.INTEGER:
        return any(_between(value, node, int) for value in values)
    return any(_between(str(value).encode(), node, str.encode) for value in values)


def _date_leaf(values: list[Any], node: Any) -> bool:
    if isinstance(node, Term | Phrase):
        node = Range(None, node.text, node.text)
    now = datetime.now(UTC)
    moments = [dates.instant(value) for value in values]
    low = node.low and dates.bound(node.low, now, last=not node.low_included)
    high = node.high and dates.bound(node.high, now, last=node.high_included)
    return any(
        (not low or (moment >= low if node.low_included else moment > low))
        and (not high or (moment <= high if node.high_included else moment < high))
        for moment in moments
    )


def _between(value: Any, node: Range, convert: Any) -> bool:
    low = None if node.low is None else convert(node.low)
    high = None if node.high is None else convert(node.high)
    return (low is None or (value >= low if node.low_included else value > low)) and (
        high is None or (value <= high if node.high_included else value < high)
    )


def _pattern(node: Wildcard, *, folded: bool = False) -> re.Pattern[str]:
    signs = {"*": ".*", "?": "."}
    parts = [
        signs.get(part) or re.escape(analysis.fold(part[1:]) if folded else part[1:]) for part in node.parts
    ]
    return re.compile("".join(parts), re.DOTALL)


def _text_leaf(doc: Doc, node: Any, name: str) -> bool | None:
    words = doc.field_words(name)
    if isinstance(node, Exists):
        return bool(words) if name == "text" else bool(doc.values(name))
    if isinstance(node, Term):
        return _term(words, node.text, with_synonyms=name == "text")
    if isinstance(node, Phrase):
        return _phrase(words, analysis.parts(node.text), node.slop)
    exact = {word.exact for word in words}
    if isinstance(node, Wildcard):
        return any(_pattern(node, folded=True).fullmatch(word) for word in exact)
    if isinstance(node, Fuzzy):
        return any(_edits(analysis.fold(node.text), word) <= node.edits for word in exact)
    return any(_between(word.encode(), node, lambda text: analysis.fold(text).encode()) for word in exact)


def _term(words: list[analysis.Word], text: str, *, with_synonyms: bool) -> bool | None:
    wanted = analysis.parts(text)
    if not wanted:
        return None
    stems = {word.stem for word in words}
    return all(
        stem(part) in stems
        or (with_synonyms and any(_phrase(words, other, 0) for other in synonyms.alternatives(part)))
        for part in wanted
    )


def _phrase(words: list[analysis.Word], wanted: tuple[str, ...], slop: int) -> bool | None:
    """Return whether the words stand so that their places, less their order, spread over at most `slop`."""
    if not wanted:
        return None
    places = [{word.place for word in words if word.stem == stem(part)} for part in wanted]
    return any(_spread(places, start, slop) for start in places[0])


def _spread(places: list[set[int]], start: int, slop: int) -> bool:
    ways: list[list[int]] = [[start]]
    for i, at in enumerate(places[1:], start=1):
        ways = [
            [*way, place - i]
            for way in ways
            for place in at
            if max(*way, place - i) - min(*way, place - i) <= slop
        ]
    return bool(ways)


@functools.cache
def _edits(one: str, other: str) -> int:
    rows = [[max(i, j) if not min(i, j) else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            rows[i][j] = min(
                rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (one[i - 1] != other[j - 1])
            )
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


def score_all(hits: list[Doc], node: Any) -> dict[int, float]:
    """Return the score of each hit by the rules of `weights`."""
    found = list(leaves(node, 1.0, always=True))
    text = [(leaf, boost) for leaf, boost, _ in found if leaf.field in (None, "text") and lexemes(leaf)]
    clauses = [
        (leaf, boost * FIELD_WEIGHTS.get(leaf.field, 1.0))
        for leaf, boost, always in found
        if leaf.field not in (None, "text") and not always
    ]
    scores = {
        doc.number: sum(weight for leaf, weight in clauses if matches(doc, leaf, ["text"])) for doc in hits
    }
    _add_ranks(scores, hits, text)
    return {number: int(score * 100 + 1e-9) / 100 for number, score in scores.items()}


def _add_ranks(scores: dict[int, float], hits: list[Doc], text: list[tuple[Any, float]]) -> None:
    by_boost: dict[float, list[str]] = defaultdict(list)
    for leaf, boost in text:
        by_boost[boost] += lexemes(leaf)
    full = {doc.number for doc in hits if text and all(_in_head(doc, leaf) for leaf, _ in text)}
    newest = sorted(
        (doc for doc in hits if doc.number not in full),
        key=lambda doc: (doc.values("metadata_modified"), -doc.number),
        reverse=True,
    )
    ranked = {doc.number for doc in newest[:1000]}
    for doc in hits:
        if doc.number in full:
            scores[doc.number] += sum(by_boost) + rank(doc, by_boost, "AB")
        elif doc.number in ranked:
            scores[doc.number] += rank(doc, by_boost, "ABCD")


def leaves(node: Any, boost: float, *, always: bool) -> Iterator[tuple[Any, float, bool]]:
    boost *= node.boost
    if isinstance(node, Bool):
        for clause in node.clauses:
            if clause.occur is not Occur.MUST_NOT:
                yield from leaves(clause.node, boost, always=always and clause.occur is Occur.MUST)
    elif not isinstance(node, Everything):
        yield node, boost, always


def lexemes(leaf: Any) -> list[str]:
    if isinstance(leaf, Term | Phrase):
        return [form for word in analysis.parts(leaf.text) for form in (word, "=" + stem(word))]
    if (
        isinstance(leaf, Wildcard)
        and leaf.parts[-1] == "*"
        and len(leaf.parts) == 2
        and leaf.parts[0][0] == "="
    ):
        return [analysis.fold(leaf.parts[0][1:]) + "*"]
    return []


def _in_head(doc: Doc, leaf: Any) -> bool:
    words = [word for label, word in doc.words if label in "AB"]
    if isinstance(leaf, Term):
        return bool(_term(words, leaf.text, with_synonyms=True))
    if isinstance(leaf, Phrase):
        return bool(_phrase(words, analysis.parts(leaf.text), leaf.slop))
    return any(_pattern(leaf, folded=True).fullmatch(word.exact) for word in words)


def rank(doc: Doc, by_boost: dict[float, list[str]], labels: str) -> float:
    return sum(boost * _ts_rank(doc, sorted(set(found)), labels) for boost, found in by_boost.items())


def _ts_rank(doc: Doc, wanted: list[str], labels: str) -> float:
    """PostgreSQL's ts_rank of an OR query, in its own single precision."""
    total = 0.0
    for lexeme in wanted:
        for found in _found(doc, lexeme):
            at = doc.places[found]
            weights = [_single(WEIGHTS[label]) for _, label in sorted(at.items()) if label in labels]
            total = _single(total + _one_rank(weights)) if weights else total
    return _single(total / len(wanted)) if wanted else 0.0


def _found(doc: Doc, lexeme: str) -> list[str]:
    if lexeme.endswith("*"):
        return sorted(each for each in doc.places if each.startswith(lexeme[:-1]))
    return [lexeme] if lexeme in doc.places else []


def _one_rank(weights: list[float]) -> float:
    total, best, at = 0.0, -1.0, 0
    for j, weight in enumerate(weights):
        total = _single(total + _single(weight / ((j + 1) * (j + 1))))
        if weight > best:
            best, at = weight, j
    return (_single(best + total) - _single(best / ((at + 1) * (at + 1)))) / 1.64493406685


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])
