"""Schools, pupils and teachers (17) and places at public schools (18)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from ..chance import Chance
from ..content import Register, Row, Series
from ..dress import thousands
from ..file_shapes import Cells, Layout, XlsxFile
from ..json_shapes import CodeMessageItems
from ..periods import EPOCH, SEMESTER, Period, at
from ..places import DISTRICT_COLUMNS, DISTRICTS, written
from ..source import Source

LEVELS = {"PAUD": (14, 38, 4), "SD": (13, 310, 15), "SMP": (5, 420, 24)}
"""Usual number of schools in a kecamatan, of pupils and of teachers in a school."""
PRIVATE_SHARE = {"PAUD": 0.9, "SD": 0.3, "SMP": 0.5}
HEADINGS = (
    ("Jml Sekolah", "Jml Murid", "Jml Guru"),
    ("Sekolah", "Siswa", "Guru"),
    ("Jumlah Sekolah", "Jumlah Siswa", "Jumlah Guru"),
)

PUBLIC_SCHOOLS = 25
TRACKS = {"Domisili": 0.5, "Afirmasi": 0.2, "Prestasi": 0.25, "Mutasi": 0.05}
OPENS, SEASON, SEASON_DAYS = (5, 31), (6, 1), 45


def _schools(chance: Chance, period: Period) -> list[Row]:
    label = f"{period.day.year}-S{1 if period.day.month == 1 else 2}"
    rows: list[Row] = []
    for district in DISTRICTS:
        for level, (schools, pupils, teachers) in LEVELS.items():
            for status in ("Negeri", "Swasta"):
                about = ("sekolah", district.code, level, status)
                share = PRIVATE_SHARE[level] if status == "Swasta" else 1 - PRIVATE_SHARE[level]
                count = max(1, round(schools * share * (0.6 + 0.8 * chance.unit(*about))))
                size = 0.8 + 0.4 * chance.unit(*about, "size", period.index)
                figures = (count, round(count * pupils * size), round(count * teachers * size))
                rows.append((label, *district.cells, level, status, *figures))
    return rows


def _school_release(_chance: Chance, period: Period) -> datetime:
    """Release the second half-year on 31 March, the first on 30 September."""
    return at(date(period.end.year, 3, 31) if period.end.month == 1 else date(period.end.year, 9, 30), 8)


def _dress_schools(row: Row, turn: int) -> Cells:
    label, area, (level, status, schools, pupils, teachers) = row[0], written(row[1:4], turn // 6), row[4:]
    remark = ("*" if turn % 40 == 7 else "",) if _has_remarks(str(label)) else ()
    return (label, *area, level, status, schools, thousands(pupils), teachers, *remark)


def _has_remarks(label: str) -> bool:
    """Return whether the sheet of a year has one column more."""
    return int(label[:4]) % len(HEADINGS) == len(HEADINGS) - 1


def _school_layout(sheet: str) -> Layout:
    """Return the sheet of a year: its headings have been renamed each year."""
    counts = HEADINGS[int(sheet) % len(HEADINGS)]
    remark = ("Keterangan",) if _has_remarks(sheet) else ()
    return Layout(
        titles=("DINAS PENDIDIKAN KOTA JAMBI (DATA PERAGA)",),
        headings=(("Semester", "Kecamatan", "Kode BPS", "Jenjang", "Status", *counts, *remark),),
    )


def _places(chance: Chance, year: int, now: datetime) -> list[Row]:
    """Return the places of a school year; applications grow day by day in the season."""
    start = at(date(year, *SEASON), 8)
    share = min(1.0, max(0.0, ((now - start) // timedelta(days=1) + 1) / SEASON_DAYS))
    rows: list[Row] = []
    for number in range(1, PUBLIC_SCHOOLS + 1):
        district = DISTRICTS[number % len(DISTRICTS)]
        for track, part in TRACKS.items():
            about = ("ppdb", year, number, track)
            places = round(chance.whole(160, 320, "ppdb", number) * part)
            wanted = round(places * (0.7 + 1.3 * chance.unit(*about)) * share)
            taken = min(places, wanted) if share == 1 else 0
            school = (f"995710{number:02}", f"SMP Negeri {number} Kota Jambi")
            rows.append((f"{year}/{year + 1}", *school, *district.cells, track, places, wanted, taken))
    return rows


def _all_places(chance: Chance, now: datetime) -> list[Row]:
    years = [year for year in range(EPOCH.year, now.year + 1) if at(date(year, *OPENS), 8) <= now]
    return [row for year in years for row in _places(chance, year, now)]


def _dress_place(row: Row, turn: int) -> dict[str, Any]:
    year, number, name, *rest = row
    district, bps = written(tuple(rest[:3]), turn // 4)
    track, places, wanted, taken = rest[3:]
    return {
        "tahun_ajaran": year,
        "npsn": number,
        "sekolah": name,
        "kecamatan": district,
        "kode_bps": bps,
        "jalur": track,
        "kuota": str(places),
        "pendaftar": thousands(wanted),
        "diterima": str(taken),
    }


SOURCES = (
    Source(
        number=17,
        name="sekolah-murid-guru",
        title="Jumlah Sekolah, Murid, dan Guru menurut Kecamatan dan Jenjang",
        owner="disdik",
        path="disdik/unduh/sekolah.xlsx",
        columns=(
            *("semester", *DISTRICT_COLUMNS, "jenjang", "status_sekolah"),
            *("jumlah_sekolah", "jumlah_murid", "jumlah_guru"),
        ),
        content=Series(SEMESTER, _school_release, _schools, first=date(2024, 7, 1)),
        shape=XlsxFile(_school_layout, _dress_schools, sheet_of=lambda row: str(row[0])[:4]),
        touch="jumlah_guru",
        note="Satu lembar per tahun; kepala kolom berganti tiap tahun; Pal Merah dan Paal Merah.",
    ),
    Source(
        number=18,
        name="daya-tampung-penerimaan-murid",
        title="Jumlah Daya Tampung dan Pendaftar Penerimaan Murid Baru menurut Sekolah",
        owner="disdik",
        path="ppdb/api/daya-tampung",
        columns=(
            *("tahun_ajaran", "npsn", "nama_sekolah", *DISTRICT_COLUMNS),
            *("jalur", "kuota", "pendaftar", "diterima"),
        ),
        content=Register(_all_places, changes=("pendaftar", "diterima")),
        shape=CodeMessageItems(_dress_place),
        touch="kuota",
        note="totalData berupa teks; pendaftar bertambah tiap hari selama masa pendaftaran.",
    ),
)
