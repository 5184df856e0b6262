"""Free words, local parameters and the choice between the ways of reading."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jambi.search.query import dismax, local_params, reading
from ckanext.jambi.search.query.errors import QueryError, QuerySyntaxError, UnsupportedQueryError
from ckanext.jambi.search.query.nodes import Bool, Everything, Exists, Occur, OneOf, Phrase, Term


@pytest.mark.parametrize(
    ("count", "spec", "expected"),
    [
        *[(n, "2<-1 5<80%", want) for n, want in enumerate([0, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8])],
        (4, "3", 3),
        (2, "3", 2),
        (4, "-1", 3),
        (4, "75%", 3),
        (5, "-25%", 4),
        (4, "0", 0),
        (3, "2 < -1", 2),
    ],
)
def test_sr04_mm_is_counted_as_solr_counts(count: int, spec: str, expected: int) -> None:
    assert dismax.minimum(count, spec) == expected


@pytest.mark.parametrize("spec", ["x", "2<", "a<1", "50%%"])
def test_sr03_an_unreadable_mm_is_refused(spec: str) -> None:
    with pytest.raises(QueryError, match="mm cannot be read"):
        dismax.minimum(9, spec)


def test_sr04_free_words_are_optional_up_to_mm() -> None:
    node = dismax.parse("air bersih kota")
    assert isinstance(node, Bool)
    assert node.should_at_least == 2
    assert node.of(Occur.SHOULD) == (Term(None, "air"), Term(None, "bersih"), Term(None, "kota"))


def test_sr04_plus_minus_and_quotes_keep_their_meaning() -> None:
    node = dismax.parse('+air -laut "kota jambi"')
    assert isinstance(node, Bool)
    assert node.of(Occur.MUST) == (Term(None, "air"),)
    assert node.of(Occur.MUST_NOT) == (Term(None, "laut"),)
    assert node.of(Occur.SHOULD) == (Phrase(None, "kota jambi"),)


@pytest.mark.parametrize(
    "query", ['"air', "a (b", "a [b", "~ a^", "\\", "a /b", "a ) b", "air -", "a & b", "?"]
)
def test_sr04_stray_signs_never_raise(query: str) -> None:
    dismax.parse(query)


def test_sr04_marks_that_mark_nothing_are_a_syntax_error() -> None:
    with pytest.raises(QuerySyntaxError):
        dismax.parse("--included")


def test_sr04_a_word_of_signs_alone_is_not_counted() -> None:
    node = dismax.parse("air & bersih")
    assert isinstance(node, Bool)
    assert node.should_at_least == 2


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_sr04_whatever_is_typed_is_read_or_refused(query: str) -> None:
    with contextlib.suppress(QueryError):
        dismax.parse(query)


def test_sr04_local_parameters_of_the_two_parsers() -> None:
    node = local_params.parse('{!bool must=a must_not="b c"}', "AND")
    assert isinstance(node, Bool)
    assert node.of(Occur.MUST) == (Term(None, "a"),)
    assert local_params.parse("{!type=bool should=a should=b}", "AND") == Bool(
        tuple(node.clauses[:0]) + local_params.parse("{!bool should=a should=b}", "AND").clauses
    )
    either = local_params.parse("{!lucene q.op=OR}a b", "AND")
    assert isinstance(either, Bool)
    assert len(either.of(Occur.SHOULD)) == 2


@pytest.mark.parametrize("query", ["{!knn f=v}x", "{!bool must=$a}", "{!lucene cost=1}a", "{!bool}"])
def test_sr03_other_local_parameters_are_refused(query: str) -> None:
    with pytest.raises(UnsupportedQueryError):
        local_params.parse(query, "AND")


def test_sr04_thousands_of_labels_do_not_go_through_the_parser() -> None:
    labels = [f"member-{n}" for n in range(3000)]
    fq = "+permission_labels:(" + " OR ".join(f'"{label}"' for label in labels) + ")"
    assert reading.read_filter(fq, "AND") == OneOf("permission_labels", tuple(labels))


@pytest.mark.parametrize("query", ["*:*", " ", "*"])
def test_sr04_all_forms_of_everything(query: str) -> None:
    assert reading.read_query(query, parser="lucene", operator="AND", least="1") == Everything()


def test_sr04_edismax_reads_fields_and_falls_back_to_words() -> None:
    assert reading.read_query("tags:*", parser="edismax", operator="AND", least="1") == Exists("tags")
    assert reading.read_query("(air", parser="edismax", operator="AND", least="1") == Term(None, "(air")


def test_sr03_an_unknown_parser_is_refused() -> None:
    with pytest.raises(UnsupportedQueryError, match="knn"):
        reading.read_query("a", parser="knn", operator="AND", least="1")
