"""How keys of a definition are typed into a form and read back, without loss."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.theme.pages.sources.form import nodes
from jambi_harvesters.definition import source_schema

SCALARS = st.one_of(
    st.integers(-(10**9), 10**9),
    st.booleans(),
    st.text("abcdefghij 0123456789.-_/:{}[]\"'", max_size=20).map(str.strip).filter(bool),
)


def leaf(name: str) -> nodes.Leaf:
    """Return the leaf of a dotted key."""
    return next(one for one in nodes.leaves(source_schema()) if one.name == name)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("client.base_url", "text"),
        ("client.headers", "pairs"),
        ("client.auth.type", "choice"),
        ("client.paginator.base_page", "number"),
        ("client.paginator.stop_after_empty_page", "flag"),
        ("endpoint.params", "pairs"),
        ("endpoint.json", "json"),
        ("endpoint.response_actions", "json"),
        ("primary_key", "lines"),
        ("schema.drop", "lines"),
        ("polite.timeout", "text"),
        ("guard.max_delete", "json"),
        ("guard.tls", "json"),
        ("dataset.tags", "lines"),
    ],
)
def test_hv30_every_key_gets_the_field_that_fits_its_form(name: str, form: str) -> None:
    assert leaf(name).form == form


def test_hv30_every_key_of_the_schema_is_in_the_form_or_known_to_be_left_out() -> None:
    groups = {one.path[0] for one in nodes.leaves(source_schema())}
    assert groups == set(source_schema()["properties"]) - {"version", "state"}


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), SCALARS, min_size=1, max_size=4))
def test_hv30_pairs_are_read_back_as_they_were(pairs: dict[str, Any]) -> None:
    assert nodes.as_value(nodes.as_text(pairs, "pairs"), "pairs") == pairs


@given(st.lists(st.text("abc def,;:-", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=5))
def test_hv30_lines_are_read_back_as_they_were(lines: list[str]) -> None:
    assert nodes.as_value(nodes.as_text(lines, "lines"), "lines") == lines


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("12", "number", 12),
        ("0.1", "number", 0.1),
        ("banyak", "number", "banyak"),
        ("true", "flag", True),
        ("mungkin", "flag", "mungkin"),
        ('{"a": 1}', "json", {"a": 1}),
        ("{rusak", "json", "{rusak"),
        ("tanpa titik dua", "pairs", "tanpa titik dua"),
        ('adm4: {"type": "resolve"}', "pairs", {"adm4": {"type": "resolve"}}),
    ],
)
def test_hv30_what_does_not_fit_stays_as_it_was_typed(text: str, form: str, value: Any) -> None:
    assert nodes.as_value(text, form) == value
