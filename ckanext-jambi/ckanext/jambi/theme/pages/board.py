"""The scoreboard of organizations by the states of their datasets. There is no index yet."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.theme.pages import states

FIELDS = ("rank", "organization", "title", "datasets", *states.ORDER, "share_on_time")
Row = dict[str, Any]


def page(sort: str = "") -> dict[str, Any]:
    """Return what the scoreboard shows, in the order the reader asked for."""
    ranked = rows()
    totals = Counter[str]()
    for row in ranked:
        totals.update(row["states"])
    order = sort if sort in ORDERS else "rank"
    return {
        "now": clock.today(),
        "rows": sorted(ranked, key=ORDERS[order]),
        "sort": order,
        "totals": [(state, totals[state]) for state in states.ORDER],
        "datasets": sum(totals.values()),
    }


def rows() -> list[Row]:
    """Return one row an organization that publishes, ranked by the share of its datasets on time.

    Organizations of which nothing can be judged stand last; equal shares are ordered by the number
    of datasets and then by name, and share a rank when share and number are equal.
    """
    counts: dict[str, Counter[str]] = {}
    for each in states.every():
        counts.setdefault(str(each["organization_id"]), Counter())[each["state"]] += 1
    known = {each["id"]: each for each in _organizations()} if counts else {}
    found = [_row(known[key], states_of) for key, states_of in counts.items() if key in known]
    return _ranked(sorted(found, key=_place))


def rows_as_data() -> list[Row]:
    """Return the rows as flat records with the names of `FIELDS`."""
    return [
        {name: row["states"][name] if name in states.ORDER else row[name] for name in FIELDS}
        for row in rows()
    ]


def as_data() -> dict[str, Any]:
    """Return the scoreboard as data, with the instant it holds for."""
    return {"at": clock.now().isoformat(timespec="seconds"), "organizations": rows_as_data()}


def _organizations() -> list[dict[str, Any]]:
    query = {"all_fields": True, "include_dataset_count": False, "limit": 1000}
    return tk.get_action("organization_list")({}, query)


def _row(organization: dict[str, Any], counts: Counter[str]) -> Row:
    judged = sum(counts.values()) - counts["unknown"]
    on_time = sum(counts[state] for state in states.ON_TIME)
    return {
        "organization": organization["name"],
        "title": short_title(organization["title"]),
        "datasets": sum(counts.values()),
        "judged": judged,
        "on_time": on_time,
        "share_on_time": round(on_time / judged, 4) if judged else None,
        "states": {state: counts[state] for state in states.ORDER},
    }


def short_title(title: str) -> str:
    """Return an organization's name without the city, which every name here ends with."""
    return title.removesuffix(" Kota Jambi")


def _place(row: Row) -> tuple[Any, ...]:
    share = row["share_on_time"]
    return (share is None, -(share or 0), -row["judged"], row["title"])


def _ranked(ordered: list[Row]) -> list[Row]:
    for place, row in enumerate(ordered):
        before = ordered[place - 1] if place else None
        same = before and _place(before)[:3] == _place(row)[:3]
        row["rank"] = (
            None if row["share_on_time"] is None else before["rank"] if same and before else place + 1
        )
    return ordered


ORDERS = {
    "rank": _place,
    "name": lambda row: row["title"],
    "late": lambda row: (-row["states"]["overdue"] - row["states"]["delinquent"], row["title"]),
    "datasets": lambda row: (-row["datasets"], row["title"]),
}
