"""Which kinds of source are installed: entry points of the group `jambi.sources` (harvesting.md HV08)."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

GROUP = "jambi.sources"


@cache
def installed() -> dict[str, EntryPoint]:
    """Return the entry points by kind; nothing is imported."""
    return {point.name: point for point in entry_points(group=GROUP)}


def installed_kinds() -> frozenset[str]:
    """Return the names of the installed kinds."""
    return frozenset(installed())
