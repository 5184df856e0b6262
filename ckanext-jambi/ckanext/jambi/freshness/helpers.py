"""Template helpers of the freshness room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import report, search_dates, wording
from ckanext.jambi.freshness.rules.states import Look

__all__ = [
    "jambi_freshness",
    "jambi_freshness_facet_counts",
    "jambi_freshness_label",
    "jambi_freshness_many",
    "jambi_freshness_sentence",
]


def jambi_freshness(dataset_id: str) -> dict[str, Any] | None:
    """Return what `jambi_freshness_show` says of a dataset the page may show, None if unknown."""
    return jambi_freshness_many([dataset_id]).get(dataset_id)


def jambi_freshness_many(ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the reports of several datasets by their id, by one query."""
    return report.of(ids) if ids else {}


def jambi_freshness_sentence(dataset_id: str) -> str:
    """Return the sentence beside a dataset's badge; empty for what is no dataset."""
    found = jambi_freshness(dataset_id)
    return found["sentence"] if found else ""


def jambi_freshness_label(look: str) -> str:
    """Return the word of a state or look."""
    return wording.label(Look(look))


def jambi_freshness_facet_counts(search_params: Mapping[str, Any]) -> dict[str, int]:
    """Return how many datasets a search finds in each state: five row-less searches (F41).

    `search_params` are those of `package_search`; a filter by state in them is left out, so that
    the counts are those a reader could choose. They run under the reader's permissions.
    """
    search = tk.get_action("package_search")
    counted = search_dates.without_state(search_params) | {"rows": 0, "facet": "false"}
    return {
        name: search({}, counted | {"fq": f"{counted.get('fq') or ''} +jambi_state:{name}".strip()})["count"]
        for name in search_dates.NAMES
    }
