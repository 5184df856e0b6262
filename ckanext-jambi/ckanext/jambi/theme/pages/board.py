"""The scoreboard of organizations: their index, its year, and the states of their datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.freshness import stamps, wording
from ckanext.jambi.freshness.board import ORDERS
from ckanext.jambi.freshness.promises.quarters import interval
from ckanext.jambi.freshness.rules.index import Band
from ckanext.jambi.theme import charts, formats
from ckanext.jambi.theme.pages import proof, states, words
from ckanext.jambi.working_days import ONE_DAY, midnight

FIGURES = ("index", "stars", "band", "on_time_rate", "change", "open_overdue", "skipped", "items")
BY_RANK = "rank"
_STAMP = ("policy_version", "calendar_version", "log")
FIELDS = (
    "rank",
    "organization",
    "title",
    "datasets",
    *states.ORDER,
    "share_on_time",
    *FIGURES,
    "index_at",
    *proof.RULES,
)
SUNDAY = 6
Row = dict[str, Any]


def page(found: Mapping[str, Any], sort: str, period: str = "", band: str = "") -> dict[str, Any]:
    """Return what the scoreboard shows: of a period and a band; `sort` is the order that its rows have."""
    placed = rows(found)
    totals = sum((Counter(row["states"]) for row in placed), Counter[str]())
    chosen = band if band in list(Band) else ""
    return {
        "period": period,
        "over": _is_over(period),
        "quarters": quarters(clock.today().date()),
        "band": chosen,
        "now": clock.today(),
        "index_at": found["index_as_of"],
        "city": found["city"],
        "stamp": stamp(found),
        **_parted([row for row in placed if chosen in ("", row["band"])]),
        "bands": _bands(placed),
        "rows": [row for row in placed if row["datasets"]],
        "sort": sort,
        "totals": [(state, totals[state]) for state in states.ORDER],
        "datasets": sum(totals.values()),
    }


def _is_over(period: str) -> bool:
    return bool(period) and interval(period).end <= clock.now()


def _bands(placed: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Return each band with its word and the number of ranked organizations in it."""
    return [(band.value, wording.band(band), _in_band(placed, band)) for band in Band]


def quarters(today: date) -> list[tuple[str, str]]:
    """Return the last four quarters that are over, the newest first: name and words."""
    newest = today.year * 4 + (today.month - 1) // 3 - 1
    names = [f"{n // 4}-Q{n % 4 + 1}" for n in range(newest, newest - 4, -1)]
    return [(name, words.period(name)) for name in names]


def _parted(listed: Sequence[Row]) -> dict[str, list[Row]]:
    """Part the ranked ones from those that are no OPD and those whose items do not count yet."""
    return {
        "placed": [row for row in listed if row["rank"]],
        "beside": [row for row in listed if not row["ranked"] and row["index"] is not None],
        "waiting": [row for row in listed if row["index"] is None and row["items_waiting"]],
    }


def order(asked: str) -> str:
    """Return the order that a reader asked for, or the usual one where there is none of this name."""
    return asked if asked in ORDERS else BY_RANK


def stamp(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return by which rules and on which log the board stands (F5)."""
    return {"as_of": found["index_as_of"], **{name: found["city"].get(name) for name in _STAMP}}


def answer(period: str = "", sort: str = BY_RANK) -> dict[str, Any]:
    """Return what the freshness room says, now or of a period; nothing where that room is absent.

    Raises:
        ValidationError: if `period` names none.
    """
    if not p.plugin_loaded("jambi_freshness"):
        return {"results": [], "city": {"index": None}, "index_as_of": clock.now().isoformat()}
    asked = {"sort": sort} | ({"period": period} if period else {})
    return tk.get_action("jambi_freshness_leaderboard_list")({}, asked)


def rows(found: Mapping[str, Any]) -> list[Row]:
    """Return one row an organization that publishes or promised something, in the order of the board."""
    return [_row(each) for each in found["results"]]


def rows_as_data(found: Mapping[str, Any]) -> list[Row]:
    """Return the rows as flat records with the names of `FIELDS`; each says by which rules it stands."""
    said = proof.columns(stamp(found)) | {"index_at": found["index_as_of"]}
    return [
        {name: row["states"][name] if name in states.ORDER else (row | said)[name] for name in FIELDS}
        for row in rows(found)
    ]


def as_data(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scoreboard as data, with the instants it holds for."""
    return {
        "at": clock.now().isoformat(timespec="seconds"),
        "index_at": found["index_as_of"],
        "organizations": rows_as_data(found),
    }


@dataclass(frozen=True)
class Week:
    """The board at the end of a week, in words."""

    day: date
    ended_at: datetime
    text: str
    proof: str


def weeks(found: Mapping[str, Any]) -> list[Week]:
    """Return the weeks of a year that are over, the newest first; what is told of one never changes."""
    by_day: dict[date, list[tuple[str, float]]] = {}
    for row in found["results"]:
        for point in row["trend"]:
            day = date.fromisoformat(point["day"])
            if row["ranked"] and point["index"] is not None and day.weekday() == SUNDAY:
                by_day.setdefault(day, []).append((short_title(row["title"]), point["index"]))
    city = {each["day"]: each["index"] for each in found["city"].get("trend", [])}
    known = stamps.at_end_of(by_day)
    return [
        Week(
            day,
            midnight(day + ONE_DAY),
            _told(city.get(day.isoformat()), by_day[day]),
            proof.sentence(known[day]),
        )
        for day in sorted(by_day, reverse=True)
    ]


def _told(city: float | None, indexes: Sequence[tuple[str, float]]) -> str:
    lang = tk.h.lang()
    listed = "; ".join(
        f"{title} {formats.number(index, lang, 1)}"
        for title, index in sorted(indexes, key=lambda each: (-each[1], each[0]))
    )
    whole = tk._("City: {index}.").format(index=formats.number(city, lang, 1)) if city is not None else ""
    return f"{whole} {listed}.".strip()


def _row(counted: Row) -> Row:
    count, on_time = counted["datasets"], counted["on_time"]
    return {
        "organization": counted["name"],
        "title": short_title(counted["title"]),
        "share_on_time": round(on_time / count, 4) if count else None,
        "spark": spark(counted["trend"], counted["index"]),
        "since": next((each for each in counted["trend"] if each["index"] is not None), None),
        **{name: counted[name] for name in _COPIED},
    }


_COPIED = (*FIGURES, "rank", "ranked", "items_waiting", "open_delinquent", "datasets", "on_time", "states")


def spark(trend: Sequence[Mapping[str, Any]], index: float | None) -> charts.Spark | None:
    """Draw the weeks of an index and its value now."""
    return charts.spark([*(each["index"] for each in trend), index], width=110, height=26)


def band_place(band: str) -> int:
    """Return the place of a band, 1 for the best."""
    return list(Band).index(Band(band)) + 1


def short_title(title: str) -> str:
    """Return an organization's name without the city, which every name here ends with."""
    return title.removesuffix(" Kota Jambi")


def _in_band(placed: Sequence[Row], band: str) -> int:
    return sum(row["rank"] is not None and row["band"] == band for row in placed)
