"""What the harvest room says of sources, asked by its actions, which may be absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.routing import BuildError

# The page of a source, in the order of preference: rooms above this one may be absent.
_PAGES = (("jambi_sources.show", "name"), ("harvest.read", "id"))
_BOARDS = ("jambi_sources.index", "harvest.search")


@dataclass(frozen=True, slots=True)
class About:
    """A source and who is to be told of it."""

    id: str
    name: str
    title: str
    organization_id: str
    health: str
    down_since: datetime | None
    last_good_at: datetime | None
    to: list[str]
    on: list[str]
    digest: str


def about(source_id: str) -> About | None:
    """Return what is known of a source; None if it is gone, or nobody harvests here."""
    try:
        shown = _ask("jambi_source_notify_show", id=source_id)
    except (KeyError, tk.ObjectNotFound):
        return None
    for name in ("down_since", "last_good_at"):
        shown[name] = datetime.fromisoformat(shown[name]) if shown[name] else None
    return About(**shown)


def everyone() -> list[About]:
    """Return all sources that are polled or paused, by name."""
    try:
        rows = _ask("jambi_source_list")
    except KeyError:
        return []
    found = (about(row["id"]) for row in rows if row["state"] != "retired")
    return [one for one in found if one is not None]


def waiting(source_id: str) -> int:
    """Return how many change sets of a source wait for a decision."""
    try:
        rows = _ask("jambi_quarantine_list", source_id=source_id, limit=1000)
    except (KeyError, tk.ObjectNotFound):
        return 0
    return sum(row["state"] == "open" for row in rows)


def page(name: str) -> str:
    """Return the address of a source's page."""
    return _url([(endpoint, {parameter: name}) for endpoint, parameter in _PAGES])


def board() -> str:
    """Return the address of the list of sources."""
    return _url([(endpoint, {}) for endpoint in _BOARDS])


def _ask(name: str, **data: Any) -> Any:
    return tk.get_action(name)({"ignore_auth": True, "user": ""}, data)


def _url(pages: Sequence[tuple[str, dict[str, str]]]) -> str:
    for endpoint, values in pages:
        try:
            return tk.url_for(endpoint, qualified=True, **values)
        except BuildError:
            continue
    return tk.config["ckan.site_url"]
