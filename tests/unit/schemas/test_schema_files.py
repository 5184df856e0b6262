from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import yaml

from ckanext.jambi.metadata import vocabularies
from ckanext.jambi.metadata.conditions import CONDITIONS
from ckanext.jambi.metadata.fields import kind_of

DATA_TYPES = ("dataset", "indikator", "geospasial", "pengaduan")
FOLDER = resources.files("ckanext.jambi.schemas")

DATASET = [
    "title",
    "name",
    "notes",
    "owner_org",
    "walidata",
    "walidata_email",
    "kontak_jabatan",
    "kontak_surel",
    "kontak_telepon",
    "tag_string",
    "jenis_data",
    "urusan",
    "topik",
    "frekuensi",
    "jadwal_rilis",
    "kode_daftar_data",
    "periode_mulai",
    "periode_akhir",
    "tingkat_penyajian",
    "cakupan_wilayah",
    "konsep",
    "definisi",
    "klasifikasi",
    "ukuran",
    "satuan",
    "kode_referensi",
    "metode",
    "rumus",
    "interpretasi",
    "kegiatan",
    "id_mskeg",
    "id_msind",
    "id_sds",
    "id_dds",
    "prioritas_tahun",
    "klasifikasi_akses",
    "dasar_pengecualian",
    "nomor_uji_konsekuensi",
    "berlaku_sampai",
    "kelas_informasi",
    "license_id",
    "sumber_sistem",
    "catatan_mutu",
    "status_pemeriksaan",
    "diperiksa_pada",
]
OWN = {"metode", "rumus", "interpretasi"}
RESOURCE = [
    "name",
    "description",
    "url",
    "format",
    "mimetype",
    "jenis_berkas",
    "kamus_data",
    "kolom_periode",
    "kolom_wilayah",
    "kolom_kunci",
    "tanggal_data",
    "penyandian",
    "pemisah_kolom",
    "pemisah_desimal",
    "lembar",
    "baris_judul",
    "hash",
    "hash_metode",
    "jumlah_baris",
    "size",
    "asal",
    "berkas_asli",
    "catatan_pemulihan",
]
COLUMN = [
    "nama",
    "alias",
    "tipe",
    "label",
    "konsep",
    "definisi",
    "satuan",
    "kode_referensi",
    "nilai_valid",
    "klasifikasi_isian",
    "aturan_validasi",
    "kalimat_pertanyaan",
    "wajib",
    "akses_publik",
    "pii_class",
    "volatil",
]
ORGANIZATION = [
    "name",
    "title",
    "singkatan",
    "jenis_opd",
    "induk",
    "kode_wilayah",
    "urusan",
    "kepala_jabatan",
    "walidata_pendukung_jabatan",
    "surel",
    "telepon_kantor",
    "alamat_kantor",
    "situs_web",
    "dasar_hukum",
    "berlaku_mulai",
    "berlaku_sampai",
    "pengganti",
    "notifikasi",
]

GROUPS = {
    "dataset": kind_of("dataset").fields,
    "resource": kind_of("dataset").resource_fields,
    "column": kind_of("dataset").column_fields,
    "organization": kind_of("organization").fields,
}
FIELDS = [
    pytest.param(field, id=f"{group}-{field['field_name']}")
    for group, fields in GROUPS.items()
    for field in fields
]


@pytest.mark.parametrize(
    ("group", "names"),
    [("dataset", DATASET), ("resource", RESOURCE), ("column", COLUMN), ("organization", ORGANIZATION)],
)
def test_every_field_of_the_model_exists_once(group: str, names: list[str]) -> None:
    found = [field["field_name"] for field in GROUPS[group]]

    assert sorted(found) == sorted(names)


@pytest.mark.parametrize("field", FIELDS)
def test_field_has_label_rule_and_validator(field: dict[str, Any]) -> None:
    assert set(field["label"]) == {"id", "en"}
    assert all(field["label"].values())
    assert field["rule"] in "RCOA"
    assert field["validators"]
    assert set(field.get("help_text", {"id": "", "en": ""})) == {"id", "en"}
    assert field.get("required", False) is (field["rule"] == "R")


@pytest.mark.parametrize("field", FIELDS)
def test_c_rule_names_a_condition_or_who_checks_it(field: dict[str, Any]) -> None:
    checked = [key for key in ("waits_for", "checked_by") if key in field]
    if field["rule"] == "C":
        assert checked or field["required_when"] in CONDITIONS
    else:
        assert not checked
        assert "required_when" not in field


@pytest.mark.parametrize("field", FIELDS)
def test_m3_choices_come_from_a_list_and_are_written_nowhere_else(field: dict[str, Any]) -> None:
    assert "choices" not in field
    if "choices_helper" in field:
        assert field["choices_helper"] == "jambi_vocabulary_choices"
        assert vocabularies.terms(field["vocabulary"])
    if "vocabulary" in field:
        assert vocabularies.terms(field["vocabulary"])


@pytest.mark.parametrize("field", FIELDS)
def test_automatic_field_is_the_portal_s_alone_unless_it_says_otherwise(field: dict[str, Any]) -> None:
    guarded = {"jambi_automatic", "jambi_review_state"} & set(field["validators"].split())
    if field["rule"] == "A":
        assert guarded or field.get("editable") or field.get("set_by") == "ckan"
    else:
        assert not guarded


def test_all_conditions_are_used() -> None:
    named = {field.values[0].get("required_when") for field in FIELDS}

    assert named - {None} == set(CONDITIONS)


def data_types() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name in DATA_TYPES:
        path = FOLDER / f"{name}.yaml"
        if path.is_file():
            yield name, yaml.safe_load(path.read_text(encoding="utf-8"))["dataset_fields"]


def test_m5_common_block_is_complete_and_equal_in_every_data_type() -> None:
    blocks = {
        name: {field["field_name"]: field for field in fields if field.get("common")}
        for name, fields in data_types()
    }

    assert set(blocks["dataset"]) == set(DATASET) - OWN
    assert all(block == blocks["dataset"] for block in blocks.values())


def test_grounds_of_exemption_and_notice_channels_are_never_public() -> None:
    hidden = {field.values[0]["field_name"] for field in FIELDS if field.values[0].get("public") is False}

    assert hidden == {"dasar_pengecualian", "nomor_uji_konsekuensi", "berlaku_sampai", "notifikasi"}


def test_presets_are_known() -> None:
    presets = yaml.safe_load((FOLDER / "presets.yaml").read_text(encoding="utf-8"))["presets"]
    known = {one["preset_name"] for one in presets} | {"resource_url_upload"}

    assert {field.values[0].get("preset") for field in FIELDS} - {None} <= known
