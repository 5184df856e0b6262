"""The cards "Kota hari ini": a number with unit, date, source and freshness, drawn from the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

from ckanext.jambi import clock
from ckanext.jambi.theme import charts, formats, tables
from ckanext.jambi.theme.pages import figures, states

KEPT = 16
Card = dict[str, Any]
Record = Mapping[str, Any]


@cache
def plan() -> dict[str, dict[str, Any]]:
    """Return what each card reads."""
    return yaml.safe_load((Path(__file__).parents[1] / "today.yaml").read_text(encoding="utf-8"))


def cards() -> list[Card]:
    """Return the cards that can be filled now, in the order of the page."""
    found = _datasets([each["dataset"] for each in plan().values()])
    known = states.of([each["id"] for each in found.values()])
    return [card | {"state": known.get(card["dataset"]["id"])} for card in _drawn(found)]


_kept: dict[Hashable, list[Card]] = {}
"""Cards by language, minute and state of their datasets: reading some thousand rows costs 200 ms."""


def _drawn(found: Mapping[str, Any]) -> list[Card]:
    versions = tuple(sorted((each["id"], each["metadata_modified"]) for each in found.values()))
    key = (tk.h.lang(), clock.now().replace(second=0, microsecond=0), versions)
    if key not in _kept:
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = [card for draw in CARDS if (card := draw(found))]
    return _kept[key]


def _datasets(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    query = {"fq": f"name:({' OR '.join(names)})", "rows": len(names), "facet": "false"}
    found = tk.get_action("package_search")({}, query)
    return {each["name"]: each for each in found["results"]}


def _rows(
    found: Mapping[str, Any], card: str, sort: str, limit: int, fields: Sequence[str]
) -> tuple[Any, list[Record]]:
    """Return the card's dataset and the newest rows of its table; no rows when there is none."""
    dataset = found.get(plan()[card]["dataset"])
    resource = tables.main_resource(dataset) if dataset else None
    rows = tables.read(resource, limit=limit, sort=sort, fields=fields, total=False) if resource else None
    return dataset, list(rows.records) if rows else []


def river(found: Mapping[str, Any]) -> Card | None:
    """Return the level of the river now, its curve and the limits of alarm."""
    dataset, rows = _rows(found, "river", "waktu desc", 100, ["waktu", "pos", "tinggi_muka_air"])
    known = [row for row in rows if formats.as_decimal(row.get("tinggi_muka_air")) is not None]
    if not known:
        return None
    newest = known[0]
    place = [row for row in reversed(rows) if row.get("pos") == newest.get("pos")]
    shown = figures.since(place, "waktu", timedelta(days=plan()["river"]["days"]))
    return {
        "kind": "river",
        "dataset": dataset,
        "place": newest.get("pos"),
        "value": newest["tinggi_muka_air"],
        "at": newest["waktu"],
        "alarm": figures.alarm(newest["tinggi_muka_air"], plan()["river"]["limits"]),
        "change": figures.change(place, "waktu", "tinggi_muka_air", timedelta(hours=24)),
        "chart": _river_chart(shown),
        "rows": list(reversed(shown)),
    }


def _river_chart(rows: Sequence[Record]) -> charts.Line:
    values = [figures.as_float(row.get("tinggi_muka_air")) for row in rows]
    limits = plan()["river"]["limits"]
    return charts.line(
        values,
        limits=river_limits(),
        ticks=[
            (index, _tick(rows[index]["waktu"])) for index in figures.first_of_days(rows, "waktu", every=4)
        ],
        steps=[
            (step, f"{formats.number(step, tk.h.lang(), 1)} m")
            for step in charts.nice_steps([*values, *limits.values()])
            if step < min(limits.values()) - 0.3
        ],
    )


def river_limits() -> list[charts.Limit]:
    """Return the limits of alarm of the gauge, ready to be drawn."""
    named = plan()["river"]["limits"]
    return [
        charts.Limit(level, f"Siaga {name} · {formats.number(level, tk.h.lang(), 2)} m", rank=len(name))
        for name, level in named.items()
    ]


def prices(found: Mapping[str, Any]) -> Card | None:
    """Return today's mean price of some goods over all markets, with change and trend."""
    dataset, rows = _rows(
        found, "prices", "tanggal desc", 1000, ["tanggal", "pasar", "komoditas", "harga", "satuan"]
    )
    rows = [row for row in rows if formats.as_decimal(row.get("harga")) is not None]
    if not rows:
        return None
    newest = str(rows[0]["tanggal"])
    goods = figures.goods(rows, newest, plan()["prices"])
    markets = {row.get("pasar") for row in rows if str(row["tanggal"]) == newest}
    return {"kind": "prices", "dataset": dataset, "at": newest, "goods": goods, "markets": len(markets)}


def beds(found: Mapping[str, Any]) -> Card | None:
    """Return how many beds are empty now, and how that moved over the last day."""
    dataset, rows = _rows(
        found, "beds", "waktu desc", 400, ["waktu", "rumah_sakit", "kelas", "kapasitas", "kosong"]
    )
    rows = [row for row in rows if formats.as_decimal(row.get("kosong")) is not None]
    if not rows:
        return None
    newest = rows[0]["waktu"]
    now = [row for row in rows if row["waktu"] == newest]
    by_time = figures.sums(rows, "waktu", "kosong")[-24:]
    return {
        "kind": "beds",
        "dataset": dataset,
        "at": newest,
        "value": _total(now, "kosong"),
        "capacity": _total(now, "kapasitas"),
        "hospitals": sorted({str(row.get("rumah_sakit")) for row in now}),
        "named": [(kind, figures.of_kind(now, "kelas", kind, "kosong")) for kind in plan()["beds"]["named"]],
        "spark": charts.spark([value for _, value in by_time]),
        "rows": by_time,
    }


def weather(found: Mapping[str, Any]) -> Card | None:
    """Return the rain of the last day at the gauge, and the forecast for the next hours."""
    gauge, readings = _rows(found, "river", "waktu desc", 100, ["waktu", "curah_hujan"])
    dataset, forecast = _rows(
        found, "weather", "waktu_lokal desc", 2000, ["waktu_terbit", "waktu_lokal", "suhu", "keadaan"]
    )
    rain = figures.rain_by_day(readings, plan()["weather"]["days"])
    next_hours = figures.next_forecast(forecast, clock.today())
    if not rain and not next_hours:
        return None
    return {
        "kind": "weather",
        "dataset": dataset if next_hours else gauge,
        "gauge": gauge,
        "at": next_hours["issued"] if next_hours else readings[0]["waktu"],
        "rain": figures.rain_last_day(readings),
        "bars": charts.bars([value for _, value in rain]),
        "rows": rain,
        "forecast": next_hours,
    }


def complaints(found: Mapping[str, Any]) -> Card | None:
    """Return the complaints of the newest month, and how many of them were settled."""
    dataset, rows = _rows(
        found, "complaints", "periode desc", 20000, ["periode", "kategori", "masuk", "selesai"]
    )
    months = figures.sums(rows, "periode", "masuk")[-plan()["complaints"]["months"] :]
    if not months:
        return None
    newest, value = months[-1]
    current = [row for row in rows if str(row.get("periode")) == newest]
    return {
        "kind": "complaints",
        "dataset": dataset,
        "at": newest,
        "value": value,
        "settled": _total(current, "selesai"),
        "topic": _commonest(current, "kategori", "masuk"),
        "bars": charts.bars([total for _, total in months]),
        "rows": months,
    }


def _total(rows: Sequence[Record], column: str) -> int:
    return int(sum(figures.as_float(row.get(column)) or 0 for row in rows))


def _commonest(rows: Sequence[Record], kind: str, column: str) -> tuple[str, int] | None:
    """Return the kind with the largest sum of a column, and that sum."""
    counted: Counter[str] = Counter()
    for row in rows:
        counted[str(row.get(kind))] += int(figures.as_float(row.get(column)) or 0)
    return counted.most_common(1)[0] if counted else None


def _tick(value: Any) -> str:
    found = formats.parse(value)
    return formats.day(found, tk.h.lang(), "tick") if isinstance(found, date | datetime) else ""


CARDS: tuple[Callable[[Mapping[str, Any]], Card | None], ...] = (river, prices, beds, weather, complaints)
