from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import persons
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.metadata.pii import Finding, Screen, ScreenColumn, Severity, keyed_hash, worst

KEY = b"rahasia portal"
RNG = random.Random(5)
NIKS = [persons.nik(RNG) for _ in range(50)]


def screened(columns: Sequence[ScreenColumn | str], rows: Sequence[Sequence[object]]) -> list[Finding]:
    """Return the findings of one table."""
    screen = Screen(columns, key=KEY)
    screen.add_rows(rows)
    return list(screen.verdicts())


def verdicts(
    columns: Sequence[ScreenColumn | str], rows: Sequence[Sequence[object]]
) -> list[tuple[str, ...]]:
    """Return (rule, severity, column) of each finding."""
    return [(one.rule, one.severity.value, one.column) for one in screened(columns, rows)]


@pytest.mark.parametrize(("hits", "severity"), [(1, "warn"), (2, "warn"), (3, "block"), (50, "block")])
def test_n1_three_identity_numbers_block(hits: int, severity: str) -> None:
    rows = [(nik,) for nik in NIKS[:hits]] + [("-",)] * 20
    assert verdicts(["isi"], rows) == [("N1", severity, "isi")]


def test_n1_numbers_in_several_columns_count_together() -> None:
    assert verdicts(["a", "b", "c"], [NIKS[:3]]) == [("N1", "block", name) for name in "abc"]


def test_n1_header_blocks_without_a_single_number() -> None:
    assert verdicts(["No. KTP"], [("1,57E+15",), (None,)]) == [("N1", "block", "No. KTP")]
    assert verdicts(["nik"], []) == [("N1", "block", "nik")]


def test_n1_column_of_small_counts_named_kk_waits_for_a_reviewer() -> None:
    assert verdicts(["rt_nama_wilayah", "KK"], [("RT", 45), ("RT", "12")]) == [("N1", "warn", "KK")]
    assert verdicts(["KK"], [(NIKS[0],)]) == [("N1", "block", "KK")]


def test_n1_digits_lost_to_a_spreadsheet_are_found_as_a_column() -> None:
    [found] = screened(["isi"], [("1,57E+15",), ("3,2E+15",), ("1.599E+15",)])
    assert (found.rule, found.severity, found.cause, found.count) == ("N1", Severity.BLOCK, "digits_lost", 3)


def test_n1_random_codes_of_16_digits_wait_but_do_not_block() -> None:
    rows = [("".join(RNG.choices("0123456789", k=16)),) for _ in range(2_000)]
    assert verdicts(["kode"], rows) == [("N1", "warn", "kode"), ("N2", "warn", "kode")]


def test_n2_taxpayer_number_blocks() -> None:
    number = persons.npwp(random.Random(1))
    assert verdicts(["isi"], [(persons.NPWP_FORMATS["formatted"](number),)]) == [("N2", "block", "isi")]
    assert verdicts(["isi"], [(f"0{number}",)]) == [("N2", "warn", "isi")]
    assert verdicts(["NPWP"], [("123456789012345",)]) == [("N2", "block", "NPWP"), ("N6", "warn", "NPWP")]


def test_n3_servant_number_warns_and_tax_objects_do_not() -> None:
    assert verdicts(["isi"], [(persons.nip(RNG),)]) == [("N3", "warn", "isi")]
    tax_objects = [(f"1571{at:03d}00100{at:02d}0000",) for at in range(10, 40)]
    assert verdicts(["isi"], [*tax_objects, ("197101011995011000",)]) == []
    assert verdicts(["NOP"], [("197101011995011000",)]) == []


@pytest.mark.parametrize("cell", ["084000000001", "+62 840-0000-006", 6284000000007])
def test_n4_one_mobile_number_blocks(cell: object) -> None:
    assert verdicts(["isi"], [(cell,)]) == [("N4", "block", "isi")]


def test_n4_amounts_are_no_telephone_numbers() -> None:
    for column in (ScreenColumn("pagu", "integer"), ScreenColumn("pagu", "decimal", "rupiah")):
        assert verdicts([column], [(628_400_000_000,), (62_840_000_001,)]) == []
    assert verdicts([ScreenColumn("isi", "integer")], [(6_284_012_345_678,)]) == [("N4", "block", "isi")]


def test_n5_free_mail_blocks_and_an_office_does_not() -> None:
    rows = [("a@gmail.com",), ("walidata@example.go.id",)]
    assert verdicts(["isi"], rows) == [("N5", "block", "isi")]
    assert verdicts(["isi"], [("nama.orang@example.go.id",)]) == [("N5", "warn", "isi")]


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        (["nama"], ("x",), [("N6", "warn", "nama")]),
        (["nama_kecamatan", "nama_sekolah"], ("x", "y"), []),
        (["jenis_kelamin", "jumlah_murid"], ("L", 50), []),
        (["jenis_kelamin"], ("L",), [("N6", "warn", "jenis_kelamin")]),
        (["keterangan"], ("rusak ringan",), []),
        (["nama_perusahaan"], ("CV Contoh",), []),
        (["nama_perusahaan"], ("Budi",), [("N6", "warn", "nama_perusahaan")]),
        (["kelahiran"], (12,), []),
        (["kelahiran"], ("Siti",), [("N6", "warn", "kelahiran")]),
        (["nop"], ("x",), []),
        (["nop", "alamat"], ("x", "y"), [("N6", "warn", "nop"), ("N6", "warn", "alamat")]),
        (["nama_lurah"], ("x",), [("N6", "warn", "nama_lurah")]),
        (["rt", "penyakit"], ("01", "DBD"), [("N6", "warn", "rt"), ("N6", "warn", "rt, penyakit")]),
    ],
)
def test_n6_headers_wait_for_a_reviewer_unless_their_condition_holds(
    columns: list[str], row: tuple[object, ...], expected: list[tuple[str, str, str]]
) -> None:
    assert verdicts(columns, [row]) == expected


def test_n6_names_inside_nested_values_are_headers_too() -> None:
    cell = {"pemohon": [{"NIK": "x", "nama": "y"}]}
    expected = [("N1", "block", "isi.nik"), ("N6", "warn", "isi.nama")]
    assert sorted(verdicts(["isi"], [(cell,)])) == expected
    assert sorted(verdicts(["isi"], [(json.dumps(cell),)])) == expected


def test_n7_precise_places_of_persons_are_rounded_and_those_of_assets_are_not() -> None:
    place = ["lat", "lon"]
    assert verdicts(place, [(-1.6101229, 103.6131203)]) == []
    found = verdicts([*place, "agama"], [(-1.6101229, 103.6, "x")])
    assert ("N7", "round", "lat") in found
    assert ("N7", "round", "lon") not in found


def test_n8_small_cells_over_two_traits_of_persons_are_suppressed() -> None:
    columns = ["penyakit", "jenis_kelamin", ScreenColumn("jumlah_pasien", "integer", "orang")]
    assert verdicts(columns, [("DBD", "L", 3), ("DBD", "P", 40)]) == [("N8", "suppress", "jumlah_pasien")]
    assert verdicts(columns, [("DBD", "L", None), ("DBD", "P", 40), ("ISPA", "P", 0)]) == []
    assert verdicts(["jalan", "jumlah_lubang"], [("x", 2)]) == []


@pytest.mark.parametrize(
    "columns", [["umur", "diagnosa"], ["nama_siswa", "kelas"], ["inisial", "umur", "jk"]]
)
def test_n9_rows_of_children_and_patients_are_for_restricted_use(columns: list[str]) -> None:
    assert ("N9", "restrict") in {
        (rule, severity) for rule, severity, _ in verdicts(columns, [("7",) * len(columns)])
    }


def test_n9_bed_classes_are_no_school_classes() -> None:
    assert verdicts(["rumah_sakit", "kelas", "kapasitas"], [("RSUD", "VIP", 3)]) == []


def test_n10_plates_and_accounts_warn() -> None:
    plates = [(f"BH {at} XY",) for at in range(1000, 1005)]
    assert verdicts(["isi"], plates) == [("N10", "warn", "isi")]
    assert verdicts(["isi"], [*plates, *[("meja",)] * 20]) == []
    assert ("N10", "warn", "no_rekening") in verdicts(["no_rekening"], [("1234567890",)])


def test_n10_rows_of_a_severed_column_keep_their_numbers() -> None:
    screen = Screen(["isi"], key=KEY)
    screen.add_rows([("x",)] * 999 + [(NIKS[0],)])
    screen.add_rows([(NIKS[1],), ("x",), (NIKS[1],)])
    [found] = screen.verdicts()
    assert (found.rows, found.count) == ((1000, 1001, 1003), 3)
    assert found.hashes[1] == found.hashes[2] == keyed_hash(KEY, f"N1:{NIKS[1]}")


def test_m11_finding_never_holds_a_value_and_stays_small() -> None:
    cells = [cell for kind in persons.PERSONAL for _, cell in persons.personal(kind, 600)]
    found = screened(["isi"], [(cell,) for cell in cells])
    text = json.dumps([one.as_dict() for one in found])
    assert len(text) < 8_000
    assert not [cell for cell in cells if str(cell) in text]


def test_m12_strictest_severity_decides() -> None:
    found = screened(["nama", "isi"], [("x", "084000000001")])
    assert worst(found) is Severity.BLOCK
    assert worst([]) is None
    assert [*Severity] == ["block", "warn", "restrict", "suppress", "round"]


def test_m13_excepted_rule_of_a_column_is_left_out() -> None:
    screen = Screen(["kode", "isi"], key=KEY, exceptions=[("N1", "kode")])
    screen.add_rows([(NIKS[0], NIKS[1])])
    assert [one.column for one in screen.verdicts()] == ["isi"]


def test_rl11_texts_of_a_dataset_are_screened_with_all_that_is_nested() -> None:
    screen = Screen(key=KEY)
    screen.add_fields(
        {
            "title": "Data 2026",
            "notes": "Hubungi 084000000001",
            "kontak_surel": "data@perumda.example",
            "resources": [{"name": "a", "url": f"https://contoh.test/{NIKS[0]}.jpg"}],
            "jumlah": 12,
        }
    )
    assert [(one.rule, one.severity, one.column, one.rows) for one in screen.verdicts()] == [
        ("N4", "block", "notes", ()),
        ("N1", "warn", "resources.0.url", ()),
    ]


def test_n5_contact_field_may_hold_an_office_but_no_person() -> None:
    screen = Screen(key=KEY)
    screen.add_fields({"kontak_surel": "dinas@gmail.com"})
    assert [one.rule for one in screen.verdicts()] == ["N5"]


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.dates(), st.text(max_size=30),
    st.dictionaries(st.text(max_size=4), st.text(max_size=9), max_size=3),
)  # fmt: skip


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.integers(1, 8))
def test_any_cell_is_taken_and_chunks_do_not_matter(rows: list[tuple[object, object]], size: int) -> None:
    whole, parts = Screen(["a", "kk"], key=KEY), Screen(["a", "kk"], key=KEY)
    whole.add_rows(rows)
    for at in range(0, len(rows), size):
        parts.add_rows(rows[at : at + size])
    assert whole.verdicts() == parts.verdicts()


def test_numbers_are_read_as_they_would_be_written() -> None:
    rows = [(int(NIKS[0]), Decimal(NIKS[1]), float(NIKS[2]), date(2026, 1, 1), True)]
    assert [one.column for one in screened(["a", "b", "c", "d", "e"], rows)] == ["a", "b", "c"]
    assert dataclasses.is_dataclass(Finding)


def test_rl11_key_of_a_nested_value_is_named_without_the_number_in_it() -> None:
    screen = Screen(key=KEY)
    phone = persons.phone(RNG)
    screen.add_fields({"extras": {phone: f"Hubungi {phone}"}})
    assert [one.column for one in screen.verdicts()] == ["extras.[…]"]


@pytest.mark.parametrize("depth", [400, 960, 50_000])
def test_s27_nested_text_without_end_is_screened_like_any_other(depth: int) -> None:
    nested = '{"a":' * depth + f'"{NIKS[0]}"' + "}" * depth
    assert [one.rule for one in screened(["isi"], [(nested,)])] == ["N1"]
