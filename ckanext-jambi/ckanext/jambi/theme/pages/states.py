"""Freshness as the pages read it: one seam to the freshness room, silent where that room is absent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

ORDER = ("fresh", "due", "overdue", "delinquent", "unknown")
ON_TIME = ("fresh", "due")
AT_ONCE = 1000

State = dict[str, Any]


def of(ids: Sequence[str]) -> dict[str, State]:
    """Return the freshness of several datasets by their id."""
    return tk.h.jambi_freshness_many(list(ids)) if ids and p.plugin_loaded("jambi_freshness") else {}


def every(**narrowed: str) -> list[State]:
    """Return the freshness of all public datasets, narrowed by organization or state."""
    if not p.plugin_loaded("jambi_freshness"):
        return []
    found: list[State] = []
    while True:
        query = narrowed | {"limit": AT_ONCE, "offset": len(found)}
        answer = tk.get_action("jambi_freshness_list")({}, query)
        found += answer["results"]
        if not answer["results"] or len(found) >= answer["count"]:
            return found


def label(look: str) -> str:
    """Return the word of a state or look (freshness specification, section 4)."""
    return tk.h.jambi_freshness_label(look) if p.plugin_loaded("jambi_freshness") else look


def counts(search_params: dict[str, Any]) -> dict[str, int]:
    """Return how many datasets a search finds in each state."""
    if not p.plugin_loaded("jambi_freshness"):
        return {}
    return tk.h.jambi_freshness_facet_counts(search_params)
