"""Reading of Lucene's classic syntax."""

from __future__ import annotations

import contextlib
import itertools
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jambi.search.query import lucene
from ckanext.jambi.search.query.errors import QueryError, QuerySyntaxError, UnsupportedQueryError
from ckanext.jambi.search.query.nodes import (
    Bool,
    Everything,
    Exists,
    Fuzzy,
    Occur,
    Phrase,
    Range,
    Term,
    Wildcard,
)


def occurs(query: str, operator: str = "AND") -> str:
    """Return the clauses of a query in Lucene's own short form: +must should -must_not."""
    node = lucene.parse(query, operator)
    clauses = node.clauses if isinstance(node, Bool) else ()
    return " ".join(f"{clause.occur}{clause.node.text}" for clause in clauses)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a b", "+a +b"),
        ("a OR b", "a b"),
        ("a OR b c", "a b +c"),
        ("a OR b AND c", "a +b +c"),
        ("+a OR +b", "a b"),
        ("-a OR b", "-a b"),
        ("a AND NOT b", "+a -b"),
        ("a !b", "+a -b"),
        ("a && b || c", "+a b c"),
        ("a NOT b OR c", "+a -b c"),
    ],
)
def test_sr04_clauses_occur_by_lucene_s_flat_rules(query: str, expected: str) -> None:
    assert occurs(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [("a b", "a b"), ("a AND b c", "+a +b c"), ("+a b", "+a b"), ("a OR b AND c", "a +b +c")],
)
def test_sr04_or_as_default_operator(query: str, expected: str) -> None:
    assert occurs(query, "OR") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("*:*", Everything()),
        ("*", Everything()),
        ("title:penduduk", Term("title", "penduduk")),
        ("title : a", Term("title", "a")),
        ('tags: "x y"', Phrase("tags", "x y")),
        ("id:3f2b-11-9", Term("id", "3f2b-11-9")),
        ('"air bersih"~3^2', Phrase(None, "air bersih", 3, 2.0)),
        ("air^4", Term(None, "air", 4.0)),
        (r"Seymour\:", Term(None, "Seymour:")),
        (r"a\ b", Term(None, "a b")),
        (r"Pop\!", Term(None, "Pop!")),
        ("roam~", Fuzzy(None, "roam", 2)),
        ("roam~1", Fuzzy(None, "roam", 1)),
        ("roam~0.8", Fuzzy(None, "roam", 2)),
        ("roam~0", Term(None, "roam")),
        ("name:dinas-*", Wildcard("name", ("=dinas-", "*"))),
        ("te?t", Wildcard(None, ("=te", "?", "=t"))),
        (r"a\*b", Term(None, "a*b")),
        ("organization:*", Exists("organization")),
        ("organization:[* TO *]", Exists("organization")),
        ("x:[a TO b}", Range("x", "a", "b", True, False)),
        ("count:[-5 TO 5]", Range("count", "-5", "5")),
        ("m:{NOW/DAY-1MONTH TO *]", Range("m", "NOW/DAY-1MONTH", None, False, True)),
        ('m:["2024-01-01T00:00:00Z" TO NOW]', Range("m", "2024-01-01T00:00:00Z", "NOW")),
        ("http://data.go.id/x", Term("http", "//data.go.id/x")),
        ("Jum'at", Term(None, "Jum'at")),
        ("((a))", Term(None, "a")),
    ],
)
def test_sr04_single_clauses(query: str, expected: object) -> None:
    assert lucene.parse(query) == expected


def test_sr04_a_group_gives_its_field_to_its_clauses() -> None:
    node = lucene.parse('tags:("a" OR "b")^3')
    assert isinstance(node, Bool)
    assert node.boost == 3
    assert node.of(Occur.SHOULD) == (Phrase("tags", "a"), Phrase("tags", "b"))


def test_sr04_clauses_without_a_blank_between_them_are_two() -> None:
    node = lucene.parse('a:"x"b:"y"')
    assert isinstance(node, Bool)
    assert node.of(Occur.MUST) == (Phrase("a", "x"), Phrase("b", "y"))


def test_sr04_the_field_of_or_does_not_reach_the_next_clause() -> None:
    node = lucene.parse("organization:dinas-a OR dinas-b")
    assert isinstance(node, Bool)
    assert node.of(Occur.SHOULD) == (Term("organization", "dinas-a"), Term(None, "dinas-b"))


@pytest.mark.parametrize(
    "query",
    [
        "title:",
        "t:a AND",
        "(t:a",
        't:"a',
        "tags:[]",
        "a:b:c",
        "count:-5",
        "--included",
        "a AND OR b",
        "a)",
        "+",
        "AND a",
    ],
)
def test_sr04_malformed_queries_are_syntax_errors(query: str) -> None:
    with pytest.raises(QuerySyntaxError, match=r"SyntaxError: Cannot parse '"):
        lucene.parse(query)


def test_sr03_a_regular_expression_is_refused_with_a_reason() -> None:
    with pytest.raises(UnsupportedQueryError, match="Regular expressions"):
        lucene.parse("title:/pend.*/")


def test_sr04_more_clauses_than_lucene_allows_are_refused() -> None:
    assert lucene.parse(" ".join(["a"] * lucene.MAX_CLAUSES))
    with pytest.raises(QueryError, match="too many boolean clauses"):
        lucene.parse(" ".join(["a"] * (lucene.MAX_CLAUSES + 1)))


def test_sr04_deep_nesting_is_refused() -> None:
    with pytest.raises(QueryError, match="deeper"):
        lucene.parse("(" * 5000 + "a" + ")" * 5000)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab:()[]{}\"'\\/+-!&|^~*? TOANDR0.\u3000é", max_size=60))
def test_sr04_no_text_breaks_the_parser(query: str) -> None:
    for operator in ("AND", "OR"):
        with contextlib.suppress(QueryError):
            lucene.parse(query, operator)


@pytest.mark.parametrize(("start", "piece"), [('"', "\\a"), ("", "("), ("", "a\\"), ("[", "x "), ("", "/")])
def test_sr04_work_grows_no_faster_than_a_hostile_query(start: str, piece: str) -> None:
    short, long = (_calls(start + piece * times) for times in (2_000, 4_000))

    assert long <= 2.2 * short + 100


def _calls(query: str) -> int:
    """Return how many functions the parser calls for a query, refused or not."""
    counted = itertools.count()

    def count(_frame: object, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            next(counted)

    sys.setprofile(count)
    try:
        with contextlib.suppress(QueryError):
            lucene.parse(query)
    finally:
        sys.setprofile(None)
    return next(counted)
