"""The weather forecast for each kelurahan (2), as BMKG serves it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ..chance import Chance
from ..content import Row, Series
from ..json_shapes import Entry
from ..periods import THREE_HOURS, Period, soon
from ..places import VILLAGE_COLUMNS, VILLAGES, Village
from ..source import Source
from ..weather_shapes import Forecasts, instants

LEADS = 8
SKIES = ("Cerah", "Cerah Berawan", "Berawan", "Berawan Tebal", "Hujan Ringan", "Hujan Sedang", "Hujan Petir")
WARMTH_BY_HOUR = {1: 24, 4: 23, 7: 25, 10: 29, 13: 32, 16: 31, 19: 28, 22: 26}


def _forecast(chance: Chance, period: Period, village: Village, lead: int) -> Row:
    valid = period.start + timedelta(hours=3 * lead)
    about = ("cuaca", valid.date(), village.district.code)
    sky = min(
        len(SKIES) - 1, int((chance.unit(*about) * 0.7 + chance.unit(*about, valid.hour) * 0.3) * len(SKIES))
    )
    newest = chance.unit("cuaca", period.index, village.code, lead)
    warmth = WARMTH_BY_HOUR[valid.hour] - (sky > 3) * 2 + round(newest * 2, 1)
    wetness = 62 + 5 * sky - (WARMTH_BY_HOUR[valid.hour] - 28) * 2 + round(newest * 3)
    wind = 2 + round(newest * 12, 1) + (sky == 6) * 8
    figures = (Decimal(f"{warmth:.1f}"), Decimal(min(99, wetness)), SKIES[sky], Decimal(f"{wind:.1f}"))
    return (period.start, *village.cells, valid, *figures)


def _issue(chance: Chance, period: Period) -> list[Row]:
    return [_forecast(chance, period, village, lead) for village in VILLAGES for lead in range(LEADS)]


def _dress(row: Row, turn: int) -> Entry:
    issued, *_, valid, warmth, wetness, sky, wind = row
    figures = {"t": float(warmth), "hu": int(wetness), "weather_desc": sky, "ws": float(wind)}
    return {**instants(issued, valid), **figures, "vs_text": "> 10 km"}


SOURCES = (
    Source(
        number=2,
        name="prakiraan-cuaca-kelurahan",
        title="Prakiraan Cuaca menurut Kelurahan",
        owner="bpbd",
        path="bmkg/publik/prakiraan-cuaca",
        columns=(
            "waktu_terbit",
            *VILLAGE_COLUMNS,
            *("waktu_lokal", "suhu", "kelembapan", "keadaan", "kecepatan_angin"),
        ),
        content=Series(THREE_HOURS, soon(15, 25), _issue, window=1),
        shape=Forecasts(_dress),
        touch="suhu",
        note="Satu panggilan per kelurahan (adm4); hanya terbitan terakhir, 24 jam ke depan; bentuk: BMKG.",
    ),
)
