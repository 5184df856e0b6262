"""Refuse (21), reported by fits and starts, and disruptions of drinking water (22)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from ..chance import Chance
from ..content import Register, Row, Series
from ..dress import comma, thousands
from ..file_shapes import Cells, CsvFile
from ..periods import EPOCH, WEEK, Period, at
from ..places import VILLAGE_COLUMNS, VILLAGES, Village, written
from ..source import Source
from ..tempo import bursts

POINTS = VILLAGES[::2]
FIRST_WEEK = date(2025, 1, 6)
REFUSE_PHASE = 45
PICK_UP_DAYS = ("Senin;Kamis", "Selasa;Jumat", "Rabu;Sabtu", "Senin;Rabu;Jumat")

CAUSES = ("Pipa bocor", "Pemeliharaan", "Listrik", "Air baku")
MOST_DISRUPTIONS_A_DAY = 4


def _refuse(chance: Chance, period: Period, village: Village) -> Row:
    about = ("sampah", village.code)
    usual = 6 + 22 * chance.unit(*about)
    tons = Decimal(round(usual * (0.8 + 0.4 * chance.unit(*about, period.index)), 2)).quantize(
        Decimal("0.01")
    )
    days = chance.pick(PICK_UP_DAYS, *about, "days")
    rounds = (days.count(";") + 1) * chance.whole(1, 3, *about, "rounds", period.index)
    return (period.day, *village.cells, f"TPS Peraga {village.name}", tons, days, rounds)


def _week(chance: Chance, period: Period) -> list[Row]:
    return [_refuse(chance, period, village) for village in POINTS]


def _dress_refuse(row: Row, turn: int) -> Cells:
    """Write one answer of the form: its stamp is month first in every fourth row, the week never is."""
    week, area, (point, tons, days, rounds) = row[0], written(row[1:6], turn), row[6:]
    filled = week + timedelta(days=7)
    stamp = f"{filled:%m/%d/%Y}" if turn % 4 == 3 else f"{filled:%d/%m/%Y}"
    return (f"{stamp} 8:{turn % 60:02}:10", f"{week:%Y-%m-%d}", *area, point, comma(tons), days, rounds)


def _sum_of_refuse(rows: list[Row]) -> Cells:
    total = sum((row[7] for row in rows), Decimal(0))
    return ("", "TOTAL", "", "", "", "", thousands(total, 2), "", "")


def _disruption(chance: Chance, day: date, place: int, now: datetime) -> Row:
    """Return a disruption; while it lasts, the number of those affected and the quality are not known."""
    about = ("air", day, place)
    start = at(day) + timedelta(minutes=chance.whole(0, 1439, *about, "minute"))
    end = start + timedelta(minutes=30 * chance.whole(2, 36, *about, "length"))
    village = chance.pick(VILLAGES, *about, "place")
    cause = chance.pick(CAUSES, *about, "cause")
    over = end <= now
    affected = chance.whole(20, 2400, *about, "affected") if over else None
    turbid = Decimal(chance.whole(3, 48, *about, "ntu")) / 10 if over else None
    chlorine = Decimal(chance.whole(20, 90, *about, "chlorine")) / 100 if over else None
    return (start, *village.cells, end, cause, affected, turbid, chlorine)


def _disruptions(chance: Chance, now: datetime) -> list[Row]:
    days = (now - at(EPOCH)) // timedelta(days=1) + 1
    rows: list[Row] = []
    for step in range(max(0, days)):
        day = EPOCH + timedelta(days=step)
        count = chance.whole(1, MOST_DISRUPTIONS_A_DAY, "air", day)
        rows += [_disruption(chance, day, place, now) for place in range(count)]
    return [row for row in rows if row[0] <= now]


def _dress_disruption(row: Row, turn: int) -> Cells:
    start, area, (end, cause, affected, turbid, chlorine) = row[0], written(row[1:6], turn), row[6:]
    figures = (thousands(affected, blank="-"), comma(turbid, "-"), comma(chlorine, "-"))
    return (f"{start:%d/%m/%Y %H:%M}", f"{end:%d/%m/%Y %H:%M}", *area, cause, *figures)


SOURCES = (
    Source(
        number=21,
        name="timbulan-sampah",
        title="Jumlah Timbulan Sampah dan Jadwal Angkut menurut Tempat Penampungan Sementara",
        owner="dlh",
        path="sampah/spreadsheets/d/1Peraga-Timbulan-Sampah-Kota-Jambi/export",
        columns=("minggu", *VILLAGE_COLUMNS, "tps", "timbulan_ton", "hari_angkut", "jumlah_ritasi"),
        content=Series(WEEK, bursts("sampah", REFUSE_PHASE), _week, first=FIRST_WEEK),
        shape=CsvFile(
            headings=(
                *("Timestamp", "Minggu", "Kecamatan", "Kelurahan", "Kode BPS", "TPS"),
                *("Timbulan (ton/pekan)", "Hari Angkut", "Ritasi"),
            ),
            dress=_dress_refuse,
            blank_every=50,
            footer=_sum_of_refuse,
        ),
        touch="timbulan_ton",
        note="Lembar isian: stempel waktu bercampur D/M dan M/D, baris kosong, TOTAL; terbit tidak teratur.",
    ),
    Source(
        number=22,
        name="gangguan-kualitas-air",
        title="Jumlah Gangguan Pelayanan dan Kualitas Air Minum menurut Wilayah Layanan",
        owner="perumdam-tirta-mayang",
        path="tirta-mayang/wp-content/uploads/gangguan.csv",
        columns=(
            *("mulai", *VILLAGE_COLUMNS),
            *("perkiraan_pulih", "penyebab", "pelanggan_terdampak", "kekeruhan", "sisa_klor"),
        ),
        content=Register(_disruptions, changes=("pelanggan_terdampak", "kekeruhan", "sisa_klor")),
        shape=CsvFile(
            headings=(
                *("Mulai", "Perkiraan Pulih", "Kecamatan", "Kelurahan", "Kode BPS"),
                *("Penyebab", "Pelanggan", "Kekeruhan", "Sisa Klor"),
            ),
            dress=_dress_disruption,
            delimiter=";",
        ),
        touch="pelanggan_terdampak",
        note="Pelanggan terdampak dan hasil uji baru terisi setelah gangguan selesai.",
    ),
)
