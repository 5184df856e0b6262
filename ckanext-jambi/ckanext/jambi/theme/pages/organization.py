"""The page of one organization, and the list of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages import board, search, states, words


def page(organization: Mapping[str, Any], found: Any) -> dict[str, Any]:
    """Return what an organization's page shows: its datasets with states, sources, contact."""
    counts = Counter(each["state"] for each in states.every(organization_id=organization["id"]))
    return {
        "title": board.short_title(str(organization.get("title") or organization["name"])),
        "count": found.item_count or 0,
        "states": [(state, counts[state]) for state in states.ORDER if counts[state]],
        "judged": sum(counts.values()),
        "on_time": sum(counts[state] for state in states.ON_TIME),
        "results": search.results(found.items),
        "pages": search.pager(found),
        "sources": sources(organization),
        "affairs": words.labels("urusan", organization.get("urusan")),
    }


def sources(organization: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the systems from which the organization's data comes, and whether they answer."""
    if not p.plugin_loaded("jambi_harvest"):
        return []
    found = tk.get_action("jambi_source_list")({}, {"organization_id": organization["id"]})
    return [
        {"title": each["name"], "last_complete_at": each["last_complete_at"], **_health(each)}
        for each in found
    ]


def _health(source: Mapping[str, Any]) -> dict[str, str]:
    if source["failures"]:
        return {"look": "overdue", "state": tk._("Does not answer")}
    if source["last_complete_at"]:
        return {"look": "fresh", "state": tk._("Answers")}
    return {"look": "unknown", "state": tk._("Not harvested yet")}


def index() -> list[dict[str, Any]]:
    """Return all organizations that publish, with the number of their datasets, by name."""
    found = tk.get_action("package_search")(
        {}, {"rows": 0, "facet.field": ["organization"], "facet.limit": -1}
    )
    counts = {each["name"]: each["count"] for each in found["search_facets"]["organization"]["items"]}
    listed = [
        {"name": each["name"], "title": each["title"], "count": counts.get(each["name"], 0)}
        for each in every()
    ]
    return sorted(listed, key=lambda each: (not each["count"], each["title"]))


def every() -> list[dict[str, Any]]:
    """Return each organization, by title and with its `title` without the city.

    CKAN gives organizations with all their fields only so many at a time, 25 unless it is set otherwise.
    """
    found: list[dict[str, Any]] = []
    asked = {"all_fields": True, "include_dataset_count": False}
    while some := tk.get_action("organization_list")({}, {**asked, "offset": len(found)}):
        found += some
    return [{**each, "title": board.short_title(each["title"] or each["name"])} for each in found]
