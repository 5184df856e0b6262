"""Read a query without field names, as Solr's DisMax parser does: what people type into a search box.

Solr escapes all special characters but quotes, plus and minus, then reads the rest by the Lucene parser with
OR between the words, and asks that `mm` of the optional words match.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ckanext.jambi.search.query import lucene
from ckanext.jambi.search.query.errors import QueryError
from ckanext.jambi.search.query.nodes import Bool, Everything, Node, Occur, Phrase, Term
from ckanext.jambi.search.text import analysis

DEFAULT_LEAST = "2<-1 5<80%"
_CONSECUTIVE_MARKS = re.compile(r"\s+[+-](?:\s*[+-]+)+")
_DANGLING_MARKS = re.compile(r"\s+[-+\s]+$")
_SPECIAL = re.compile(r"([\\!():^\[\]/{}~*?])")
_LEAST = re.compile(r"(-?)(\d+)(%?)$")


def parse(query: str, least: str = DEFAULT_LEAST) -> Node:
    """Read free words; `least` is Solr's `mm`.

    Raises:
        QuerySyntaxError: marks or operators that join nothing (`--included`, as in Solr).
    """
    text = _SPECIAL.sub(r"\\\1", _balanced(_without_stray_marks(query))).strip()
    if not text:
        return Everything()
    return with_least(lucene.parse(text, operator="OR"), least)


def with_least(node: Node, least: str) -> Node:
    """Ask that `least` of the optional clauses of a query match."""
    if not isinstance(node, Bool):
        return node
    kept = tuple(clause for clause in node.clauses if not _is_silent(clause.node))
    node = replace(node, clauses=kept or node.clauses)
    return replace(node, least=minimum(len(node.of(Occur.SHOULD)), least))


def minimum(optional: int, spec: str) -> int:
    """Return how many of `optional` clauses must match by a `mm` specification such as `2<-1 5<80%`.

    Raises:
        QueryError: the specification cannot be read.
    """
    result = optional
    for part in re.sub(r"\s*<\s*", "<", spec.strip()).split():
        bound, found, value = part.rpartition("<")
        if found and optional <= _whole(bound, spec):
            break
        result = _amount(optional, value, spec)
    return max(0, min(result, optional))


def _is_silent(node: Node) -> bool:
    """Return whether a word is nothing but signs, which no text field knows."""
    return isinstance(node, Term | Phrase) and not analysis.parts(node.text)


def _amount(optional: int, value: str, spec: str) -> int:
    match = _LEAST.match(value)
    if match is None:
        raise QueryError(f"mm cannot be read: '{spec}'")
    number = int(match.group(2))
    if match.group(3):
        number = optional * number // 100
    return optional - number if match.group(1) else number


def _whole(text: str, spec: str) -> int:
    if not text.isdecimal():
        raise QueryError(f"mm cannot be read: '{spec}'")
    return int(text)


def _without_stray_marks(query: str) -> str:
    return _DANGLING_MARKS.sub("", _CONSECUTIVE_MARKS.sub(" ", query))


def _balanced(query: str) -> str:
    return query if query.count('"') % 2 == 0 else query.replace('"', "")
