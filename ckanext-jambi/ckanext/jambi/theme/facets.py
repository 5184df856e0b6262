"""Which facets the search page offers, and the words of their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages import states, words
from ckanext.jambi.theme.pages.board import short_title


def titles() -> dict[str, str]:
    """Return the index fields that are facets, each with its title, in the order of the page."""
    return {
        "organization": tk._("Organization"),
        "groups": tk._("Topic"),
        "res_format": tk._("Format"),
        "frekuensi": tk._("Update frequency"),
        "tingkat_penyajian": tk._("Level of detail"),
    }


STATE = "kemutakhiran"
"""The parameter that narrows a search by freshness; the freshness room turns it into dates."""


def value_label(field: str, item: Mapping[str, Any]) -> str:
    """Return the word that stands for a facet's value."""
    if field == "organization":
        return short_title(str(item.get("display_name") or item["name"]))
    if field == STATE:
        return states.label(str(item["name"]))
    if field == "groups":
        return words.topic(str(item["name"]), str(item.get("display_name") or item["name"]))
    if field in ("frekuensi", "tingkat_penyajian"):
        return words.label(field, item["name"])
    return str(item.get("display_name") or item["name"])
