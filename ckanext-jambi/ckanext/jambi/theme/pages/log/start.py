"""Where the evidence log begins: its newest rows, of all or of one OPD, and how anybody checks it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import names
from ckanext.jambi.freshness.roots.publishing import NAME as ROOTS
from ckanext.jambi.theme.pages import organization
from ckanext.jambi.theme.pages.log import facts, told

ROWS = 25
Answer = dict[str, Any]


def page(name: str = "", before: int | None = None) -> Answer | None:
    """Return a page of rows, the newest first: of one OPD (its name), from before a number.

    None where there is no such OPD.
    """
    known = organization.every()
    chosen = next((each for each in known if each["name"] == name), None)
    if name and chosen is None:
        return None
    rows = _rows(chosen["id"] if chosen else None, before)
    shown = rows[:ROWS]
    return {
        "rows": _told(shown, {each["id"]: each["title"] for each in known}),
        "organizations": [(each["name"], each["title"]) for each in known],
        "chosen": chosen["name"] if chosen else "",
        "title": chosen["title"] if chosen else "",
        "before": before,
        "older": shown[-1]["seq"] if len(rows) > ROWS else None,
        "root": next(iter(tk.get_action("jambi_freshness_root_list")({}, {"limit": 1})["results"]), None),
        "roots": facts.dataset(ROOTS).href,
    }


def last() -> int:
    """Return the number of the newest row; 0 before there was one."""
    return next((each["seq"] for each in _listed(None, None, 1)), 0)


def _rows(organization_id: str | None, before: int | None) -> list[Answer]:
    """Return a page of rows and one more, by which one sees that there are older ones."""
    return _listed(organization_id, before, ROWS + 1)


def _listed(organization_id: str | None, before: int | None, limit: int) -> list[Answer]:
    asked: Answer = {"newest_first": True, "limit": limit}
    asked |= {"organization_id": organization_id} if organization_id else {}
    asked |= {} if before is None else {"before_seq": before}
    found = tk.get_action("jambi_freshness_observation_list")({}, asked)["results"]
    return [json.loads(each["payload"]) | {"row_hash": each["row_hash"]} for each in found]


def _told(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> list[Answer]:
    """Return rows in words, with what each is about."""
    items = names.items(each["item_id"] for each in rows)
    datasets = names.datasets(each["package_id"] for each in rows)
    return [
        {
            **{name: row[name] for name in ("seq", "recorded_at", "row_hash")},
            "headline": told.headline(row),
            "counts": told.counts(row),
            "owner": titles.get(row["organization_id"]),
            "item": items.get(row["item_id"]),
            "dataset": datasets.get(row["package_id"]),
        }
        for row in rows
    ]
