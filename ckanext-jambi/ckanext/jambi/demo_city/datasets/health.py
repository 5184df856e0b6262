"""Hospital beds (8) and the two monthly tables of the health office (9, 10), which come later and later."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ..chance import Chance
from ..content import Row, Series
from ..dress import long_date, thousands
from ..file_shapes import Cells, Layout, XlsxFile
from ..json_shapes import Hospital
from ..periods import HOUR, MONTH, Period, soon
from ..places import DISTRICT_COLUMNS, DISTRICTS, VILLAGE_COLUMNS, VILLAGES, District, Village, written
from ..source import Source
from ..tempo import growing_lag

HOSPITAL = "RSUD H. Abdul Manap"
BEDS = {"VIP": 12, "I": 24, "II": 40, "III": 60, "ICU": 8, "NICU": 6}
BED_HOURS = 24
OVERFULL_HOUR = 20
"""Once a day the intensive ward holds one patient more than it has beds: -1 are free, which is none."""
LATE_PHASES = (0, 30)
"""The two late tables take turns: their slots lie half a cycle apart."""

FEWEST_SHOWN = 5
SERIAL_ZERO = date(1899, 12, 30)
"""Day 0 of a spreadsheet's dates."""
DISEASES = {
    "ISPA": "J06.9",
    "Hipertensi": "I10",
    "Dispepsia": "K30",
    "Diabetes Melitus": "E11.9",
    "Mialgia": "M79.1",
    "Dermatitis": "L30.9",
    "Diare": "A09",
    "Faringitis Akut": "J02.9",
    "Sakit Kepala": "R51",
    "Karies Gigi": "K02.9",
}


def _bed(chance: Chance, period: Period, ward: str) -> Row:
    """Return a ward's beds; at midnight one ward still bears the last second of the day before."""
    behind = period.start.hour == 0 and ward == chance.pick(tuple(BEDS), "rsud", "behind", period.day)
    instant = period.start + (timedelta(seconds=-1) if behind else timedelta(minutes=2, seconds=11))
    share = 0.72 + 0.22 * chance.drift(period.index / 9, "rsud", ward)
    overfull = ward == "ICU" and period.start.hour == OVERFULL_HOUR
    taken = BEDS[ward] + 1 if overfull else min(BEDS[ward], round(BEDS[ward] * share))
    return (instant, HOSPITAL, ward, BEDS[ward], taken, None if overfull else BEDS[ward] - taken)


def _beds(chance: Chance, period: Period) -> list[Row]:
    return [_bed(chance, period, ward) for ward in BEDS]


def _dress_bed(row: Row, turn: int) -> dict[str, Any]:
    instant, _, ward, beds, taken, free = row
    return {
        "kelas": ward,
        "kapasitas": beds,
        "terisi": taken,
        "kosong": -1 if free is None else free,
        "tglUpdate": f"{instant:%d-%m-%Y %H:%M:%S}",
    }


def _clinic(district: District) -> str:
    return f"Puskesmas Peraga {district.name}"


def _visits(chance: Chance, period: Period) -> list[Row]:
    rows: list[Row] = []
    for district in DISTRICTS:
        for rank, (disease, code) in enumerate(DISEASES.items()):
            for sex in ("L", "P"):
                about = ("kunjungan", period.index, district.code, disease, sex)
                count = round(420 / (rank + 1.4) * (0.35 + chance.unit(*about)) * (1.12 if sex == "P" else 1))
                count = chance.whole(0, 9, *about, "few") if rank == 9 else count
                shown = None if 0 < count < FEWEST_SHOWN else count
                rows.append((period.day, *district.cells, _clinic(district), disease, code, sex, shown))
    return rows


def _dress_visit(row: Row, turn: int) -> Cells:
    month, area, (clinic, disease, code, sex, count) = row[0], written(row[1:4], turn // 20), row[4:]
    shown = "-" if count is None else thousands(count)
    return (turn + 1, long_date(month), *area, clinic, disease, code, sex, shown)


def _sum_of_visits(rows: list[Row]) -> Cells:
    total = sum(row[-1] for row in rows if isinstance(row[-1], int))
    return ("", "Jumlah", "", "", "", "", "", "", thousands(total))


def _visit_layout(sheet: str) -> Layout:
    return Layout(
        titles=("KUNJUNGAN PUSKESMAS (DATA PERAGA)", ""),
        headings=(
            ("No", "Bulan", "Wilayah", "", "Puskesmas", "Penyakit", "", "Kunjungan", ""),
            ("", "", "Kecamatan", "Kode BPS", "", "Nama", "ICD-10", "Jenis Kelamin", "Jumlah"),
        ),
    )


def _stunting_of(chance: Chance, period: Period, village: Village) -> Row:
    measured = chance.whole(90, 640, "stunting", village.code) + chance.whole(
        -12, 12, "stunting", period.index, village.code
    )
    share = (
        0.02
        + 0.13 * chance.unit("stunting", "share", village.code)
        + 0.01 * chance.unit("stunting", period.index)
    )
    stunted = round(measured * share)
    if stunted < FEWEST_SHOWN:
        return (period.day, *village.cells, measured, None, None)
    percent = Decimal(stunted * 100) / measured
    return (period.day, *village.cells, measured, stunted, percent.quantize(Decimal("0.1")))


def _stunting(chance: Chance, period: Period) -> list[Row]:
    return [_stunting_of(chance, period, village) for village in VILLAGES]


def _dress_stunting(row: Row, turn: int) -> Cells:
    month, area, (measured, stunted, percent) = row[0], written(row[1:6], turn), row[6:]
    share = "-" if percent is None else f"{percent} %".replace(".", ",")
    bps = f"'{area[2]}" if turn % 68 == 4 and area[2] else area[2]
    count = "-" if stunted is None else stunted
    return (_typed_month(month, turn), *area[:2], bps, measured, count, share)


def _typed_month(month: date, turn: int) -> date | int | str:
    """Return what was typed for a month: a date, its serial number without a format, or a text."""
    styles = (month, (month - SERIAL_ZERO).days, long_date(month))
    return styles[turn % len(styles)]


def _sum_of_stunting(rows: list[Row]) -> Cells:
    return ("Jumlah", "", "", "", sum(int(str(row[6])) for row in rows), "", "100 %")


def _stunting_layout(sheet: str) -> Layout:
    return Layout(
        titles=(
            "PEMERINTAH KOTA JAMBI",
            "DINAS KESEHATAN",
            f"REKAP STUNTING TAHUN {sheet} (DATA PERAGA)",
            "",
        ),
        headings=(
            ("Bulan", "Kecamatan", "Kelurahan", "Kode BPS", "Balita Diukur", "Balita Stunting", "Persentase"),
        ),
        notes=("Sumber: data olahan", "*) angka sementara"),
    )


SOURCES = (
    Source(
        number=8,
        name="ketersediaan-tempat-tidur-rsud",
        title="Jumlah Tempat Tidur Rumah Sakit Umum Daerah menurut Kelas",
        owner="rsud-abdul-manap",
        path="rsud/ws/tempat-tidur",
        columns=("waktu", "rumah_sakit", "kelas", "kapasitas", "terisi", "kosong"),
        content=Series(HOUR, soon(3, 8), _beds, window=BED_HOURS),
        shape=Hospital(_dress_bed),
        touch="terisi",
        note="Hanya 24 jam terakhir; kosong -1 berarti kelebihan pasien; tengah malam satu kelas tertinggal.",
    ),
    Source(
        number=9,
        name="kunjungan-penyakit-puskesmas",
        title="Jumlah Kunjungan dan Sepuluh Penyakit Terbanyak menurut Puskesmas",
        owner="dinkes",
        path="dinkes/rekap/kunjungan-puskesmas.xlsx",
        columns=(
            *("bulan", *DISTRICT_COLUMNS),
            *("puskesmas", "penyakit", "kode_icd10", "jenis_kelamin", "jumlah_kunjungan"),
        ),
        content=Series(MONTH, growing_lag(LATE_PHASES[0]), _visits, corrects=8),
        shape=XlsxFile(_visit_layout, _dress_visit, footer=_sum_of_visits),
        touch="jumlah_kunjungan",
        note="Terlambat dan makin lambat sepanjang tahun; sel 1 sampai 4 ditulis -.",
    ),
    Source(
        number=10,
        name="stunting-kelurahan",
        title="Persentase Balita Stunting menurut Kelurahan",
        owner="dinkes",
        path="dinkes/rekap/stunting.xlsx",
        columns=(
            *("bulan", *VILLAGE_COLUMNS),
            *("jumlah_balita_diukur", "jumlah_balita_stunting", "persentase_stunting"),
        ),
        content=Series(MONTH, growing_lag(LATE_PHASES[1]), _stunting, corrects=6),
        shape=XlsxFile(
            _stunting_layout,
            _dress_stunting,
            sheet_of=lambda row: f"{row[0]:%Y}",
            footer=_sum_of_stunting,
        ),
        touch="jumlah_balita_diukur",
        note="Satu lembar per tahun dengan kop, Jumlah, dan catatan kaki; makin lambat sepanjang tahun.",
    ),
)
