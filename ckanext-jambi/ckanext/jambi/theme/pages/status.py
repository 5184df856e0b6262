"""The page that tells how the portal stands now (web.md 3)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.theme import formats
from ckanext.jambi.theme.pages.sources import words

SILENT_SECONDS = 300
LATE_SECONDS = 300


def page() -> dict[str, Any]:
    """Return what the page shows."""
    found = tk.get_action("jambi_live_status_show")({}, {})
    return {
        "at": found["at"],
        "engine": found["engine"],
        "verdict": _verdict(found["engine"]),
        "sources": [(words.health(code), count) for code, count in found["sources"].items() if count],
        "total": sum(found["sources"].values()),
        "events": found["events"],
        "latency": [_latency(one) for one in found["latency"]],
    }


def _verdict(engine: dict[str, Any]) -> dict[str, str]:
    """Return look and word of the engine: whether somebody works, and nothing waits too long."""
    silent, oldest = engine["silent_seconds"], engine["oldest_waiting_seconds"]
    if silent is None or silent > SILENT_SECONDS:
        return {"state": "delinquent", "label": tk._("No data is being harvested now")}
    if oldest is not None and oldest > LATE_SECONDS:
        return {"state": "due", "label": tk._("Harvests are late")}
    return {"state": "fresh", "label": tk._("Data is being harvested as planned")}


def _latency(one: dict[str, Any]) -> dict[str, Any]:
    ways = {
        "push": tk._("sent by the source"),
        "ping": tk._("by a message of the source"),
        "poll": tk._("asked by the portal"),
    }
    return {
        "way": ways[one["way"]],
        "runs": one["runs"],
        "median": _seconds(one["median_seconds"]),
        "p95": _seconds(one["p95_seconds"]),
    }


def _seconds(value: float) -> str:
    return tk._("{seconds} s").format(seconds=formats.number(round(value, 1), tk.h.lang()))
