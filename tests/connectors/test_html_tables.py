"""The tables of a page as a stream of rows."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jambi_harvesters import errors
from jambi_harvesters.html_tables import Tables


def grids(page: str, size: int = 7) -> dict[str, list[list[str]]]:
    """Return all rows of all tables by name, the page cut into small pieces."""
    tables = Tables(page[at : at + size] for at in range(0, len(page), size))
    return {table.name: [cells for _, cells in tables.rows(table)] for table in tables}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("<tr><td>a<td>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
        ("<thead><th>a</th><th>b</th></thead><tr><td>c</td><td>d</td></tr>", [["a", "b"], ["c", "d"]]),
        ("<TR><TD COLSPAN=2>a</TD></TR><tr><td>b<td>c", [["a", "a"], ["b", "c"]]),
        ("<tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e", [["a", "b"], ["a", "c"], ["d", "e"]]),
        ("<tr><td>a<td rowspan=2>b<tr><td>c<tr><td>d<td>e", [["a", "b"], ["c", "b"], ["d", "e"]]),
        ("<tr><td>a<td>b<td rowspan=2>c<tr><td>d", [["a", "b", "c"], ["d", "", "c"]]),
        ("<tr><td rowspan=2 colspan=2>a<td>b<tr><td>c", [["a", "a", "b"], ["a", "a", "c"]]),
        ("<tr><td rowspan=0>a<td>b<tr><td>c<tbody><tr><td>d<td>e", [["a", "b"], ["a", "c"], ["d", "e"]]),
        ("<tbody><tr><td rowspan=9>a<td>b</tbody><tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
        ("<tr><td colspan=2>Judul<tr><th>a<th>b<tr><td>1<td>2", [["Judul", "Judul"], ["a", "b"], ["1", "2"]]),
        ("<tr><th>a<th>b<tr><td colspan=2>Tidak ada data<tr><td>1<td>2", [["a", "b"], ["1", "2"]]),
        ("<tr><th>a<th>b<tr><th colspan=2>(ribu)<tr><td>1<td>2", [["a", "b"], ["(ribu)"] * 2, ["1", "2"]]),
        ("<tr><th>a<th>b<tr><td colspan=2 rowspan=2>x<tr><td>c", [["a", "b"], ["x", "x", "c"]]),
        ("<tr><td colspan='x'>a<td rowspan=-1>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
        ("<tr><td>1&nbsp;204<br>ton<p>x&amp;y<td> &#8211; ", [["1 204 ton x&y", "–"]]),
        ("<tr><td>a<script>var a='<td>b'</script><style>x</style><td>c", [["a", "c"]]),
        ("<tr><td>a<!-- <td>b --><td>c", [["a", "c"]]),
        ("<tr></tr><tr><td></td></tr>", [[""]]),
    ],
)
def test_rows_are_read_as_browsers_show_them(body: str, wanted: list[list[str]]) -> None:
    for size in (1, 7, 10_000):
        assert grids(f"<table>{body}</table>", size) == {"0": wanted}


def test_table_is_named_by_caption_id_or_place() -> None:
    page = "<table><caption>Rekap <b>2026</b></caption><tr><td>a</table><table id=x><tr><td>b</table><table><tr><td>c"
    assert grids(page) == {"Rekap 2026": [["a"]], "x": [["b"]], "2": [["c"]]}


def test_table_in_a_table_is_one_of_its_own_and_loses_no_row() -> None:
    inner = "<table id=dalam><tr><td>x</td></tr><tr><td>y</td></tr></table>"
    page = f"<table id=luar><tr><td>a</td><td>{inner}</td></tr><tr><td>b</td><td>c</td></tr></table>"
    assert grids(page) == {"dalam": [["x"], ["y"]], "luar": [["a", ""], ["b", "c"]]}
    page = f"<table id=luar><tr><td>a</td></tr><tr><td>b{inner}</td></tr><tr><td>c</td></tr></table>"
    assert grids(page) == {"luar": [["a"], ["b"], ["c"]], "dalam": [["x"], ["y"]]}


def test_rows_that_are_not_taken_are_dropped() -> None:
    page = "<table id=a><tr><td>1<tr><td>2<tr><td>3</table><table id=b><tr><td>4</table>"
    tables = Tables([page[:20], page[20:]])
    seen = []
    for table in tables:
        seen.append((table.id, next(tables.rows(table))[1]))
    assert seen == [("a", ["1"]), ("b", ["4"])]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<table><tr>" + "<td colspan=1000>a" * 2, "columns"),
        ("<table>" * 51, "deeply"),
        ("<table></table>" * 10_001, "more than 10000"),
        ("<table><tr><td>" + "x" * 1_000_001, "too long"),
        ("<table><tr><td " + "x" * 1_000_100, "never ends"),
    ],
)
def test_u03_monstrous_tables_are_refused_in_time(page: str, words: str) -> None:
    started = time.monotonic()
    with pytest.raises(errors.UnreadableError, match=words):
        grids(page, 65_536)
    assert time.monotonic() - started < 2


@given(st.text(alphabet="<>/tabledrh =\"'&;!-0123", max_size=300), st.integers(1, 50))
def test_no_page_breaks_the_reader_and_its_pieces_do_not_matter(page: str, size: int) -> None:
    whole = grids(f"<table>{page}", 10_000)
    assert grids(f"<table>{page}", size) == whole
