"""The small sums behind the cards of the front page. Pure: rows and `now` in, plain values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from ckanext.jambi import day_words
from ckanext.jambi.clock import WIB
from ckanext.jambi.theme import charts, formats

Record = Mapping[str, Any]


def as_float(value: object) -> float | None:
    """Return a number, or None for a missing reading or a suppressed cell."""
    amount = formats.as_decimal(value)
    return None if amount is None else float(amount)


def when(value: object) -> datetime | None:
    """Return the instant of a row in WIB."""
    found = formats.parse(value)
    if isinstance(found, datetime):
        return day_words.local(found)
    return datetime(found.year, found.month, found.day, tzinfo=WIB) if isinstance(found, date) else None


def since(rows: Sequence[Record], column: str, span: timedelta) -> list[Record]:
    """Return the rows (oldest first) of the last `span` before the newest."""
    newest = when(rows[-1][column]) if rows else None
    if newest is None:
        return []
    return [row for row in rows if (at := when(row[column])) and newest - at <= span]


def alarm(level: object, limits: Mapping[str, float]) -> dict[str, Any]:
    """Return the alarm in force (None below all limits) and the distance in cm to the next limit."""
    value = as_float(level) or 0.0
    rising = sorted(limits.items(), key=lambda each: each[1])
    reached = [name for name, limit in rising if value >= limit]
    above = next(((name, limit) for name, limit in rising if value < limit), None)
    return {
        "name": reached[-1] if reached else None,
        "next": above[0] if above else None,
        "distance_cm": round((above[1] - value) * 100) if above else None,
    }


def change(rows: Sequence[Record], time: str, column: str, back: timedelta) -> int | None:
    """Return the change in cm against the reading `back` earlier, or None where none was near."""
    stated = [(when(row[time]), as_float(row.get(column))) for row in rows]
    known = [(at, value) for at, value in stated if at and value is not None]
    if len(known) < 2:
        return None
    newest, value = known[-1]
    at, before = min(known[:-1], key=lambda each: abs((newest - each[0]) - back))
    return round((value - before) * 100) if abs((newest - at) - back) <= timedelta(hours=3) else None


def first_of_days(rows: Sequence[Record], column: str, every: int) -> list[int]:
    """Return the indices at which each `every`-th day begins."""
    days: dict[date, int] = {}
    for index, row in enumerate(rows):
        at = when(row[column])
        if at:
            days.setdefault(at.date(), index)
    return list(days.values())[::every]


def sums(rows: Sequence[Record], key: str, column: str) -> list[tuple[str, float]]:
    """Return the sum of `column` for each value of `key`, in the key's order."""
    totals: dict[str, float] = {}
    for row in rows:
        value = as_float(row.get(column))
        if value is not None and row.get(key) is not None:
            totals[str(row[key])] = totals.get(str(row[key]), 0.0) + value
    return sorted(totals.items())


def of_kind(rows: Sequence[Record], column: str, kind: str, value: str) -> int | None:
    """Return the sum of `value` over the rows of one kind, None where there is no such row."""
    found = [as_float(row.get(value)) for row in rows if str(row.get(column)).upper().split()[-1:] == [kind]]
    known = [each for each in found if each is not None]
    return int(sum(known)) if known else None


def means(rows: Sequence[Record], key: str, column: str) -> dict[str, float]:
    """Return the mean of `column` for each value of `key`."""
    grouped: dict[str, list[float]] = {}
    for row in rows:
        value = as_float(row.get(column))
        if value is not None:
            grouped.setdefault(str(row[key]), []).append(value)
    return {name: sum(values) / len(values) for name, values in sorted(grouped.items())}


def goods(rows: Sequence[Record], newest: str, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the mean price of the first goods of the plan on `newest`, with change and trend."""
    names = sorted({str(row["komoditas"]) for row in rows if str(row["tanggal"]) == newest})
    ordered = sorted(names, key=lambda name: (_rank(name, plan["first"]), name))
    return [_good(name, rows, plan["days"]) for name in _one_of_each(ordered, plan["first"])[: plan["most"]]]


def _rank(name: str, first: Sequence[str]) -> int:
    return next((place for place, word in enumerate(first) if word in name.lower()), len(first))


def _one_of_each(names: Sequence[str], first: Sequence[str]) -> list[str]:
    """Keep one good of each word of the plan, so that five kinds of rice do not fill the card."""
    seen: set[int] = set()
    kept = []
    for name in names:
        rank = _rank(name, first)
        if rank == len(first) or rank not in seen:
            kept.append(name)
        seen.add(rank)
    return kept


def _good(name: str, rows: Sequence[Record], days: int) -> dict[str, Any]:
    own = [row for row in rows if str(row["komoditas"]) == name]
    trend = list(means(own, "tanggal", "harga").values())[-days:]
    before = trend[-2] if len(trend) > 1 else None
    return {
        "name": name,
        "unit": next((str(row["satuan"]).lower() for row in own if row.get("satuan")), "kg"),
        "price": _rounded(trend[-1]),
        "change": None if before is None else _rounded(trend[-1]) - _rounded(before),
        "days": len(trend),
        "spark": charts.spark(trend, width=72, height=22),
    }


def _rounded(price: float) -> int:
    """Round a mean price to 50 rupiah, the smallest step in which markets quote."""
    return round(price / 50) * 50


def rain_by_day(rows: Sequence[Record], days: int) -> list[tuple[str, float]]:
    """Return the rain of each of the last `days` days, oldest first."""
    totals: dict[str, float] = {}
    for row in rows:
        at, value = when(row.get("waktu")), as_float(row.get("curah_hujan"))
        if at and value is not None:
            totals[at.date().isoformat()] = totals.get(at.date().isoformat(), 0.0) + value
    return sorted(totals.items())[-days:]


def rain_last_day(rows: Sequence[Record]) -> float | None:
    """Return the rain of the 24 hours up to the newest reading."""
    stated = [(when(row.get("waktu")), as_float(row.get("curah_hujan"))) for row in rows]
    known = [(at, value) for at, value in stated if at and value is not None]
    if not known:
        return None
    newest = max(at for at, _ in known)
    return round(sum(value for at, value in known if newest - at < timedelta(hours=24)), 1)


def next_forecast(rows: Sequence[Record], now: datetime) -> dict[str, Any] | None:
    """Return what the forecast says for the next hour it names: the commonest sky, the warmth from-to."""
    coming = [(at, row) for row in rows if (at := when(row.get("waktu_lokal"))) and at >= now]
    if not coming:
        return None
    at = min(each for each, _ in coming)
    current = [row for each, row in coming if each == at]
    issued = max(str(row.get("waktu_terbit") or "") for row in current)
    return {"at": at, "issued": issued, "sky": _commonest_sky(current), **_warmth(current)}


def _commonest_sky(rows: Sequence[Record]) -> str:
    skies = Counter(str(row["keadaan"]) for row in rows if row.get("keadaan"))
    return skies.most_common(1)[0][0] if skies else ""


def _warmth(rows: Sequence[Record]) -> dict[str, int | None]:
    """Return the lowest and the highest temperature in whole degrees."""
    known = [value for row in rows if (value := as_float(row.get("suhu"))) is not None]
    return {"low": round(min(known)), "high": round(max(known))} if known else {"low": None, "high": None}
