"""Read Solr's local parameters for the two parsers that are supported: `{!lucene}` and `{!bool}`."""

from __future__ import annotations

import re

from ckanext.jambi.search.query import lucene
from ckanext.jambi.search.query.errors import QuerySyntaxError, UnsupportedQueryError
from ckanext.jambi.search.query.nodes import Bool, Clause, Node, Occur

_HEAD = re.compile(r"\s*\{!(.*?)\}", re.DOTALL)
_PAIR = re.compile(r"""\s*(?:([\w.]+)\s*=\s*)?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"']+)""", re.DOTALL)
_OCCURS = {"must": Occur.MUST, "filter": Occur.MUST, "should": Occur.SHOULD, "must_not": Occur.MUST_NOT}
_LUCENE = ("v", "q.op", "df")


def is_local(query: str) -> bool:
    """Return whether the query begins with local parameters."""
    return query.lstrip().startswith("{!")


def parse(query: str, operator: str) -> Node:
    """Read `{!lucene q.op=OR}a b`, `{!bool must=a must_not=b}` or their form with `type=`.

    Raises:
        UnsupportedQueryError: another parser, or a parameter that changes more than these two know.
        QuerySyntaxError: it cannot be read.
    """
    head = _HEAD.match(query)
    if head is None:
        raise QuerySyntaxError(query, "the local parameters are not closed")
    pairs = _pairs(query, head.group(1))
    kind = dict(pairs).get("type", "lucene")
    rest = query[head.end() :]
    if kind == "bool":
        return _bool(pairs, operator)
    if kind == "lucene":
        return _lucene(dict(pairs), rest, operator)
    raise UnsupportedQueryError(f"The query parser '{kind}' is not supported")


def _pairs(query: str, text: str) -> list[tuple[str, str]]:
    pairs, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            raise QuerySyntaxError(query, "the local parameters cannot be read")
        pairs.append((match.group(1) or "type", _value(match.group(2))))
        position = match.end()
    return pairs


def _value(text: str) -> str:
    if text.startswith("$"):
        raise UnsupportedQueryError("Parameters that refer to others ($name) are not supported")
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text[0] in "\"'" else text


def _lucene(params: dict[str, str], rest: str, operator: str) -> Node:
    _refuse_unknown(params, (*_LUCENE, "type"))
    text = params.get("v", rest)
    if "df" in params:
        text = f"{params['df']}:({text})"
    return lucene.parse(text, params.get("q.op", operator).upper())


def _bool(pairs: list[tuple[str, str]], operator: str) -> Node:
    _refuse_unknown(dict(pairs), (*_OCCURS, "type"))
    clauses = [
        Clause(_OCCURS[name], lucene.parse(value, operator)) for name, value in pairs if name in _OCCURS
    ]
    if not clauses:
        raise UnsupportedQueryError("{!bool} without clauses is not supported")
    return Bool(tuple(clauses))


def _refuse_unknown(params: dict[str, str], known: tuple[str, ...]) -> None:
    unknown = sorted(set(params) - set(known))
    if unknown:
        raise UnsupportedQueryError(f"The local parameters {', '.join(unknown)} are not supported")
