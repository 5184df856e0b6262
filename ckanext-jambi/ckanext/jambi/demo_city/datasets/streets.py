"""Roads (19), surveyed late, and street lights (20), reported by fits and starts."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..chance import Chance
from ..content import Register, Row
from ..json_shapes import Entry
from ..map_shapes import ENDPOINTS, MapLayer, milliseconds
from ..map_shapes import number as plain
from ..periods import SEMESTER, at
from ..places import VILLAGE_COLUMNS, VILLAGES, Village, written
from ..source import Source
from ..tempo import last_slot

ROADS = 180
SURVEYS_LATE_DAYS = 150
"""The road agency owes a survey on 31 January and 31 July and delivers it five months later."""
RESURVEYED_SHARE = 0.35
CONDITIONS = ("Baik", "Baik", "Baik", "Sedang", "Sedang", "Rusak Ringan", "Rusak Berat")
SURFACES = ("Aspal", "Aspal", "Aspal", "Beton", "Paving", "Kerikil", "Tanah")
SHAPES_OF_NAMES = ("Jalan Peraga", "Lorong Peraga", "Gang Peraga")

LIGHTS_PER_VILLAGE = 10
LIGHT_PHASE = 15
WATTS = (60, 90, 120, 250)
LIGHT_STATES = ("Menyala",) * 8 + ("Padam", "Perbaikan")


def surveys(now: datetime) -> int:
    """Return the number of the last half-year whose road survey has been delivered."""
    last = SEMESTER.number(now)
    while SEMESTER.start(last + 1) + timedelta(days=30 + SURVEYS_LATE_DAYS) > now:
        last -= 1
    return last


def _road(chance: Chance, number: int, survey: int) -> Row:
    about = ("jalan", number)
    seen = survey
    while seen > SEMESTER.number(at(date(2022, 1, 1))) and not chance.happens(RESURVEYED_SHARE, *about, seen):
        seen -= 1
    length = chance.whole(120, 2600, *about, "length")
    village = chance.pick(VILLAGES, *about, "place")
    name = f"{chance.pick(SHAPES_OF_NAMES, *about, 'kind')} {village.name} {number}"
    return (
        f"R-{number:03}",
        name,
        Decimal(length) + Decimal(chance.whole(0, 9, *about, "tenth")) / 10,
        chance.pick(CONDITIONS, *about, "condition", seen),
        chance.pick(SURFACES, *about, "surface"),
        str(SEMESTER.start(seen).year),
        _line(chance, village, number, length),
    )


def _line(chance: Chance, village: Village, number: int, length: int) -> str:
    turn = chance.unit("jalan", number, "turn") * 2 * math.pi
    points = []
    for step in range(4):
        far = length * step / 3 / 111_000
        bend = turn + 0.3 * chance.unit("jalan", number, "bend", step)
        points.append(
            [
                round(village.longitude + far * math.cos(bend), 5),
                round(village.latitude + far * math.sin(bend), 5),
            ]
        )
    return _geometry("LineString", points)


def _geometry(kind: str, coordinates: Any) -> str:
    return json.dumps({"coordinates": coordinates, "type": kind}, separators=(",", ":"))


def _roads(chance: Chance, now: datetime) -> list[Row]:
    survey = surveys(now)
    return [_road(chance, number, survey) for number in range(1, ROADS + 1)]


def _dress_road(row: Row, turn: int) -> Entry:
    number, name, length, condition, surface, year, line = row
    return {
        "NO_RUAS": number,
        "NM_RUAS": name,
        "PJG_M": plain(length),
        "KONDISI": condition,
        "PERKERASAN": surface,
        "THN_SURVEI": year,
        "SHAPE": line,
    }


def _light(chance: Chance, village: Village, number: int, slot: date) -> Row:
    about = ("pju", village.code, number)
    place = [
        round(axis + (chance.unit(*about, name) - 0.5) / 120, 5)
        for axis, name in ((village.longitude, "x"), (village.latitude, "y"))
    ]
    state = chance.pick(LIGHT_STATES, *about, slot)
    faults = chance.whole(1, 4, *about, "faults", slot) if state != "Menyala" else 0
    power = None if chance.happens(0.04, *about, "unknown") else Decimal(chance.pick(WATTS, *about, "watts"))
    point = _geometry("Point", place)
    pole = f"PJU-{village.code[6:].replace('.', '')}-{number:02}"
    return (slot - timedelta(days=slot.weekday()), pole, *village.cells, power, state, faults, point)


def _lights(chance: Chance, now: datetime) -> list[Row]:
    slot = last_slot(now, LIGHT_PHASE)
    return [
        _light(chance, village, number, slot)
        for village in VILLAGES
        for number in range(1, LIGHTS_PER_VILLAGE + 1)
    ]


def _dress_light(row: Row, turn: int) -> Entry:
    week, pole, area, (power, state, faults, point) = *row[:2], written(row[2:7], turn), row[7:]
    return {
        "MINGGU": milliseconds(week),
        "KODE": pole,
        **dict(zip(("KECAMATAN", "KELURAHAN", "KODE_BPS"), area, strict=True)),
        "DAYA": ("-" if turn % 2 else None) if power is None else str(power),
        "KEADAAN": state,
        "GANGGUAN": faults,
        "SHAPE": point,
    }


SOURCES = (
    Source(
        number=19,
        name="kondisi-ruas-jalan",
        title="Panjang Ruas Jalan Kota menurut Kondisi",
        owner="dpupr",
        path="peta/arcgis/rest/services/jalan/MapServer/0",
        endpoints=ENDPOINTS,
        columns=("id_ruas", "nama_ruas", "panjang_m", "kondisi", "perkerasan", "tahun_survei", "geometri"),
        content=Register(_roads, changes=("kondisi", "tahun_survei")),
        shape=MapLayer(
            _dress_road,
            fields=(
                *(("NO_RUAS", "String"), ("NM_RUAS", "String"), ("PJG_M", "Double"), ("KONDISI", "String")),
                *(("PERKERASAN", "String"), ("THN_SURVEI", "String")),
            ),
            geometry="esriGeometryPolyline",
            most=100,
            modern=False,
        ),
        touch="panjang_m",
        note="Survei diserahkan sekitar lima bulan terlambat; peladen lama tanpa halaman.",
    ),
    Source(
        number=20,
        name="lampu-penerangan-jalan",
        title="Jumlah Titik Lampu Penerangan Jalan dan Gangguannya menurut Kelurahan",
        owner="dishub",
        path="peta/arcgis/rest/services/lampu-jalan/FeatureServer/0",
        endpoints=ENDPOINTS,
        columns=("minggu", "kode_tiang", *VILLAGE_COLUMNS, "daya", "keadaan", "jumlah_gangguan", "geometri"),
        content=Register(_lights, changes=("minggu", "keadaan", "jumlah_gangguan")),
        shape=MapLayer(
            _dress_light,
            fields=(
                *(("MINGGU", "Date"), ("KODE", "String"), ("KECAMATAN", "String"), ("KELURAHAN", "String")),
                *(("KODE_BPS", "String"), ("DAYA", "String"), ("KEADAAN", "String"), ("GANGGUAN", "Integer")),
            ),
            most=200,
        ),
        touch="jumlah_gangguan",
        note="Seharusnya mingguan, tetapi berubah tidak teratur; daya berupa teks atau kosong.",
    ),
)
