"""Permits (11) and local taxes (12), both behind Laravel's paginator."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from typing import Any

from ..chance import Chance
from ..content import Row, Series
from ..dress import mixed_date, rupiah, thousands
from ..json_shapes import LaravelPaginator
from ..periods import DAY, Period, days_later, is_workday
from ..places import VILLAGE_COLUMNS, VILLAGES, Village, written
from ..source import Source

FREE_KINDS = ("NIB", "NIB", "NIB", "Lainnya")
PAID_KINDS = ("PBG", "SLF", "Reklame")
UNDATED_EVERY = 7
"""On every seventh day one permit bears a zero date."""

TAXES = {
    "4.1.01.06": ("PBJT Jasa Perhotelan", 21_500_000_000),
    "4.1.01.07": ("PBJT Makanan dan Minuman", 46_000_000_000),
    "4.1.01.08": ("PBJT Kesenian dan Hiburan", 9_800_000_000),
    "4.1.01.09": ("Pajak Reklame", 11_200_000_000),
    "4.1.01.10": ("PBJT Tenaga Listrik", 78_000_000_000),
    "4.1.01.11": ("PBJT Jasa Parkir", 4_300_000_000),
    "4.1.01.15": ("PBB-P2", 38_500_000_000),
    "4.1.01.16": ("BPHTB", 52_000_000_000),
}


def _permit(chance: Chance, period: Period, village: Village, undated: bool) -> Row:
    about = ("izin", period.index, village.code)
    paid = chance.happens(0.4, *about, "paid")
    kind = chance.pick(PAID_KINDS if paid else FREE_KINDS, *about, "kind")
    fee = Decimal(chance.whole(1, 160, *about, "fee") * 25_000) if paid else None
    count = chance.whole(1, 3 if paid else 14, *about, "count")
    return (None if undated else period.day, *village.cells, kind, count, fee)


def _permits(chance: Chance, period: Period) -> list[Row]:
    villages = chance.picks(VILLAGES, chance.whole(4, 6, "izin", period.index), "izin", period.index)
    undated = period.index % UNDATED_EVERY == 3
    return [_permit(chance, period, village, undated and not place) for place, village in enumerate(villages)]


def _stated_code(area: tuple[object, ...], turn: int) -> object:
    """Return what the code field holds: the code, nothing, null, or the code one level too high."""
    return (area[2], "", None, area[0])[turn % 4]


def _dress_permit(row: Row, turn: int) -> dict[str, Any]:
    day, area, (kind, count, fee) = row[0], row[1:6], row[6:]
    district, village, bps = written(area, turn)
    return {
        "id": turn + 1,
        "tgl_terbit": mixed_date(day, turn),
        "jenis_izin": kind,
        "kecamatan": district,
        "kelurahan": village,
        "kode_wilayah": _stated_code(area, turn),
        "kode_bps": bps,
        "jumlah": count if turn % 2 else str(count),
        "retribusi": rupiah(fee, turn),
    }


@lru_cache(maxsize=64)
def _year_of(chance: Chance, year: int, account: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a year's receipts of a tax day by day, and their running sums."""
    target = TAXES[account][1]
    first = date(year, 1, 1).toordinal()
    daily = tuple(_received(chance, account, target, date.fromordinal(first + place)) for place in range(366))
    return daily, tuple(accumulate(daily))


def _received(chance: Chance, account: str, target: int, day: date) -> int:
    if not is_workday(day):
        return 0
    season = 2.2 if account == "4.1.01.15" and day.month in (8, 9) else 0.95
    return round(target / 258 * season * (0.4 + 1.2 * chance.unit("pajak", account, day)) / 1000) * 1000


def _taxes(chance: Chance, period: Period) -> list[Row]:
    if not is_workday(period.day):
        return []
    place = period.day.timetuple().tm_yday - 1
    rows: list[Row] = []
    for account, (name, target) in TAXES.items():
        daily, running = _year_of(chance, period.day.year, account)
        figures = (Decimal(target), Decimal(daily[place]), Decimal(running[place]))
        rows.append((period.day, account, name, *figures))
    return rows


def _dress_tax(row: Row, turn: int) -> dict[str, Any]:
    day, account, name, target, received, running = row
    return {
        "id": turn + 1,
        "tgl_setor": mixed_date(day, turn),
        "kode_rekening": account,
        "jenis_pajak": name,
        "target": thousands(target, 2),
        "realisasi": rupiah(received, turn),
        "kumulatif": rupiah(running, turn + 1),
    }


SOURCES = (
    Source(
        number=11,
        name="izin-terbit",
        title="Jumlah Izin Terbit menurut Jenis Izin dan Kelurahan",
        owner="dpmptsp",
        path="izin/api/izin",
        columns=("tanggal", *VILLAGE_COLUMNS, "jenis_izin", "jumlah_izin", "retribusi"),
        content=Series(DAY, days_later(1, 9), _permits, corrects=8),
        shape=LaravelPaginator(_dress_permit),
        touch="retribusi",
        note="Enam gaya tanggal, tanggal nol, empat bentuk rupiah, kode wilayah kosong atau salah tingkat.",
    ),
    Source(
        number=12,
        name="realisasi-pajak-daerah",
        title="Nilai Realisasi Pendapatan Pajak Daerah menurut Jenis Pajak",
        owner="bpprd",
        path="pajak/api/realisasi",
        columns=(
            "tanggal",
            "kode_rekening",
            "jenis_pajak",
            "target_tahun",
            "realisasi_hari",
            "realisasi_kumulatif",
        ),
        content=Series(DAY, days_later(1, 9), _taxes),
        shape=LaravelPaginator(_dress_tax),
        touch="realisasi_hari",
        note="Hanya hari kerja; angka ditulis sebagai teks dan bilangan berganti-ganti.",
    ),
)
