"""The board of all sources: how each stands, since when, and what it waits for (harvesting.md HV27)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme.pages.board import short_title
from ckanext.jambi.theme.pages.sources import words

HEALTH = ("mati", "terganggu", "sehat", "dijeda", "pensiun")
Source = Mapping[str, Any]


def page(organization: str, health: str) -> dict[str, Any]:
    """Return what the board shows, narrowed by the name of an organization and by health."""
    every = tk.get_action("jambi_source_list")({}, {})
    own = own_organizations()
    shown = [one for one in every if _fits(one, organization, health)]
    counts = Counter(one["health"] for one in every)
    return {
        "rows": [row(one) for one in sorted(shown, key=lambda one: _order(one, own))],
        "counts": [(words.health(code), code, counts[code]) for code in HEALTH if counts[code]],
        "total": len(every),
        "open": sum(one["open_quarantines"] for one in every),
        "organizations": _organizations(every),
        "organization": organization,
        "health": health,
        "may_add": bool(manageable("admin")),
    }


def row(source: Source) -> dict[str, Any]:
    """Return one source as the board writes it."""
    last = source["last_run"] or {}
    return {
        **source,
        "url": tk.h.url_for("jambi_sources.show", name=source["name"]),
        "badge": words.health(source["health"]),
        "agency": short_title(source["organization_title"] or source["organization"] or ""),
        "last": words.run(last["state"]) if last else None,
        "active": bool(last) and last["state"] not in words.ENDED,
        "last_run_id": last.get("id"),
    }


def own_organizations() -> frozenset[str]:
    """Return the names of the organizations whose sources the reader looks after."""
    return frozenset(one["name"] for one in manageable("update_dataset"))


def manageable(permission: str) -> list[dict[str, Any]]:
    """Return the organizations in which the reader has a permission, by title."""
    if not tk.current_user.is_authenticated:
        return []
    found = tk.get_action("organization_list_for_user")({}, {"permission": permission})
    return sorted(found, key=lambda one: one["title"])


def _fits(source: Source, organization: str, health: str) -> bool:
    return organization in ("", source["organization"]) and health in ("", source["health"])


def _order(source: Source, own: frozenset[str]) -> tuple[bool, bool, int, str]:
    """Own sources first, then those that wait for a decision, then the worst."""
    return (
        source["organization"] not in own,
        not (source["open_quarantines"] and source["organization"] in own),
        HEALTH.index(source["health"]) if source["health"] in HEALTH else len(HEALTH),
        source["title"],
    )


def _organizations(every: Sequence[Source]) -> list[tuple[str, str]]:
    named = {one["organization"]: short_title(one["organization_title"] or "") for one in every}
    return sorted(((name, title) for name, title in named.items() if name), key=lambda one: one[1])
