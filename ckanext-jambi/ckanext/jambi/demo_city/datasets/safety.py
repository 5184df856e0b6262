"""Fires and rescues (4), and the two complaint desks as aggregates (5, 6): no ticket ever leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..agencies import AGENCIES, spelled
from ..chance import Chance
from ..content import Row, Series
from ..dress import comma, long_date, two_zones
from ..file_shapes import Cells, CsvFile
from ..json_shapes import LaravelResource
from ..periods import DAY, MONTH, Period, at, days_later, monthly_on
from ..places import VILLAGE_COLUMNS, VILLAGES, written
from ..source import Source

INCIDENTS = ("Kebakaran bangunan", "Kebakaran lahan", "Penyelamatan hewan", "Penyelamatan orang", "Lainnya")
FEWEST_SHOWN = 5
SUPPRESSED = "<5"
CHANNELS = ("sikesal", "lapor")
COMPLAINTS = {
    "jalan": "dpupr",
    "lampu_jalan": "dishub",
    "drainase": "dpupr",
    "pipa_bocor": "perumdam-tirta-mayang",
    "air_keruh": "perumdam-tirta-mayang",
    "banjir": "bpbd",
    "bansos": "dinsos",
    "lingkungan": "dlh",
    "trantibum": "satpol-pp",
    "parkir_liar": "dishub",
    "lainnya": "setda",
}
FAULTS = {
    "jaringan_putus": ("kabel_putus_galian", "listrik_padam", "penyedia", "tidak_diketahui"),
    "kabel_fiber": ("kabel_putus_galian", "kabel_putus_alam"),
    "aplikasi": ("aplikasi_galat", "sertifikat", "kapasitas", "pemeliharaan"),
    "server": ("perangkat_rusak", "listrik_padam", "kapasitas"),
    "surel_akun": ("konfigurasi", "tidak_diketahui"),
    "ttd_elektronik": ("sertifikat", "penyedia"),
    "perangkat": ("perangkat_rusak", "konfigurasi"),
}


def _incidents(chance: Chance, period: Period) -> list[Row]:
    places = chance.picks(VILLAGES, chance.whole(2, 5, "damkar", period.index), "damkar", period.index)
    return [
        (
            period.day,
            *place.cells,
            chance.pick(INCIDENTS, "damkar", "kind", period.index, place.code),
            1 + chance.happens(0.12, "damkar", "two", period.index, place.code),
            Decimal(chance.whole(55, 240, "damkar", "minutes", period.index, place.code)) / 10,
        )
        for place in places
    ]


def _dress_incident(row: Row, turn: int) -> dict[str, Any]:
    day, *area, kind, count, median = row
    district, village, bps = written(tuple(area), turn)
    return {
        "id": 901 + turn,
        "attributes": {
            "tanggal": day.isoformat(),
            "kecamatan": district,
            "kelurahan": village,
            "kd_bps": bps,
            "jenis": kind,
            "jumlah": str(count),
            "median_menit": comma(median),
        },
        "updated_at": two_zones(at(day, 23, turn % 60), turn),
    }


@dataclass(frozen=True)
class Cell:
    """Complaints of one month, channel, category and kelurahan."""

    received: int
    open: int
    hours: Decimal
    shares: tuple[Decimal, Decimal, Decimal]


def _counted(chance: Chance, *about: object) -> Cell:
    received = chance.whole(0, 34, "sikesal", *about)
    waiting = chance.whole(0, received // 3, "sikesal", "open", *about)
    hours = Decimal(chance.whole(60, 900, "sikesal", "hours", *about)) / 10
    day = chance.whole(35, 70, "sikesal", "24", *about)
    two = day + chance.whole(5, 15, "sikesal", "48", *about)
    three = two + chance.whole(3, 12, "sikesal", "72", *about)
    return Cell(received, waiting, hours, (Decimal(day), Decimal(two), Decimal(three)))


def _shown(cell: Cell) -> tuple[object, ...]:
    """Leave out counts of 1 to 4 and whatever would reveal them by subtraction."""
    closed = cell.received - cell.open
    if 0 < cell.received < FEWEST_SHOWN:
        return (None,) * 7
    if 0 < cell.open < FEWEST_SHOWN or 0 < closed < FEWEST_SHOWN:
        return (cell.received, *(None,) * 6)
    if closed == 0:
        return (cell.received, cell.open, closed, *(None,) * 4)
    return (cell.received, cell.open, closed, cell.hours, *cell.shares)


def _complaints(chance: Chance, period: Period) -> list[Row]:
    rows: list[Row] = []
    for category, agency in COMPLAINTS.items():
        for place in chance.picks(VILLAGES, 7, "sikesal", period.index, category):
            channel = chance.pick(CHANNELS, "sikesal", period.index, category, place.code)
            cell = _counted(chance, period.index, category, place.code)
            rows.append((f"{period.day:%Y-%m}", *place.cells, channel, category, agency, *_shown(cell)))
    return rows


def _dress_complaint(row: Row, turn: int) -> Cells:
    month, area, (channel, category, agency, *counts) = row[0], written(row[1:6], turn), row[6:]
    figures = [SUPPRESSED if count is None else comma(count) for count in counts]
    return (month, *area, channel, category, spelled(str(agency), turn), *figures)


def _faults(chance: Chance, period: Period) -> list[Row]:
    agencies = chance.picks(AGENCIES, chance.whole(1, 3, "tik", period.index), "tik", period.index)
    rows: list[Row] = []
    for agency in agencies:
        about = ("tik", period.index, agency.slug)
        category = chance.pick(tuple(FAULTS), *about, "category")
        cause = chance.pick(FAULTS[category], *about, "cause")
        count = chance.whole(1, 4, *about, "count")
        hours = Decimal(chance.whole(5, 95, *about, "hours") * count) / 10
        rows.append((period.day, agency.slug, category, cause, count, hours))
    return rows


def _dress_fault(row: Row, turn: int) -> Cells:
    day, agency, category, cause, count, hours = row
    return (long_date(day), agency, category, cause, count, comma(hours))


COMPLAINT_FIGURES = (
    "masuk",
    "diproses",
    "selesai",
    "median_jam",
    "persen_24_jam",
    "persen_48_jam",
    "persen_72_jam",
)
SOURCES = (
    Source(
        number=4,
        name="kejadian-kebakaran-penyelamatan",
        title="Jumlah Kejadian Kebakaran dan Penyelamatan menurut Kelurahan",
        owner="damkartan",
        path="simerah/api/v1/kejadian",
        columns=("tanggal", *VILLAGE_COLUMNS, "jenis_kejadian", "jumlah_kejadian", "median_waktu_tanggap"),
        content=Series(DAY, days_later(1, 10), _incidents, corrects=8),
        shape=LaravelResource(_dress_incident),
        touch="median_waktu_tanggap",
        note="Ejaan kelurahan berganti-ganti; updated_at memakai dua zona waktu.",
    ),
    Source(
        number=5,
        name="pengaduan-warga",
        title="Jumlah Pengaduan Warga menurut Kategori, Kelurahan, dan Perangkat Daerah",
        owner="diskominfo",
        path="sikesal/rekap/pengaduan.csv",
        columns=("periode", *VILLAGE_COLUMNS, "kanal", "kategori", "opd", *COMPLAINT_FIGURES),
        content=Series(MONTH, monthly_on(5), _complaints, corrects=12),
        shape=CsvFile(
            headings=(
                *("Periode", "Kecamatan", "Kelurahan", "Kode BPS"),
                *("Kanal", "Kategori", "OPD Tujuan", "Masuk", "Diproses", "Selesai", "Median Jam"),
                *("24 Jam (%)", "48 Jam (%)", "72 Jam (%)"),
            ),
            dress=_dress_complaint,
            delimiter=";",
            encoding="utf-8-sig",
        ),
        touch="median_jam",
        note="Hanya rekap; sel 1 sampai 4 ditulis <5 dan tidak dapat dihitung kembali.",
    ),
    Source(
        number=6,
        name="pengaduan-infrastruktur-tik",
        title="Jumlah Pengaduan Infrastruktur Teknologi Informasi menurut Perangkat Daerah",
        owner="diskominfo",
        path="spbe/rekap/pengaduan-tik.csv",
        columns=("tanggal", "opd", "kategori", "penyebab", "jumlah_laporan", "jumlah_jam_gangguan"),
        content=Series(DAY, days_later(1, 8), _faults, corrects=5),
        shape=CsvFile(
            headings=(
                "Tanggal",
                "Kode OPD",
                "Kategori",
                "Penyebab",
                "Jumlah Laporan",
                "Jam Gangguan",
            ),
            dress=_dress_fault,
            delimiter=";",
        ),
        touch="jumlah_jam_gangguan",
        note="Hanya rekap tanpa nama perangkat, alamat jaringan, dan petugas.",
    ),
)
