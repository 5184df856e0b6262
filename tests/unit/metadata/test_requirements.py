from __future__ import annotations

from typing import Any

import demo_catalogue
import pytest

from ckanext.jambi.metadata import requirements
from ckanext.jambi.metadata.conditions import CONDITIONS
from ckanext.jambi.metadata.fields import Field, kind_of

DATASET = kind_of("dataset")
ORGANIZATION = kind_of("organization")
NUMBER = {"nama": "jumlah", "tipe": "bilangan", "label": "Jumlah", "definisi": "Banyaknya.", "satuan": "unit"}
TEXT = {"nama": "pasar", "tipe": "teks", "label": "Pasar", "definisi": "Nama pasar."}
OFFICE = {
    "name": "rsud-x",
    "title": "RSUD X",
    "singkatan": "RSX",
    "jenis_opd": "rsud",
    "induk": "dinkes",
    "urusan": ["1.02"],
    "kepala_jabatan": "Direktur",
    "walidata_pendukung_jabatan": "Kepala Bagian Data",
    "surel": "data@rsud.example.go.id",
    "telepon_kantor": "0741 123456",
    "alamat_kantor": "Jalan Contoh",
    "dasar_hukum": "Perda Kota Jambi 14/2016",
    "berlaku_mulai": "2017-01-01",
}  # fmt: skip

# For each condition: how a complete record becomes one that it holds for, and one it does not.
MAKE_TRUE: dict[str, dict[str, Any]] = {
    "statistical": {"jenis_data": "statistik"},
    "statistical_or_financial": {"jenis_data": "keuangan"},
    "not_open": {"klasifikasi_akses": "tertutup"},
    "restricted": {"klasifikasi_akses": "terbatas"},
    "has_dimension": {"resources": [{"kamus_data": [{**TEXT, "klasifikasi_isian": "pasar rakyat"}]}]},
    "has_code_column": {"resources": [{"kamus_data": [{**TEXT, "kode_referensi": "bps"}]}]},
    "tabular": {"jenis_berkas": "utama", "format": "CSV"},
    "dated": {"jenis_berkas": "utama", "format": "CSV", "asal": "unggah"},
    "unkeyed": {"jenis_berkas": "utama", "format": "CSV", "kolom_kunci": []},
    "undated": {"jenis_berkas": "utama", "format": "CSV", "kolom_periode": ""},
    "has_area_column": {
        "jenis_berkas": "utama",
        "format": "CSV",
        "kamus_data": [{**TEXT, "nama": "kode_lurah", "kode_referensi": "kemendagri"}],
    },
    "numeric_column": {"tipe": "desimal"},
    "agency": {"jenis_opd": "dinas"},
    "district": {"jenis_opd": "kecamatan"},
    "has_parent": {"jenis_opd": "uptd"},
    "ended": {"berlaku_sampai": "2025-12-31"},
}  # fmt: skip
MAKE_FALSE: dict[str, dict[str, Any]] = {
    "statistical": {"jenis_data": "keuangan"},
    "statistical_or_financial": {"jenis_data": "lainnya"},
    "not_open": {"klasifikasi_akses": "terbuka"},
    "restricted": {"klasifikasi_akses": "tertutup"},
    "has_dimension": {"resources": [{"kamus_data": [TEXT]}]},
    "has_code_column": {"resources": [{"kamus_data": [TEXT]}]},
    "tabular": {"jenis_berkas": "dokumentasi", "format": "PDF"},
    "dated": {"jenis_berkas": "utama", "format": "CSV", "asal": "panen", "kolom_periode": ""},
    "unkeyed": {"jenis_berkas": "utama", "format": "CSV", "kolom_kunci": ["pasar"]},
    "undated": {"jenis_berkas": "utama", "format": "CSV", "kolom_periode": "tanggal"},
    "has_area_column": {"jenis_berkas": "utama", "format": "CSV", "kamus_data": [TEXT]},
    "numeric_column": {"tipe": "teks"},
    "agency": {"jenis_opd": "bumd"},
    "district": {"jenis_opd": "kelurahan"},
    "has_parent": {"jenis_opd": "dinas"},
    "ended": {"berlaku_sampai": ""},
}  # fmt: skip


def place_of(level: str) -> tuple[str | int, ...]:
    return {"dataset": (), "resource": ("resources", 0), "column": ("resources", 0, "kamus_data", 0)}[level]


def with_record(level: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the complete dataset with changes to itself, its table, or its table's first column."""
    dataset = demo_catalogue.dataset()
    if level == "dataset":
        return dataset | changes
    table = dataset["resources"][0]
    if level == "column":
        columns = [{**NUMBER, **changes}, *table["kamus_data"]]
        changes = {"kamus_data": columns}
    return dataset | {"resources": [table | changes]}


def missing(dataset: dict[str, Any], kind: str = "dataset") -> set[tuple[str | int, ...]]:
    return {gap.path for gap in requirements.gaps(dataset, kind) if gap.code == "missing"}


def by_rule(rule: str) -> list[tuple[str, Field]]:
    levels = (
        ("dataset", DATASET.fields),
        ("resource", DATASET.resource_fields),
        ("column", DATASET.column_fields),
    )
    return [(level, field) for level, fields in levels for field in fields if field["rule"] == rule]


REQUIRED = by_rule("R")
CONDITIONAL = [
    (level, field) for level, field in by_rule("C") if "waits_for" not in field and "checked_by" not in field
]


def named(value: Any) -> str:
    return value["field_name"] if isinstance(value, dict) else str(value)


@pytest.mark.parametrize("name", demo_catalogue.names())
def test_demo_dataset_misses_nothing(name: str) -> None:
    assert requirements.gaps(demo_catalogue.dataset(name)) == []


@pytest.mark.parametrize(("level", "field"), REQUIRED, ids=named)
def test_r_field_is_missing_when_empty_and_not_when_given(level: str, field: Field) -> None:
    name = field["field_name"]
    empty = (
        {name: ""}
        | ({"tags": []} if name == "tag_string" else {})
        | ({"konsep": ""} if level == "column" else {})
    )

    if name not in requirements.DEFAULTS:
        assert (*place_of(level), name) in missing(with_record(level, empty))
    assert (*place_of(level), name) not in missing(with_record(level, {}))


@pytest.mark.parametrize(("level", "field"), CONDITIONAL, ids=named)
def test_c_field_is_missing_when_its_condition_holds(level: str, field: Field) -> None:
    name, condition = field["field_name"], field["required_when"]
    path = (*place_of(level), name)
    empty = {name: [] if name == "kolom_kunci" else ""}

    assert path in missing(with_record(level, MAKE_TRUE[condition] | empty))
    if condition != "tabular":
        assert path not in missing(with_record(level, MAKE_FALSE[condition] | empty))
    assert path not in missing(
        with_record(level, {name: "diisi"} | {k: v for k, v in MAKE_TRUE[condition].items() if k != name})
    )


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_each_condition_holds_for_one_record_and_not_for_another(condition: str) -> None:
    assert CONDITIONS[condition](MAKE_TRUE[condition])
    assert not CONDITIONS[condition](MAKE_FALSE[condition])


@pytest.mark.parametrize("field", [one for one in ORGANIZATION.fields if one["rule"] == "R"], ids=named)
def test_organization_s_r_field_is_missing_when_empty_and_not_when_given(field: Field) -> None:
    name = field["field_name"]

    assert (name,) in missing(OFFICE | {name: ""}, "organization")
    assert requirements.gaps(OFFICE, "organization") == []


@pytest.mark.parametrize("field", [one for one in ORGANIZATION.fields if one["rule"] == "C"], ids=named)
def test_organization_s_c_field_is_missing_when_its_condition_holds(field: Field) -> None:
    name, condition = field["field_name"], field["required_when"]

    assert (name,) in missing(OFFICE | MAKE_TRUE[condition] | {name: ""}, "organization")
    assert (name,) not in missing(OFFICE | MAKE_FALSE[condition] | {name: ""}, "organization")


def test_defaults_fill_licence_area_and_what_the_dictionary_tells() -> None:
    columns = [
        {"nama": "kemendagri_kode_kecamatan"},
        {"nama": "kemendagri_kode_kelurahan", "konsep": "Kode kelurahan"},
    ]
    done = requirements.complete({"title": "X", "resources": [{"kamus_data": columns}]})

    assert (done["license_id"], done["cakupan_wilayah"]) == ("cc-by", ["15.71"])
    assert done["resources"][0]["kolom_wilayah"] == "kemendagri_kode_kelurahan"
    assert done["resources"][0]["kamus_data"][1]["label"] == "Kode kelurahan"


def test_defaults_leave_the_given_record_as_it_was() -> None:
    given = {"resources": [{"kamus_data": [{"nama": "a", "konsep": "A"}]}]}
    requirements.complete(given)

    assert given == {"resources": [{"kamus_data": [{"nama": "a", "konsep": "A"}]}]}


def test_keywords_are_counted_once_from_list_and_from_text() -> None:
    few = demo_catalogue.dataset(tags=[{"name": "Harga"}, {"name": "harga"}], tag_string="pasar")
    enough = demo_catalogue.dataset(tags=[], tag_string="harga, pasar, pangan")

    assert [(gap.field, gap.code) for gap in requirements.gaps(few)] == [("tag_string", "too_few")]
    assert requirements.gaps(enough) == []


def test_gap_says_in_words_what_to_do() -> None:
    (gap,) = requirements.gaps(demo_catalogue.dataset(title="Harga Bahan Pokok 2024"))

    assert (gap.field, gap.code, gap.path) == ("title", "year_in_title", ("title",))
    assert gap.message == "Leave the year 2024 out of the title; the period has a field of its own."


def test_validated_lists_and_raw_lists_are_judged_alike() -> None:
    stored = demo_catalogue.dataset(
        topik='["ekonomi-umkm"]', cakupan_wilayah='["15.71"]', kode_referensi='["kemendagri"]'
    )

    assert requirements.gaps(stored) == []


def test_empty_entry_of_a_form_is_no_column_and_moves_no_other() -> None:
    table = demo_catalogue.dataset()["resources"][0]
    columns = [{"nama": "", "tipe": ""}, *table["kamus_data"], {"nama": "baru"}, {}]
    gaps = requirements.gaps(demo_catalogue.dataset(resources=[{**table, "kamus_data": columns}]))

    assert {gap.path[3] for gap in gaps} == {len(columns) - 2}
    assert {gap.field for gap in gaps} == {"tipe", "label", "definisi"}
