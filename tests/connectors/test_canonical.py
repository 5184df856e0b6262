from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jambi_harvesters import canonical
from jambi_harvesters.canonical import (
    METHOD,
    RowsHasher,
    canonical_json,
    content_hash,
    content_hashes,
    rows_digest,
)
from jambi_harvesters.record import Column

WIB = timezone(timedelta(hours=7))
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.text(max_size=8),
    st.dates(),
    st.datetimes(
        timezones=st.just(UTC),
        min_value=datetime(1900, 1, 1),
        max_value=datetime(2100, 1, 1),
    ),
)
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=12)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        (Decimal("1.500"), "1.5"),
        (Decimal("100"), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("-0.00"), "0"),
        (Decimal("0.0001"), "0.0001"),
        (Decimal("12345678901234567890123456789012345.10"), "12345678901234567890123456789012345.1"),
        (0.1, "0.1"),
        (1.0, "1"),
        (Decimal("1E+500"), "1E500"),
        ("e\u0301", '"é"'),
        (date(2024, 1, 2), '"2024-01-02"'),
        (datetime(2024, 1, 2, 7, tzinfo=WIB), '"2024-01-02T00:00:00Z"'),
        (datetime(2024, 1, 2, 7, 0, 0, 120_000, tzinfo=WIB), '"2024-01-02T00:00:00.12Z"'),
    ],
)
def test_hv05_canonical_form(value: object, text: str) -> None:
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize("value", [float("nan"), Decimal("Infinity"), datetime(2024, 1, 2)])
def test_hv05_value_without_meaning_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"finite|zone"):
        canonical_json(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) |
                    st.dictionaries(st.text(), inner), max_leaves=12))  # fmt: skip
def test_hv05_canonical_form_of_json_is_its_own_canonical_form(value: object) -> None:
    once = canonical_json(value)
    assert canonical_json(json.loads(once.decode("utf-8", "surrogatepass"))) == once


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_hv05_decimals_keep_their_value(value: Decimal) -> None:
    assert Decimal(canonical_json(value).decode()) == value


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02T00:00:00",
        "2024-01-02T00:00:00.000000",
        "2024-01-02T00:00:00Z",
        "2024-01-02T07:00:00+07:00",
    ],
)
def test_hv06_spellings_of_one_instant_are_equal(text: str) -> None:
    wanted = content_hash({"modified": "2024-01-02 00:00:00", "nested": [{"at": "2024-01-02T00:00Z"}]})
    assert content_hash({"modified": text, "nested": [{"at": text}]}) == wanted


def test_hv06_a_text_that_is_no_instant_stays_text() -> None:
    assert content_hash({"a": "2024-13-45T00:00:00"}) != content_hash({"a": "2024-13-45T00:00:00Z"})
    assert content_hash({"a": "0001-01-01T00:00:00+07:00"})


def test_hv05_stored_hash_carries_its_version() -> None:
    stored = content_hash({"a": 1})
    assert stored.startswith("1:")
    assert len(stored) == 66


def test_hv05_content_is_known_by_every_version_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    before = content_hash({"a": 1})
    monkeypatch.setitem(canonical.ALGORITHMS, "10", lambda content: "f" * 64)
    assert content_hashes({"a": 1}) == ("10:" + "f" * 64, before)


def test_hv05_ignored_fields_and_unordered_lists_do_not_count() -> None:
    one = content_hash({"a": 1, "at": 5, "tags": ["x", "y"]}, ignore=["at"], unordered=["tags"])
    two = content_hash({"a": 1, "at": 6, "tags": ["y", "x"]}, ignore=["at"], unordered=["tags"])
    assert one == two
    assert one != content_hash({"a": 1, "tags": ["x", "y", "y"]}, unordered=["tags"])
    assert content_hash({"tags": ["x", "y"]}) != content_hash({"tags": ["y", "x"]})


def test_f18_rows_v1_is_what_the_specification_says() -> None:
    row = b'{"jumlah":1.5,"nama":"Jelutung"}'
    wanted = sha256(sha256(row).digest()).digest()
    columns = [Column("nama"), Column("jumlah", "decimal")]
    digest = rows_digest(columns, [(" Jelutung ", Decimal("1.50"))])
    assert (digest.hash, digest.count, METHOD) == (wanted, 1, "rows-v1")


@given(TABLES, st.randoms(use_true_random=False))
def test_f18_order_of_rows_and_columns_does_not_count(table: list[tuple], order: random.Random) -> None:
    shuffled = list(table)
    order.shuffle(shuffled)
    turned = [(b, a) for a, b in shuffled]
    assert rows_digest(["a", "b"], table) == rows_digest(["b", "a"], turned)


@given(TABLES, CELLS)
def test_f18_a_row_more_or_a_row_twice_counts(table: list[tuple], cell: object) -> None:
    more = [*table, (cell, cell)]
    assert rows_digest(["a", "b"], table) != rows_digest(["a", "b"], more)
    assert rows_digest(["a", "b"], more) != rows_digest(["a", "b"], [*more, (cell, cell)])


def test_f18_volatile_columns_are_left_out() -> None:
    one = rows_digest(["a", "diunduh"], [(1, 5)], volatile=["diunduh"])
    assert one.hash == rows_digest(["a"], [(1,)]).hash


@given(TABLES)
def test_f18_spilled_rows_give_the_same_hash(table: list[tuple]) -> None:
    spilling = RowsHasher(["a", "b"], spill_rows=2)
    for row in table:
        spilling.add(row)
    assert spilling.digest() == rows_digest(["a", "b"], table)
    spilling.close()


def test_row_of_another_width_and_doubled_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        rows_digest(["a"], [(1, 2)])
    with pytest.raises(ValueError, match="differ"):
        rows_digest(["a", "a"], [])
