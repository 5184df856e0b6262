"""Population (15), civil documents (16) and letters of kecamatan and kelurahan (25)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ..chance import Chance
from ..content import Row, Series
from ..dress import comma, long_date, thousands
from ..file_shapes import Cells, Layout, XlsxFile
from ..json_shapes import CodeMessageList, LaravelPaginator
from ..periods import DAY, MONTH, SEMESTER, Period, at, days_later, is_workday, monthly_on
from ..places import DISTRICT_COLUMNS, DISTRICTS, VILLAGE_COLUMNS, VILLAGES, Village, written
from ..source import Source

FIRST_SEMESTER = date(2025, 1, 1)
AGES = (*(f"{low}-{low + 4}" for low in range(0, 75, 5)), "75+")
AGE_SHARES = (81, 84, 86, 85, 84, 85, 84, 80, 74, 66, 57, 46, 35, 25, 15, 13)
GROWTH_A_SEMESTER = 0.006

DOCUMENTS = {
    "KTP-el": 320,
    "KIA": 140,
    "KK": 260,
    "Akta Kelahiran": 95,
    "Akta Kematian": 32,
    "IKD": 180,
}
LETTERS_SINCE = date(2025, 11, 1)
LETTERS = ("Surat Keterangan Domisili", "SKTM", "Surat Pengantar Nikah", "Surat Keterangan Usaha")
LETTER_ROWS_A_DAY = 24


def _people(chance: Chance, period: Period, village: Village) -> list[Row]:
    label = f"{period.day.year}-S{1 if period.day.month == 1 else 2}"
    size = chance.whole(3200, 15500, "penduduk", village.code)
    size = round(size * (1 + GROWTH_A_SEMESTER * (period.index - SEMESTER.number(at(FIRST_SEMESTER)))))
    rows: list[Row] = []
    for age, share in zip(AGES, AGE_SHARES, strict=True):
        for sex in ("L", "P"):
            bend = 0.94 + 0.12 * chance.unit("penduduk", village.code, age, sex)
            rows.append((label, *village.cells, age, sex, round(size * share / 2000 * bend)))
    return rows


def _semester(chance: Chance, period: Period) -> list[Row]:
    return [row for village in VILLAGES for row in _people(chance, period, village)]


def _semester_release(_chance: Chance, period: Period) -> Any:
    """Release the second half at the end of February, the first half at the end of August."""
    year = period.end.year
    return at(date(year, 2, 28) if period.end.month == 1 else date(year, 8, 31), 8)


def _dress_people(row: Row, turn: int) -> Cells:
    label, area, (age, sex, count) = row[0], written(row[1:6], turn // 32), row[6:]
    return (label, *area, age, sex, count)


def _people_layout(sheet: str) -> Layout:
    """Return the sheet of a year; the headings change from year to year."""
    count = "Jml Penduduk" if int(sheet) % 2 else "Jumlah Penduduk"
    return Layout(
        titles=(),
        headings=(
            ("Semester", "Kecamatan", "Kelurahan", "Kode BPS", "Kelompok Umur", "Jenis Kelamin", count),
        ),
    )


def _documents(chance: Chance, period: Period) -> list[Row]:
    rows: list[Row] = []
    for district in DISTRICTS:
        for kind, usual in DOCUMENTS.items():
            count = round(usual * (0.5 + chance.unit("dokumen", period.index, district.code, kind)))
            rows.append((period.day, *district.cells, kind, count))
    return rows


def _dress_document(row: Row, turn: int) -> dict[str, Any]:
    month, (district, bps), (kind, count) = row[0], written(row[1:4], turn // 6), row[4:]
    return {
        "id": turn + 1,
        "periode": long_date(month) if turn % 2 else f"{month:%d-%m-%y}",
        "kecamatan": district,
        "kode_bps": bps,
        "jenis": kind,
        "jumlah": count if turn % 2 else thousands(count),
    }


def _letters(chance: Chance, period: Period) -> list[Row]:
    if not is_workday(period.day):
        return []
    rows: list[Row] = []
    for village in chance.picks(VILLAGES, LETTER_ROWS_A_DAY, "surat", period.index):
        about = ("surat", period.index, village.code)
        received = chance.whole(1, 18, *about)
        done = received - chance.whole(0, min(3, received), *about, "open")
        length = Decimal(chance.whole(90, 900, *about, "minutes")) / 10 if done else None
        rows.append(
            (period.day, *village.cells, chance.pick(LETTERS, *about, "kind"), received, done, length)
        )
    return rows


def _dress_letter(row: Row, turn: int) -> dict[str, Any]:
    day, (district, village, bps), (kind, received, done, length) = row[0], written(row[1:6], turn), row[6:]
    return {
        "tanggal": day.isoformat(),
        "kecamatan": district.upper(),
        "kelurahan": village,
        "kode_bps": bps,
        "jenis_surat": kind,
        "masuk": str(received),
        "selesai": str(done),
        "rata2_menit": comma(length, "-"),
    }


SOURCES = (
    Source(
        number=15,
        name="penduduk-kelurahan-umur-kelamin",
        title="Jumlah Penduduk menurut Kelurahan, Kelompok Umur, dan Jenis Kelamin",
        owner="disdukcapil",
        path="dukcapil/unduh/penduduk.xlsx",
        columns=("semester", *VILLAGE_COLUMNS, "kelompok_umur", "jenis_kelamin", "jumlah_penduduk"),
        content=Series(SEMESTER, _semester_release, _semester, first=FIRST_SEMESTER),
        shape=XlsxFile(_people_layout, _dress_people, sheet_of=lambda row: str(row[0])[:4]),
        touch="jumlah_penduduk",
        note="Satu lembar per tahun dan kepala kolom yang berubah tiap tahun.",
    ),
    Source(
        number=16,
        name="penerbitan-dokumen-kependudukan",
        title="Jumlah Dokumen Kependudukan Terbit menurut Jenis Dokumen",
        owner="disdukcapil",
        path="dukcapil/api/dokumen",
        columns=("bulan", *DISTRICT_COLUMNS, "jenis_dokumen", "jumlah_dokumen"),
        content=Series(MONTH, monthly_on(5), _documents, corrects=5),
        shape=LaravelPaginator(_dress_document),
        touch="jumlah_dokumen",
        note="Halaman setelah yang terakhir mengulang halaman terakhir.",
    ),
    Source(
        number=25,
        name="layanan-surat-kecamatan-kelurahan",
        title="Jumlah Layanan Surat Kecamatan dan Kelurahan menurut Jenis Surat",
        owner="diskominfo",
        path="sipaten/api/rekap",
        columns=(
            *("tanggal", *VILLAGE_COLUMNS),
            *("jenis_surat", "jumlah_masuk", "jumlah_selesai", "rata_rata_menit"),
        ),
        content=Series(DAY, days_later(1, 9), _letters, first=LETTERS_SINCE, corrects=9),
        shape=CodeMessageList(_dress_letter),
        touch="rata_rata_menit",
        note="PASAR berarti Kecamatan Pasar Jambi; lama penyelesaian - bila belum ada yang selesai.",
    ),
)
