"""The Daftar Data as a list: what each OPD has promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages import organization as organizations
from ckanext.jambi.theme.pages import words


def page(organization: str) -> dict[str, Any]:
    """Return the items of an organization (its name), or of all, by code."""
    rows = tk.get_action("jambi_freshness_item_list")({}, {})
    titles = {each["name"]: each["title"] for each in organizations.every()}
    names = sorted({row["organization"] for row in rows}, key=lambda name: titles.get(name, name))
    chosen = organization if organization in names else ""
    shown = [_told(row, titles) for row in rows if chosen in ("", row["organization"])]
    keeps = bool(tk.h.check_access("jambi_freshness_item_update"))
    return {
        "rows": shown,
        "organizations": [(name, titles.get(name, name)) for name in names],
        "chosen": chosen,
        "keeps": keeps,
    }


def _told(row: dict[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    owner = titles.get(row["organization"], row["organization"])
    return {**row, "owner": owner, "how_often": words.label("frekuensi", row["frequency"])}
