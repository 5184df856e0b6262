from __future__ import annotations

import datetime
from typing import Any

import demo_catalogue
import pytest

from ckanext.jambi import clock
from ckanext.jambi.metadata import requirements

AHEAD = (clock.today().date() + datetime.timedelta(days=2)).isoformat()  # still ahead if midnight passes
TABLE = demo_catalogue.dataset()["resources"][0]
PDF = {"name": "Laporan", "url": "https://data.example.go.id/a.pdf", "format": "PDF", "jenis_berkas": "utama"}
COLUMN = TABLE["kamus_data"][0]

BROKEN: list[tuple[dict[str, Any], str, tuple[str | int, ...]]] = [
    ({"periode_mulai": "2025-07-01"}, "period_order", ("periode_akhir",)),
    ({"periode_akhir": AHEAD}, "future_period", ("catatan_mutu",)),
    ({"kelas_informasi": "dikecualikan"}, "exempt_but_open", ("kelas_informasi",)),
    ({"resources": []}, "no_file", ("resources",)),
    ({"resources": [{**TABLE, "jenis_berkas": "asli"}]}, "no_main_file", ("resources",)),
    ({"resources": [PDF]}, "no_open_format", ("resources",)),
    ({"resources": [TABLE, TABLE]}, "second_main_file", ("resources", 1, "jenis_berkas")),
    ({"klasifikasi": ["kelurahan"]}, "unknown_column", ("klasifikasi",)),
    ({"resources": [{**TABLE, "kolom_periode": "bulan"}]}, "unknown_column", ("resources", 0, "kolom_periode")),
    ({"resources": [{**TABLE, "kolom_kunci": ["tanggal", "toko"]}]}, "unknown_column", ("resources", 0, "kolom_kunci")),
    (
        {"resources": [{**TABLE, "kamus_data": [*TABLE["kamus_data"], COLUMN]}]},
        "column_twice",
        ("resources", 0, "kamus_data", len(TABLE["kamus_data"]), "nama"),
    ),
]  # fmt: skip
EXEMPT = {
    "kelas_informasi": "dikecualikan",
    "dasar_pengecualian": "17h",
    "nomor_uji_konsekuensi": "1/UK/2026",
    "berlaku_sampai": "2030-01-01",
}


@pytest.mark.parametrize(("changes", "code", "path"), BROKEN, ids=[row[1] for row in BROKEN])
def test_rule_between_fields_is_named_at_its_place(
    changes: dict[str, Any], code: str, path: tuple[str | int, ...]
) -> None:
    gaps = requirements.gaps(demo_catalogue.dataset(**changes))

    assert [(gap.code, gap.path) for gap in gaps] == [(code, path)]


def test_m14_what_is_not_open_cannot_be_public() -> None:
    gaps = requirements.gaps(demo_catalogue.dataset(klasifikasi_akses="terbatas", **EXEMPT))

    assert [gap.code for gap in gaps] == ["not_open"]


def test_m14_closed_data_keeps_no_file() -> None:
    closed = demo_catalogue.dataset(klasifikasi_akses="tertutup", **EXEMPT)

    assert [gap.code for gap in requirements.gaps(closed)] == ["not_open", "closed_with_file"]
    assert [gap.code for gap in requirements.gaps(closed | {"resources": []})] == ["not_open"]


def test_plan_or_forecast_needs_its_note_only() -> None:
    assert requirements.gaps(demo_catalogue.dataset(periode_akhir=AHEAD, catatan_mutu="Prakiraan.")) == []


def test_rows_in_the_datastore_are_an_open_format() -> None:
    table = {**TABLE, "format": "XLS", "datastore_active": True}

    assert requirements.gaps(demo_catalogue.dataset(resources=[table])) == []


def test_two_tables_have_two_main_files() -> None:
    other = [{**one, "nama": f"{one['nama']}_b"} for one in TABLE["kamus_data"]]
    second = {**TABLE, "kamus_data": other, "kolom_periode": "tanggal_b", "kolom_kunci": ["tanggal_b"]}

    assert requirements.gaps(demo_catalogue.dataset(resources=[TABLE, second])) == []


def test_organization_ends_after_it_begins() -> None:
    gaps = requirements.gaps({"berlaku_mulai": "2025-01-01", "berlaku_sampai": "2024-01-01"}, "organization")

    assert "period_order" in [gap.code for gap in gaps]
