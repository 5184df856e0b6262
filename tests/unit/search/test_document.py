"""From CKAN's flat dict to a row of the tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.jambi.search import document, fields
from ckanext.jambi.search.document import DocumentError
from ckanext.jambi.search.fields import Kind


def read(strict: bool = False, **values: object) -> document.Row:
    return document.read({"index_id": "i", **values}, strict=strict)


def test_contract_missing_values_are_dropped_and_empty_ones_in_lists_are_kept() -> None:
    row = read(name=None, title="", res_name=[None, "", "x"], tags=[])
    assert row.keys == {"index_id": ["i"]}
    assert row.texts == {"res_name": ["", "x"]}


def test_contract_values_are_written_as_solr_writes_them() -> None:
    row = read(private=False, num_tags=3, metadata_modified="2014-06-10T08:24:12.782257Z", views_total="7")
    assert row.keys["private"] == ["false"]
    assert row.keys["num_tags"] == ["3"]
    assert row.keys["metadata_modified"] == ["2014-06-10T08:24:12.782Z"]
    assert row.keys["views_total"] == [7]


def test_contract_payloads_are_kept_verbatim_and_labels_only_in_the_scope() -> None:
    row = read(data_dict='{"a": "\\u0000"}', permission_labels=["b", "a"], site_id="s", state="active")
    assert row.payloads == {"data_dict": '{"a": "\\u0000"}'}
    assert row.scope.labels == ("a", "b")
    assert "permission_labels" not in row.keys


@pytest.mark.parametrize(
    "values",
    [
        {"name": ["a", "b"]},
        {"issued_date": "kemarin"},
        {"views_total": "many"},
        {"x": {"a": 1}},
    ],
)
def test_sr01_strict_mode_refuses_what_solr_would_refuse(values: dict[str, object]) -> None:
    with pytest.raises(DocumentError, match="field"):
        read(strict=True, **values)
    assert read(**values)


def test_contract_a_document_without_key_is_refused() -> None:
    with pytest.raises(DocumentError, match="index_id"):
        document.read({"id": "x"}, strict=False)


def test_counted_values_are_distinct_pairs() -> None:
    row = read(res_format=["CSV", "CSV", ""], tags=["a"], vocab_v=["x"], other="y")
    assert set(row.counted()) == {("res_format", "CSV"), ("res_format", ""), ("tags", "a"), ("vocab_v", "x")}


def test_text_gathers_what_solr_copies_into_it() -> None:
    row = read(
        title="Judul", notes="catatan", extras_k="nilai", author="penulis", author_email="surel", k="polos"
    )
    words = {word.exact: label for label, word in row.labelled_words()}
    assert words == {"judul": "A", "catatan": "C", "nilai": "D", "penulis": "D"}


def test_very_long_texts_are_cut_and_still_fit_a_tsvector() -> None:
    row = read(notes=" ".join(f"kata{n}" for n in range(200_000)), tags=["ekor"])
    assert len(str(row.vectors()[1])) < 3_000_000
    assert ("B", "ekor") in {(label, word.exact) for label, word in row.labelled_words()}


@pytest.mark.parametrize(
    ("name", "kind", "stored", "multiple"),
    [
        ("title", Kind.TEXT, True, False),
        ("extras_x", Kind.TEXT, True, False),
        ("vocab_x", Kind.STRING, True, True),
        ("x_date", Kind.DATE, True, False),
        ("views_total", Kind.INTEGER, False, False),
        ("whatever", Kind.STRING, False, False),
        ("title_ngram", Kind.NGRAM, False, False),
    ],
)
def test_fields_follow_ckan_s_schema(name: str, kind: Kind, stored: bool, multiple: bool) -> None:
    assert fields.field(name) == fields.Field(kind, stored, multiple)


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=3),
    )
)
def test_lenient_mode_takes_any_plain_value(values: dict[str, object]) -> None:
    row = document.read({**values, "index_id": "i"}, strict=False)
    assert "\x00" not in str(row.keys)
    for vector in (*row.vectors(), row.field_vector()):
        assert "\x00" not in str(vector)
