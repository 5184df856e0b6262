"""Whether rows are what the data dictionary says (F22)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ckanext.jambi.freshness.rules.fitting import Column, judge_of, judges_of

INSTANT = datetime(2026, 9, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "fitting", "unfit"),
    [
        (
            "bilangan",
            [1, -3, Decimal("10.0"), 2.0],
            ["satu", "1", Decimal("1.5"), -1.5, True, date(2026, 9, 1)],
        ),
        ("desimal", [1, Decimal("1.5"), 2.5], ["1,5", "n/a", False]),
        ("tahun", ["2026", 2026], ["26", "20261", "2026-09", "dua"]),
        ("bulan", ["2026-09", "September", "1", "9", 12, date(2026, 9, 1)], ["13", "0", "bulan ini"]),
        ("tanggal", [date(2026, 9, 1), "2026-09-01", INSTANT], ["1 September", "2026-13-01"]),
        ("waktu", [INSTANT, "2026-09-01T03:00:00Z"], ["2026-09-01", "tadi"]),
        ("ya_tidak", [True, False, "Ya", "tidak", "1"], ["mungkin", 2]),
    ],
)
def test_f22_a_cell_fits_the_declared_type(kind: str, fitting: list[object], unfit: list[object]) -> None:
    fits = judge_of(Column(kind))
    assert fits
    assert [cell for cell in fitting if not fits(cell)] == []
    assert [cell for cell in unfit if fits(cell)] == []
    assert fits(None)


def test_f22_a_column_that_must_be_filled_and_one_with_listed_values() -> None:
    needed, listed = (
        judge_of(Column("teks", needed=True)),
        judge_of(Column("kode", values=frozenset({"L", "P"}))),
    )
    assert needed
    assert listed
    assert (needed("x"), needed(None), needed("")) == (True, False, False)
    assert (listed("L"), listed("X"), listed(None)) == (True, False, True)


def test_f22_columns_without_a_rule_are_not_looked_at() -> None:
    columns = {"nama": Column("teks"), "jumlah": Column("bilangan"), "absen": Column("bilangan")}
    assert [place for place, _ in judges_of(["nama", "jumlah", "lain"], columns)] == [1]
