from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import definition

from jambi_harvesters import errors
from jambi_harvesters.assembly import ListEnd, single_pages
from jambi_harvesters.headings import column_id, fold, join_headings
from jambi_harvesters.tables import Mapper

# Of the tables with other columns or types; the drill makes 10,000.
EXAMPLES = int(os.environ.get("JAMBI_EXAMPLES", "300"))
FIELDS = {"nama": {"public": True}, "jumlah": {"type": "integer"}}


def mapper(
    known: list[str] | None = None, headings: tuple[str, ...] = ("nama", "jumlah"), **schema: Any
) -> Mapper:
    made = Mapper(definition(schema={"fields": FIELDS, **schema}), {}, known)
    made.open(headings)
    return made


def fed(made: Mapper, lines: list[tuple[Any, ...]]) -> list[Any]:
    """Return the rows that are kept, and judge the table."""
    kept = [made.row(line, number) for number, line in enumerate(lines, 1)]
    made.close()
    return [row for row in kept if row is not None]


def test_only_declared_columns_reach_a_row() -> None:
    made = mapper(headings=("NIK", "Nama", "Catatan", "Jumlah"), drop=["nik"])
    assert fed(made, [("3171", "a", "rahasia", "1")]) == [("a", 1)]
    assert made.source_columns == ("Nama", "Catatan", "Jumlah")
    assert [column.public for column in made.columns] == [True, False]


@pytest.mark.parametrize("headings", [("nama",), ("name", "jumlah"), ()])
def test_s20_missing_column_is_drift(headings: tuple[str, ...]) -> None:
    with pytest.raises(errors.SchemaDriftError) as caught:
        mapper(headings=headings)
    assert {one.change for one in caught.value.diff} == {"missing"}
    assert "hilang" in caught.value.pesan


def test_declared_heading_that_occurs_twice_is_refused() -> None:
    with pytest.raises(errors.UnreadableError, match="twice"):
        mapper(headings=("nama", "Nama ", "jumlah"))


WITH_NEW = ("nama", "jumlah", "baru")


def test_s21_new_column_holds_the_run_by_default() -> None:
    with pytest.raises(errors.SchemaDriftError) as caught:
        mapper(["nama", "jumlah"], WITH_NEW)
    assert [(one.column, one.change) for one in caught.value.diff] == [("baru", "new")]


@pytest.mark.parametrize("contract", ["evolve", "discard_value"])
def test_s21_new_column_goes_on_unpublished(contract: str) -> None:
    made = mapper(["nama", "jumlah"], WITH_NEW, contract={"columns": contract})
    assert fed(made, [("a", "1", "x")]) == [("a", 1)]
    assert [one.code for one in made.ledger.warnings] == ["new_column"]


def test_s21_rows_with_a_value_in_a_new_column_can_be_left_out() -> None:
    made = mapper(["nama", "jumlah"], WITH_NEW, contract={"columns": "discard_row"})
    assert fed(made, [("a", "1", "x"), ("b", "2", "")]) == [("b", 2)]


def test_first_run_and_known_columns_hold_nothing() -> None:
    mapper(None, WITH_NEW)
    mapper(["nama", "jumlah", "BARU"], WITH_NEW)


@settings(max_examples=EXAMPLES)
@given(
    declared=st.lists(st.sampled_from(["nama", "jumlah"]), unique=True),
    new=st.lists(st.from_regex(r"kolom_[a-z]{1,6}", fullmatch=True), unique=True, max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_p04_other_columns_are_drift_and_another_order_is_none(
    declared: list[str], new: list[str], order: Random
) -> None:
    headings = [*declared, *new]
    order.shuffle(headings)
    cells = {"nama": "a", "jumlah": "1"}
    line = tuple(cells.get(heading, "x") for heading in headings)
    if len(declared) == 2 and not new:
        assert fed(mapper(["nama", "jumlah"], tuple(headings)), [line]) == [("a", 1)]
    else:
        with pytest.raises(errors.SchemaDriftError) as caught:
            mapper(["nama", "jumlah"], tuple(headings))
        changed = {one.column for one in caught.value.diff}
        assert changed <= {*new, "nama", "jumlah"} - set(declared)


@settings(max_examples=EXAMPLES)
@given(
    st.lists(
        st.one_of(st.integers(1 - 10**18, 10**18 - 1), st.text("abc", min_size=1)), min_size=10, max_size=60
    )
)
def test_p04_column_of_another_type_never_becomes_empty_cells(values: list[int | str]) -> None:
    """Texts in a column of numbers hold the table, unless they are few enough to be warnings."""
    made = mapper()
    texts = sum(isinstance(value, str) for value in values)
    if texts == 0:
        assert [row[1] for row in fed(made, [("a", value) for value in values])] == values
    else:
        with pytest.raises((errors.SchemaDriftError, errors.TooManyBadRowsError)):
            fed(made, [("a", value) for value in values])


GOOD = [("a", "1")] * 400


@pytest.mark.parametrize(
    ("contract", "count"), [("freeze", 402), ("discard_value", 402), ("discard_row", 400)]
)
def test_few_unreadable_values_by_contract(contract: str, count: int) -> None:
    made = mapper(contract={"data_type": contract})
    assert len(fed(made, [*GOOD, ("b", "x"), ("c", "y")])) == count
    assert [(one.code, one.field, one.detail) for one in made.ledger.warnings] == [
        ("not_a_number", "jumlah", "row 401"),
        ("not_a_number", "jumlah", "row 402"),
    ]


def test_more_than_one_percent_of_unreadable_values_hold_the_run() -> None:
    with pytest.raises(errors.TooManyBadRowsError) as caught:
        fed(mapper(), [*GOOD, *[("b", "x")] * 5])
    assert caught.value.context["line"] == 401
    assert "x" not in str(caught.value.context["reason"])


def test_s20_changed_type_is_drift_under_every_contract() -> None:
    for contract in ("freeze", "discard_value", "discard_row"):
        with pytest.raises(errors.SchemaDriftError) as caught:
            fed(mapper(contract={"data_type": contract}), [("a", "1")] * 4 + [("b", "banyak")] * 6)
        assert [(one.column, one.change, one.expected) for one in caught.value.diff] == [
            ("jumlah", "type", "integer")
        ]


def test_bad_input_number_in_another_locale_is_named() -> None:
    made = mapper(locale="id-ID")
    with pytest.raises(errors.NumberLocaleError) as caught:
        fed(made, [("a", "1,234.00")] * 10)
    assert caught.value.context["column"] == "jumlah"
    assert "schema.locale" in caught.value.pesan
    assert "1,234" not in str(caught.value)


def test_warnings_are_limited_and_counted() -> None:
    made = mapper(contract={"data_type": "discard_value"})
    fed(made, [("a", "1")] * 1_000 + [("b", "x")] * 250)
    assert len(made.ledger.warnings) == 100
    assert made.ledger.warnings[-1].detail == "151 more"


@given(st.integers(min_value=0, max_value=3_100))
def test_chunks_hold_a_thousand_rows_and_the_last_has_the_hash(count: int) -> None:
    spec = definition(schema={"fields": FIELDS})
    made = mapper()
    pages = list(single_pages(spec, made, ((n, ("a", n)) for n in range(count)), ListEnd))
    chunks = [page.records[0].rows for page in pages]
    assert [chunk.chunk for chunk in chunks] == list(range(len(chunks)))
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert sum(len(chunk.rows) for chunk in chunks) == count
    assert all(len(chunk.rows) == 1_000 for chunk in chunks[:-1])
    assert [page.records[0].content_hash is None for page in pages] == [True] * (len(pages) - 1) + [False]
    assert pages[-1].records[0].rows_digest.count == count


def test_headings_of_merged_rows() -> None:
    rows = [["No", "Kunjungan", "", "Ket"], ["", "L", "P", ""]]
    assert join_headings(rows) == ["No", "Kunjungan L", "Kunjungan P", "Ket"]


@given(st.text())
def test_column_ids_are_ids(text: str) -> None:
    assert set(column_id(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
    assert column_id(column_id(text)) == column_id(text)
    assert fold(fold(text)) == fold(text)
