"""How the index comes about, by the numbers of the policy in force (F23, F24)."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness.rules.index import Band
from ckanext.jambi.freshness.wording import band


def in_force() -> dict[str, Any] | None:
    """Return the numbers of the policy in force; None before one was adopted.

    `bands` are pairs of the lowest index and the word, the best first; `below` is the word of all others.
    """
    if not p.plugin_loaded("jambi_freshness"):
        return None
    try:
        found = tk.get_action("jambi_freshness_policy_show")({}, {})
    except tk.ObjectNotFound:
        return None
    score = found["body"]["score"]
    *named, last = Band
    return {
        **score["parts"],
        **score["index"],
        "trailing_days": score["trailing_days"],
        "bands": [(lowest, band(each)) for lowest, each in zip(score["bands"], named, strict=True)],
        "below": band(last),
        "version": found["version"],
        "seq": found["seq"],
    }
