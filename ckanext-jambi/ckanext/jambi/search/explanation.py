"""Say how a query was read, what it became, how PostgreSQL runs it, and how the first hits were found."""

from __future__ import annotations

from collections.abc import Mapping

import ckan.plugins.toolkit as tk
from sqlalchemy.engine import Connection

from ckanext.jambi.search import ranking, request, searching
from ckanext.jambi.search.compiler import Compiler
from ckanext.jambi.search.query.nodes import Bool, Node

_QUERY_FIELDS = "name^4 title^4 tags^2 groups^2 text"


def parameters(query: str, filters: tuple[str, ...], sort: str | None) -> dict[str, object]:
    """Return the parameters that CKAN sends with a query of its search page."""
    params: dict[str, object] = {
        "q": query,
        "fq": [*filters, f'+site_id:"{tk.config["ckan.site_id"]}"', "+state:active", "+capacity:public"],
        "sort": sort or "score desc, metadata_modified desc",
        "fl": "name,score",
        "q.op": "AND",
        "rows": 5,
    }
    return params if ":" in query else {**params, "defType": "dismax", "qf": _QUERY_FIELDS}


def explain(connection: Connection, params: Mapping[str, object]) -> list[str]:
    """Return the explanation, line by line.

    Raises:
        QueryError: the query cannot be read.
    """
    asked = request.read(params)
    sql, values = searching.prepared(connection, asked)
    plan = connection.exec_driver_sql("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY ON) " + sql, values)
    found = searching.search(connection, params)
    return [
        "Read as:",
        *_tree(asked.query, 1),
        "Ranked by:",
        *(f"  {line}" for line in _ranked(connection, asked)),
        "Values:",
        *(f"  {name} = {value}" for name, value in values.items()),
        "Plan:",
        *(f"  {line}" for line in plan.scalars()),
        f"Hits: {found.hits}, the first:",
        *(f"  {each.get('score')} {each.get('name')}" for each in found.documents),
    ]


def _tree(node: Node, depth: int) -> list[str]:
    indent = "  " * depth
    if not isinstance(node, Bool):
        return [f"{indent}{node}"]
    lines = [f"{indent}all of +, none of -, at least {node.should_at_least} of the rest, times {node.boost}"]
    for clause in node.clauses:
        first, *rest = _tree(clause.node, depth + 1)
        lines += [f"{indent}{clause.occur or ' '} {first.strip()}", *rest]
    return lines


def _ranked(connection: Connection, asked: request.Request) -> list[str]:
    compiler = Compiler.of(connection)
    read = ranking.read(asked.query, asked.query_defaults, compiler)
    words = [f"{boost} x {' | '.join(found)}" for boost, found in read.lexemes.items()]
    return [*words, *(f"{weight} x {sql}" for weight, sql in read.clauses)] or [
        "nothing: all hits rank equal"
    ]
