"""Build complete datasets of the demonstration catalogue, as an importer would hand them over."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("datasets.yaml")
LAST_DAY = "2025-06-30"
FIELDS = (
    "name", "notes", "urusan", "topik", "frekuensi", "jadwal_rilis", "ukuran", "satuan", "konsep", "definisi",
    "tingkat_penyajian", "kelas_informasi", "kode_referensi", "jenis_data", "klasifikasi", "rumus",
    "interpretasi", "prioritas_tahun", "license_id", "walidata", "walidata_email", "kontak_jabatan",
    "kontak_surel", "cakupan_wilayah", "klasifikasi_akses", "periode_mulai",
)  # fmt: skip
PERIOD_TYPES = ("date", "timestamp")
COLUMN = ("nama", "tipe", "konsep", "definisi", "satuan", "kode_referensi")


@cache
def catalogue() -> dict[str, Any]:
    """Return the file as it is written."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def names() -> list[str]:
    """Return the names of all datasets."""
    return [one["name"] for one in catalogue()["datasets"]]


def dataset(name: str = "harga-bahan-pokok", /, **changes: Any) -> dict[str, Any]:
    """Return a dataset that misses nothing, with some fields changed."""
    one = next(row for row in catalogue()["datasets"] if row["name"] == name)
    stated = {**catalogue()["bawaan"], **one}
    record = {field: stated[field] for field in FIELDS if field in stated}
    record |= {
        "title": one["judul"],
        "owner_org": one["produsen"],
        "periode_mulai": "2025-01-01",
        "periode_akhir": LAST_DAY,
        "private": False,
        "tags": [{"name": word} for word in one["tags"]],
        "resources": [table(one)],
    }
    return record | changes


def table(one: dict[str, Any]) -> dict[str, Any]:
    """Return the main file of a dataset, described column by column."""
    areas = catalogue()["kolom_wilayah"].get(one.get("wilayah"), [])
    period = next((column[0] for column in one["columns"] if column[1] in PERIOD_TYPES), "")
    return {
        "name": one["judul"],
        "url": f"https://data.example.go.id/{one['name']}.csv",
        "format": "CSV",
        "jenis_berkas": "utama",
        "kolom_periode": period,
        "kolom_kunci": [one["columns"][0][0]],
        "tanggal_data": LAST_DAY,
        "kamus_data": [dict(zip(COLUMN, column, strict=True)) for column in [*areas, *one["columns"]]],
    }
