"""What of a table leaves its public copy (metadata.md N7, N8, M12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.metadata.pii import Screen, ScreenColumn, protection

KEY = b"uji"
DISEASES, AGES, PLACES = ("DBD", "TB", "ISPA"), ("0-4", "5-9", "10-14"), ("Jelutung", "Telanaipura")
COLUMNS = (ScreenColumn("penyakit"), ScreenColumn("kelompok_umur"), ScreenColumn("jumlah_pasien", "integer"))
Table = Sequence[Sequence[object]]


def published(columns: Sequence[ScreenColumn], rows: Table) -> list[list[object]]:
    """Return a table as it may be public."""
    screen = Screen(columns, key=KEY)
    screen.add_rows(rows)
    return list(protection(columns, screen.verdicts(), rows).applied(rows, 0))


def crossed(*counts: int | None) -> list[tuple[str, str, int | None]]:
    """Return a table of patients by disease and age."""
    return [(*traits, count) for traits, count in zip(product(DISEASES, AGES), counts, strict=True)]


def counts(rows: Table) -> list[object]:
    return [row[-1] for row in rows]


def test_n8_table_without_small_counts_stays_as_it_is() -> None:
    rows = crossed(10, 11, 12, 13, 14, 15, 16, 17, 18)
    assert [tuple(row) for row in published(COLUMNS, rows)] == rows


def test_n8_small_count_takes_the_smallest_of_its_sums_along() -> None:
    """One cell is small; its row, its column and their crossing are hidden with it, no more."""
    assert counts(published(COLUMNS, crossed(3, 11, 30, 12, 40, 50, 31, 51, 61))) == [
        *(None, None, 30),
        *(None, None, 50),
        *(31, 51, 61),
    ]


def test_n8_hidden_counts_that_are_fewer_than_five_together_hide_a_third() -> None:
    columns = (ScreenColumn("jk"), ScreenColumn("kelompok_umur"), ScreenColumn("jumlah_pasien"))
    rows = [("L", age, count) for age, count in zip("abcd", (1, 1, 9, 30), strict=True)]
    rows += [("P", age, count) for age, count in zip("abcd", (50, 60, 70, 80), strict=True)]
    shown = counts(published(columns, rows))
    assert shown[:4] == [None, None, None, 30]
    assert shown[7] == 80


def test_n8_nobody_is_hidden_only_so_that_a_count_is_not_alone() -> None:
    rows = crossed(3, 0, 0, 20, 30, 40, 21, 31, 41)
    assert counts(published(COLUMNS, rows))[:3].count(None) == 2


def test_n8_row_of_totals_does_not_tell_the_hidden_count() -> None:
    rows = [("DBD", "0-4", 2), ("DBD", "5-9", 30), ("DBD", "10-14", 9), ("DBD", "Jumlah", 41)]
    assert counts(published(COLUMNS, rows)) == [None, 30, None, 41]


def test_n8_sum_inside_a_kecamatan_is_covered_as_well_as_that_of_the_city() -> None:
    columns = (
        ScreenColumn("kecamatan"),
        ScreenColumn("kelurahan"),
        ScreenColumn("jk"),
        ScreenColumn("kelompok_umur"),
        ScreenColumn("jumlah_pasien"),
    )
    places = [(PLACES[at // 3], f"Kelurahan {at}") for at in range(6)]
    rows = [(*place, "P", "0-4", count) for place, count in zip(places, (2, 30, 40, 6, 70, 80), strict=True)]
    rows += [(*place, "L", "0-4", 100) for place in places]
    shown = counts(published(columns, rows))
    assert shown[:3] == [None, None, 40]


def test_n8_columns_that_add_up_are_a_sum_and_others_are_none() -> None:
    columns = (
        ScreenColumn("penyakit"),
        ScreenColumn("kelompok_umur"),
        ScreenColumn("laki_laki", "integer", "orang"),
        ScreenColumn("perempuan", "integer", "orang"),
        ScreenColumn("jumlah_pasien", "integer", "orang"),
        ScreenColumn("kematian", "integer", "orang"),
    )
    rows = [(*traits, 20 + at, 30 + at, 50 + 2 * at, 10) for at, traits in enumerate(product(DISEASES, AGES))]
    rows[0] = (*rows[0][:2], 2, 30, 32, 10)
    [first, *_] = published(columns, rows)
    assert first[2:] == [None, None, 32, 10]


def test_n8_shares_beside_a_hidden_count_go_with_it() -> None:
    columns = (*COLUMNS, ScreenColumn("persen_pasien", "decimal", "persen"))
    rows = [(*row, "2.5") for row in crossed(3, 11, 30, 12, 40, 50, 31, 51, 61)]
    shown = published(columns, rows)
    assert [(row[2] is None, row[3] is None) for row in shown] == [(row[2] is None,) * 2 for row in shown]


def test_n8_number_of_the_row_and_code_of_a_place_divide_nothing() -> None:
    columns = (ScreenColumn("no", "integer"), ScreenColumn("kode_penyakit"), *COLUMNS)
    rows = [(at, row[0][0], *row) for at, row in enumerate(crossed(3, 11, 30, 12, 40, 50, 31, 51, 61))]
    alone = counts(published(COLUMNS, crossed(3, 11, 30, 12, 40, 50, 31, 51, 61)))
    assert counts(published(columns, rows)) == alone


@given(st.lists(st.integers(0, 12) | st.none(), min_size=9, max_size=9))
def test_n8_no_public_sum_tells_a_small_count(stated: list[int | None]) -> None:
    """Whoever knows all sums along disease and along age still knows no hidden cell for sure."""
    rows = crossed(*stated)
    shown = published(COLUMNS, rows)
    for at in (0, 1):
        hidden: defaultdict[object, list[int]] = defaultdict(list)
        open_: defaultdict[object, list[int]] = defaultdict(list)
        for row, public in zip(rows, shown, strict=True):
            if row[2] is not None:
                (hidden if public[2] is None else open_)[row[at]].append(row[2])
        for key, cells in hidden.items():
            assert len(cells) > 1 or not open_[key]
            assert sum(cells) > 4 or not any(open_[key])
    assert not {row[2] for row in shown if row[2] is not None} & {1, 2, 3, 4}


def test_n7_coordinates_of_persons_are_rounded_and_nothing_else() -> None:
    columns = (ScreenColumn("nama_pasien"), ScreenColumn("lat", "decimal"), ScreenColumn("koordinat"))
    rows = [("A", "-1.61234567", "-1.6123456, 103.6198765"), ("B", "-1.6", "-1.61, 103.62"), ("C", None, "")]
    assert published(columns, rows) == [
        ["A", "-1.6123", "-1.6123, 103.6199"],
        ["B", "-1.6", "-1.61, 103.62"],
        ["C", None, ""],
    ]
