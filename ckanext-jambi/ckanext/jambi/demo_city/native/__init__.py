"""Systems that hold no dataset of the demo catalogue, so that every kind of source has one to speak to.

Each answers at a prefix; what it says is made of the true rows of the city, so that a test can tell what a
connector must find. `SYSTEMS` lists them all; the index page and docs/demo-city.md name them.
"""

from __future__ import annotations

from . import feature_service, office_site, price_board, province_portal, statistics
from .system import Asked, Reply, System

__all__ = ["SYSTEMS", "Asked", "Reply", "System", "find"]

SYSTEMS: tuple[System, ...] = (
    feature_service.SYSTEM,
    office_site.SYSTEM,
    price_board.SYSTEM,
    province_portal.SYSTEM,
    statistics.SYSTEM,
)


def find(path: str) -> System | None:
    """Return the system that answers at a path."""
    return next((system for system in SYSTEMS if path.startswith(system.prefix)), None)
