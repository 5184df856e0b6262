"""The release calendar: what comes when, by month; as a page, as CSV and for calendars (F49)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.jambi import clock, day_words
from ckanext.jambi.clock import WIB
from ckanext.jambi.theme.pages import proof, words
from ckanext.jambi.theme.pages.board import short_title

FIELDS = (
    *("last_day", "code", "title", "organization", "dataset"),
    *("frequency", "period_start", "period_end", "delivered"),
    *proof.FIELDS,
)
Row = dict[str, Any]
Owner = tuple[str, str]
"""Title and name of an organization."""


def page(chosen: Owner) -> dict[str, Any]:
    """Return the releases by the month of their last day; of one organization, or of all."""
    found, (_, organization) = answer(), chosen
    listed = rows(found)
    owners = {(each["owner"], each["organization"]) for each in listed} | (
        {chosen} if organization else set()
    )
    shown = [each for each in listed if organization in ("", each["organization"])]
    return {
        "stamp": found if "as_of" in found else None,
        "now": clock.today(),
        "organization": organization,
        "owners": sorted(owners),
        "months": [
            (day_words.month(first, tk.h.lang()), list(found))
            for first, found in groupby(shown, lambda each: each["last_day"].replace(day=1))
        ],
        "count": len(shown),
    }


def owner(name: str) -> Owner:
    """Return title and name of the organization that is asked for, both empty for all.

    Raises:
        ObjectNotFound: if there is no organization of this name.
    """
    if not name:
        return "", ""
    found = tk.get_action("organization_show")({}, {"id": name, "include_dataset_count": False})
    return found["display_name"], found["name"]


def answer() -> dict[str, Any]:
    """Return what the freshness room says; nothing where that room is absent."""
    if not p.plugin_loaded("jambi_freshness"):
        return {"results": []}
    return tk.get_action("jambi_freshness_release_list")({}, {})


def rows(found: Mapping[str, Any], organization: str = "") -> list[Row]:
    """Return the releases ahead, of one organization or of all, the earliest first."""
    return [_row(each) for each in found["results"] if organization in ("", each["organization"])]


def rows_as_data(found: Mapping[str, Any], organization: str) -> list[Row]:
    """Return the releases as flat records with the names of `FIELDS`; each says by what it stands (F5)."""
    said = proof.columns(found)
    return [{name: (row | said)[name] for name in FIELDS} for row in rows(found, organization)]


def _row(each: Mapping[str, Any]) -> Row:
    deadline = words.instant(each["overdue_at"])
    first, last = (date.fromisoformat(each[name]) for name in ("period_start", "period_end"))
    return {
        **each,
        "last_day": (deadline - timedelta(seconds=1)).astimezone(WIB).date() if deadline else last,
        "owner": short_title(each["organization_title"]),
        "period": day_words.span(first, last, tk.h.lang()),
        "often": words.label("frekuensi", each["frequency"]),
    }
