"""Prices of staple foods at the city's markets (7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ..chance import Chance
from ..content import Row, Series
from ..dress import thousands
from ..json_shapes import StatusList
from ..periods import DAY, Period, days_later, is_workday
from ..source import Source

FIRST_DAY = date(2025, 11, 1)
MARKETS = ("Angso Duo", "Talang Banjar", "Kebun Handil")
PRICES = {
    "Beras Medium": (13500, 0.03, "Kg"),
    "Cabai Merah Keriting": (45000, 0.45, "Kg"),
    "Bawang Merah": (36000, 0.25, "Kg"),
    "Daging Ayam Ras": (38000, 0.12, "Kg"),
    "Daging Sapi": (140000, 0.04, "Kg"),
    "Telur Ayam Ras": (28500, 0.08, "Kg"),
    "Gula Pasir": (17500, 0.05, "Kg"),
    "Minyak Goreng Curah": (16500, 0.06, "Liter"),
}
INFLATION_A_DAY = 0.0001


def _price(chance: Chance, period: Period, market: str, goods: str) -> Decimal:
    base, swing, _ = PRICES[goods]
    trend = 1 + INFLATION_A_DAY * (period.day - FIRST_DAY).days
    moved = 1 + swing * chance.drift(period.index / 18, "harga", goods)
    local = 1 + 0.03 * chance.drift(period.index / 6, "harga", goods, market)
    return Decimal(round(base * trend * moved * local / 250) * 250)


def _day(chance: Chance, period: Period) -> list[Row]:
    """Return the day's prices; one item a week is not on sale in a market."""
    if not is_workday(period.day):
        return []
    missing = (
        chance.pick(MARKETS, "harga", "none", period.index),
        chance.pick(tuple(PRICES), "harga", period.index),
    )
    return [
        (
            period.day,
            market,
            goods,
            None
            if (market, goods) == missing and period.day.weekday() == 2
            else _price(chance, period, market, goods),
            PRICES[goods][2],
        )
        for market in MARKETS
        for goods in PRICES
    ]


def _dress(row: Row, turn: int) -> dict[str, Any]:
    day, market, goods, price, unit = row
    return {
        "no": str(turn + 1),
        "pasar": market,
        "komoditas": goods,
        "harga": thousands(price),
        "satuan": unit,
        "tgl": f"{day:%d-%m-%Y}",
    }


SOURCES = (
    Source(
        number=7,
        name="harga-bahan-pokok",
        title="Harga Bahan Pokok menurut Pasar dan Komoditas",
        owner="disperindag",
        path="sembako/api/harga.php",
        columns=("tanggal", "pasar", "komoditas", "harga", "satuan"),
        content=Series(DAY, days_later(0, 12), _day, first=FIRST_DAY, corrects=3),
        shape=StatusList(_dress),
        touch="harga",
        note="Keberhasilan ditulis sebagai teks; harga kosong berarti tidak tersedia, bukan nol.",
    ),
)
