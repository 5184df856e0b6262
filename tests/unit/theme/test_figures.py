"""The sums behind the cards of the front page."""

from __future__ import annotations

from datetime import datetime, timedelta

from ckanext.jambi.clock import WIB
from ckanext.jambi.theme.pages import figures

LIMITS = {"III": 13.87, "II": 14.37, "I": 14.87}


def reading(day: int, hour: int, level: float | None, rain: float | None = 0.0) -> dict:
    time = f"2026-11-{day:02}T{hour:02}:00:00+07:00"
    return {"waktu": time, "pos": "Tanggo Rajo", "tinggi_muka_air": level, "curah_hujan": rain}


def test_level_below_all_limits_names_the_distance_to_the_next():
    assert figures.alarm(13.61, LIMITS) == {"name": None, "next": "III", "distance_cm": 26}


def test_level_between_limits_names_both():
    assert figures.alarm("14.40", LIMITS) == {"name": "II", "next": "I", "distance_cm": 47}


def test_level_above_all_limits_has_no_next():
    assert figures.alarm(15, LIMITS) == {"name": "I", "next": None, "distance_cm": None}


def test_change_compares_with_the_reading_a_day_before():
    rows = [reading(22, 18, 13.4), reading(23, 6, 13.5), reading(23, 18, None), reading(24, 6, 13.61)]
    assert figures.change(rows, "waktu", "tinggi_muka_air", timedelta(hours=24)) == 11


def test_change_is_unknown_where_no_reading_is_near():
    rows = [reading(20, 6, 13.5), reading(24, 6, 13.61)]
    assert figures.change(rows, "waktu", "tinggi_muka_air", timedelta(hours=24)) is None


def test_since_keeps_the_last_days_only():
    rows = [reading(day, 6, 13.0) for day in range(1, 25)]
    kept = figures.since(rows, "waktu", timedelta(days=14))
    assert (kept[0]["waktu"][:10], kept[-1]["waktu"][:10]) == ("2026-11-10", "2026-11-24")


def test_sum_leaves_out_suppressed_cells_and_orders_by_period():
    rows = [
        {"p": "2026-10", "n": "7"},
        {"p": "2026-09", "n": 1},
        {"p": "2026-10", "n": None},
        {"p": None, "n": 9},
    ]
    assert figures.sums(rows, "p", "n") == [("2026-09", 1.0), ("2026-10", 7.0)]


def test_kinds_of_beds_are_told_apart_by_their_last_word():
    rows = [{"kelas": "Kelas III", "kosong": 4}, {"kelas": "III", "kosong": 2}, {"kelas": "II", "kosong": 9}]
    assert figures.of_kind(rows, "kelas", "III", "kosong") == 6
    assert figures.of_kind(rows, "kelas", "ICU", "kosong") is None


def test_rain_of_the_last_day_ends_with_the_newest_reading():
    rows = [reading(23, 6, 13.0, 50.0), reading(23, 18, 13.0, 2.5), reading(24, 6, 13.0, 16.0)]
    assert figures.rain_last_day(rows) == 18.5
    assert figures.rain_by_day(rows, 14) == [("2026-11-23", 52.5), ("2026-11-24", 16.0)]
    assert figures.rain_last_day([]) is None


def test_forecast_names_the_commonest_sky_of_the_next_hour():
    now = datetime(2026, 11, 24, 7, 10, tzinfo=WIB)
    rows = [
        {"waktu_lokal": "2026-11-24T06:00:00+07:00", "keadaan": "Cerah", "suhu": 20, "waktu_terbit": "x"},
        {
            "waktu_lokal": "2026-11-24T09:00:00+07:00",
            "keadaan": "Hujan Ringan",
            "suhu": "24.4",
            "waktu_terbit": "a",
        },
        {
            "waktu_lokal": "2026-11-24T09:00:00+07:00",
            "keadaan": "Hujan Ringan",
            "suhu": 26,
            "waktu_terbit": "b",
        },
        {"waktu_lokal": "2026-11-24T12:00:00+07:00", "keadaan": "Cerah", "suhu": 33, "waktu_terbit": "b"},
    ]
    found = figures.next_forecast(rows, now)
    assert found is not None
    assert (found["sky"], found["low"], found["high"], found["issued"]) == ("Hujan Ringan", 24, 26, "b")
    assert figures.next_forecast(rows[:1], now) is None


def test_card_of_prices_takes_one_good_of_each_word_of_the_plan():
    plan = {"first": ["beras", "cabai"], "most": 3, "days": 14}
    rows = [
        {"tanggal": day, "komoditas": name, "harga": price, "satuan": "Kg"}
        for day, extra in (("2026-11-22", 0), ("2026-11-23", 100))
        for name, price in (
            ("Beras Medium", 13000 + extra),
            ("Beras Premium", 15000),
            ("Cabai", 40000),
            ("Tahu", 9000),
        )
    ]
    found = figures.goods(rows, "2026-11-23", plan)
    assert [each["name"] for each in found] == ["Beras Medium", "Cabai", "Tahu"]
    assert (found[0]["price"], found[0]["change"], found[0]["unit"]) == (13100, 100, "kg")
