"""Choose how the parameters of a search are read, after Solr's and CKAN's rules."""

from __future__ import annotations

import re
from functools import lru_cache

from ckanext.jambi.search.query import dismax, local_params, lucene
from ckanext.jambi.search.query.errors import QuerySyntaxError, UnsupportedQueryError
from ckanext.jambi.search.query.nodes import Everything, Node, OneOf

LABELS = re.compile(r'\s*\+?permission_labels:\(\s*("[^"]*"(?:\s+OR\s+"[^"]*")*)\s*\)\s*$')
_PARSERS = ("lucene", "dismax", "edismax")


def read_query(query: str, *, parser: str, operator: str, least: str) -> Node:
    """Read `q` by the parser that `defType` names.

    Raises:
        QueryError: it cannot be read, or asks for what is not supported.
    """
    if parser not in _PARSERS:
        raise UnsupportedQueryError(f"The query parser '{parser}' is not supported")
    if not query.strip() or query.strip() in ("*:*", "*"):
        return Everything()
    if local_params.is_local(query):
        return local_params.parse(query, operator)
    if parser == "lucene":
        return lucene.parse(query, operator)
    if parser == "edismax":
        return _read_edismax(query, least)
    return dismax.parse(query, least)


def read_filter(query: str, operator: str) -> Node:
    """Read one `fq`; CKAN's list of permission labels, however long, never goes through the parser."""
    labels = LABELS.match(query)
    if labels is not None:
        return OneOf("permission_labels", tuple(re.findall(r'"([^"]*)"', labels.group(1))))
    if local_params.is_local(query):
        return local_params.parse(query, operator)
    return _read_cached(query, operator)


def _read_edismax(query: str, least: str) -> Node:
    """Read full Lucene syntax where that is possible, and free words where it is not."""
    try:
        return dismax.with_least(lucene.parse(query, "OR"), least)
    except QuerySyntaxError:
        return dismax.parse(query, least)


@lru_cache(maxsize=1024)
def _read_cached(query: str, operator: str) -> Node:
    return lucene.parse(query, operator)
