"""The front page: the city today, topics, what changed, who is on time, the portal in numbers."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi import clock
from ckanext.jambi.metadata import topics as groups
from ckanext.jambi.theme.pages import board, search, today, words

CHANGES = 6
ENDS = 3


def page() -> dict[str, Any]:
    """Return everything that the front page shows."""
    newest = tk.get_action("package_search")(
        {}, {"rows": CHANGES, "sort": "metadata_modified desc", "facet.field": ["organization", "groups"]}
    )
    found = board.answer()
    rows = board.rows(found)
    return {
        "now": clock.today(),
        "cards": today.cards(),
        "topics": topics(newest["search_facets"]),
        "changes": search.results(newest["results"]),
        "board": {**_ends(rows), "stamp": board.stamp(found)},
        "numbers": _numbers(newest, rows),
    }


def topics(facets: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return all topics with the number of their datasets, as the city orders them."""
    if facets is None:
        found = tk.get_action("package_search")({}, {"rows": 0, "facet.field": ["groups"]})
        facets = found["search_facets"]
    counts = {each["name"]: each["count"] for each in facets.get("groups", {}).get("items", [])}
    return [
        {"name": name, "title": words.topic(name, title), "count": counts.get(name, 0)}
        for name, title in groups.titles()
    ]


def _ends(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return both ends of the ranking; of the shares on time where nobody has an index yet."""
    placed = [row for row in rows if row["rank"]]
    listed = placed or [row for row in rows if row["datasets"]]
    return {
        "by_index": bool(placed),
        "head": listed[:ENDS],
        "tail": listed[ENDS:][-ENDS:],
        "between": max(0, len(listed) - 2 * ENDS),
    }


def _numbers(found: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    organizations = found["search_facets"].get("organization", {}).get("items", [])
    return {
        "datasets": found["count"],
        "organizations": len(organizations),
        "judged": sum(row["datasets"] for row in rows),
        "on_time": sum(row["on_time"] for row in rows),
    }
