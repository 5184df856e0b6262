"""Actions of the harvest room (harvesting.md 11); reads are side-effect free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.jambi.harvest.logic.action import (
    definitions,
    notify,
    quarantines,
    records,
    runs,
    sniffing,
    sources,
    targets,
)

ACTIONS: dict[str, Callable[..., Any]] = {
    name: each
    for module in (definitions, notify, quarantines, records, runs, sniffing, sources, targets)
    for name, each in vars(module).items()
    if name.startswith("jambi_")
}
