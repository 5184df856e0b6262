"""The scoreboard of organizations by the states of their datasets. There is no index yet."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.theme.pages import states

FIELDS = ("rank", "organization", "title", "datasets", *states.ORDER, "share_on_time")
Row = dict[str, Any]


def page(sort: str = "") -> dict[str, Any]:
    """Return what the scoreboard shows, in the order the reader asked for."""
    placed = rows()
    totals = Counter[str]()
    for row in placed:
        totals.update(row["states"])
    order = sort if sort in ORDERS else "rank"
    return {
        "now": clock.today(),
        "rows": sorted(placed, key=ORDERS[order]),
        "sort": order,
        "totals": [(state, totals[state]) for state in states.ORDER],
        "datasets": sum(totals.values()),
    }


def rows() -> list[Row]:
    """Return one row an organization that publishes, ranked by the share of its datasets on time.

    Equal shares have one rank. Organizations that are no OPD come last and have none.
    """
    if not p.plugin_loaded("jambi_freshness"):
        return []
    found = tk.get_action("jambi_freshness_leaderboard_list")({}, {})["results"]
    return _ranked([_row(each) for each in found])


def rows_as_data() -> list[Row]:
    """Return the rows as flat records with the names of `FIELDS`."""
    return [
        {name: row["states"][name] if name in states.ORDER else row[name] for name in FIELDS}
        for row in rows()
    ]


def as_data() -> dict[str, Any]:
    """Return the scoreboard as data, with the instant it holds for."""
    return {"at": clock.now().isoformat(timespec="seconds"), "organizations": rows_as_data()}


def _row(counted: Row) -> Row:
    count, on_time = counted["datasets"], counted["on_time"]
    return {
        "organization": counted["name"],
        "title": short_title(counted["title"]),
        "datasets": count,
        "on_time": on_time,
        "share_on_time": round(on_time / count, 4) if count else None,
        "ranked": counted["ranked"],
        "states": counted["states"],
    }


def short_title(title: str) -> str:
    """Return an organization's name without the city, which every name here ends with."""
    return title.removesuffix(" Kota Jambi")


def _ranked(ordered: list[Row]) -> list[Row]:
    """Give each row its place; rows of an equal share have one place."""
    before: Row | None = None
    for place, row in enumerate(ordered, start=1):
        equal = before is not None and before["share_on_time"] == row["share_on_time"]
        row["rank"] = None if not row["ranked"] else before["rank"] if equal and before else place
        before = row
    return ordered


ORDERS = {
    "rank": lambda row: (row["rank"] is None, row["rank"] or 0),
    "name": lambda row: row["title"],
    "late": lambda row: (-row["states"]["overdue"] - row["states"]["delinquent"], row["title"]),
    "datasets": lambda row: (-row["datasets"], row["title"]),
}
