"""Ranges of text, compared by bytes as Lucene compares terms."""

from __future__ import annotations

from collections.abc import Callable
from operator import ge, gt, le, lt

from ckanext.jambi.search.conditions import Params
from ckanext.jambi.search.query.nodes import Range


def within(node: Range, value: str) -> bool:
    """Return whether a value lies in a range."""
    from_low: Callable[[bytes, bytes], bool] = ge if node.low_included else gt
    to_high: Callable[[bytes, bytes], bool] = le if node.high_included else lt
    return (node.low is None or from_low(value.encode(), node.low.encode())) and (
        node.high is None or to_high(value.encode(), node.high.encode())
    )


def comparisons(node: Range, expression: str, params: Params, cast: str = "text") -> list[str]:
    """Return the SQL comparisons of a range with an expression."""
    bounds = (
        (node.low, ">=" if node.low_included else ">"),
        (node.high, "<=" if node.high_included else "<"),
    )
    return [f"{expression} {sign} {params.bind(bound, cast)}" for bound, sign in bounds if bound is not None]
