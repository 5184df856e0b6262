"""The river gauge (1) and the air quality stations (3)."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from ..chance import Chance
from ..content import Row, Series
from ..dress import comma
from ..json_shapes import Stations
from ..periods import HALF_DAY, HOUR, Period, soon
from ..source import Source

GAUGE = "Tanggo Rajo"
FLAW_EVERY = 13
FLAWS = {5: "hilang", 9: "ragu"}
"""Of 13 readings (six and a half days) one is lost and one comes without its comma."""
NO_RAIN_GAUGE_EVERY = 7
SIAGA = (("I", Decimal("14.87")), ("II", Decimal("14.37")), ("III", Decimal("13.87")))

STATIONS = ("Stasiun Peraga Telanaipura", "Stasiun Peraga Paal Merah")
BREAKPOINTS = (0, 50, 100, 200, 300, 400)
POLLUTANTS = {
    "PM10": (0, 50, 150, 350, 420, 500),
    "PM2.5": (0, 15.5, 55.4, 150.4, 250.4, 500),
    "SO2": (0, 52, 180, 400, 800, 1200),
    "CO": (0, 4000, 8000, 15000, 30000, 45000),
    "O3": (0, 120, 235, 400, 800, 1000),
    "NO2": (0, 80, 200, 1130, 2260, 3000),
}
CATEGORIES = ((50, "Baik"), (100, "Sedang"), (200, "Tidak Sehat"), (300, "Sangat Tidak Sehat"))
STATION_HOURS = 24
BROKEN = "-9999"


def season(period: Period, peak_day: int) -> float:
    """Return the time of year as 1 at `peak_day` of the year and -1 half a year later."""
    return math.cos(2 * math.pi * (period.day.timetuple().tm_yday - peak_day) / 365)


def _level(chance: Chance, period: Period) -> Decimal:
    slow = chance.drift(period.index / 24, "tma", "slow")
    quick = chance.drift(period.index / 5, "tma", "quick")
    return Decimal(round(13.0 + 1.1 * season(period, 20) + 0.9 * slow + 0.25 * quick, 2)).quantize(
        Decimal("0.01")
    )


def _alert(level: Decimal) -> str:
    return next((name for name, least in SIAGA if level >= least), "Normal")


def _reading(chance: Chance, period: Period) -> list[Row]:
    quality = FLAWS.get(period.index % FLAW_EVERY, "baik")
    origin = "petugas" if chance.happens(0.15, "tma", "origin", period.index) else "telemetri"
    level = _level(chance, period) if quality == "baik" else None
    alert = _alert(level) if level is not None else None
    return [(period.start, GAUGE, level, quality, origin, alert, _rain(chance, period, quality))]


def _rain(chance: Chance, period: Period, quality: str) -> Decimal | None:
    if quality == "hilang" or period.index % NO_RAIN_GAUGE_EVERY == 2:
        return None
    wet = chance.happens(0.35 + 0.2 * season(period, 20), "tma", "wet", period.index)
    return Decimal(chance.whole(1, 420, "tma", "rain", period.index) if wet else 0) / 10


def _dress_reading(row: Row, turn: int) -> dict[str, Any]:
    instant, _, level, quality, origin, alert, rain = row
    written = f"{level:.2f}".replace(".", ",") if isinstance(level, Decimal) else None
    return {
        "waktu": f"{instant:%Y-%m-%d %H:%M}",
        "tma": "1291" if quality == "ragu" else written,
        "mutu": quality,
        "asal": origin,
        "status_siaga": alert or "",
        "hujan": None if quality == "hilang" else comma(rain, "-"),
    }


def _index(pollutant: str, value: float) -> int:
    limits = POLLUTANTS[pollutant]
    step = next(step for step in range(1, len(limits)) if value <= limits[step])
    low, high = limits[step - 1], limits[step]
    return round(
        BREAKPOINTS[step - 1] + (value - low) / (high - low) * (BREAKPOINTS[step] - BREAKPOINTS[step - 1])
    )


def _measured(chance: Chance, period: Period, station: str, pollutant: str) -> Row:
    if pollutant == "CO" and (period.index + STATIONS.index(station)) % 24 == 7:
        return (period.start, station, pollutant, None, None, None)
    smoke = 0.5 + 0.5 * season(period, 255)
    share = 0.25 + 0.9 * smoke * chance.unit("ispu", pollutant) ** 0.5
    wander = 1 + 0.35 * chance.drift(period.index / 7, "ispu", station, pollutant)
    value = round(POLLUTANTS[pollutant][2] * 0.55 * share * wander, 1)
    index = _index(pollutant, value)
    category = next((name for most, name in CATEGORIES if index <= most), "Berbahaya")
    return (period.start, station, pollutant, Decimal(str(value)), index, category)


def _hour(chance: Chance, period: Period) -> list[Row]:
    return [_measured(chance, period, station, name) for station in STATIONS for name in POLLUTANTS]


def _dress_hour(row: Row, turn: int) -> dict[str, Any]:
    instant, station, pollutant, value, index, category = row
    return {
        "stasiun": station,
        "waktu": instant.isoformat(),
        "nama": pollutant,
        "nilai": comma(value, BROKEN),
        "satuan": "µg/m3",
        "ispu": index,
        "kategori": category or "",
    }


SOURCES = (
    Source(
        number=1,
        name="tinggi-muka-air-batanghari",
        title="Tinggi Muka Air Sungai Batanghari menurut Pos Duga Air",
        owner="bpbd",
        path="bpbd/api/tma",
        columns=("waktu", "pos", "tinggi_muka_air", "mutu", "sumber", "tingkat_siaga", "curah_hujan"),
        content=Series(HALF_DAY, soon(10, 55), _reading, corrects=6),
        shape=Stations(
            _dress_reading,
            head={
                "status": "1",
                "pos": GAUGE,
                "satuan": "m",
                "siaga": {"I": 14.87, "II": 14.37, "III": 13.87},
            },
        ),
        touch="curah_hujan",
        note="Bacaan tanpa koma (1291) dan bacaan hilang terjadi tiap pekan.",
    ),
    Source(
        number=3,
        name="indeks-standar-pencemar-udara",
        title="Indeks Standar Pencemar Udara menurut Stasiun Pemantau",
        owner="dlh",
        path="dlh/api/ispu",
        columns=("waktu", "stasiun", "parameter", "konsentrasi", "ispu", "kategori"),
        content=Series(HOUR, soon(10, 25), _hour, window=STATION_HOURS),
        shape=Stations(_dress_hour, head={"status": True}, key="parameter"),
        touch="konsentrasi",
        note="Hanya 24 jam terakhir yang ditampilkan; -9999 berarti sensor rusak.",
    ),
)
