from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.harvest.datastore.copying import ChunkReader, cell, chunk_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, r"\N"),
        ("", ""),
        ("a\tb\nc\rd\\", r"a\tb\nc\rd\\"),
        ("nul\0nul", "nulnul"),
        (r"\N", r"\\N"),
        (True, "True"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (date(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 23, 23, tzinfo=UTC), "2026-11-23 23:00:00+00:00"),
    ],
)
def test_cell_is_written_as_copy_text(value: object, text: str) -> None:
    assert cell(value) == text


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=20))
def test_every_row_is_one_line_of_as_many_fields(rows: list[list[str]]) -> None:
    lines = chunk_text(rows).split("\n")

    assert lines.pop() == ""
    assert [line.count("\t") for line in lines] == [1] * len(rows)


@given(st.lists(st.lists(st.integers(), max_size=5), max_size=8), st.integers(1, 50))
def test_reader_gives_all_chunks_in_pieces_of_any_size(chunks: list[list[int]], size: int) -> None:
    reader = ChunkReader([[(value,) for value in chunk] for chunk in chunks])

    text = "".join(iter(lambda: reader.read(size), ""))

    assert [int(row[0]) for row in csv.reader(text.splitlines())] == [
        value for chunk in chunks for value in chunk
    ]
