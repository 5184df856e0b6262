"""The schema of definitions as a form needs it: only the keys that have an effect for a kind."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from jambi_harvesters import unsupported
from jambi_harvesters.definition import source_schema
from jambi_harvesters.kinds import installed


def titles() -> dict[str, Mapping[str, str]]:
    """Return the title of every installed kind in both languages."""
    return {name: point.load().title for name, point in sorted(installed().items())}


def for_kind(kind: str) -> dict[str, Any]:
    """Return the schema without the keys that a kind never looks at."""
    schema = copy.deepcopy(dict(source_schema()))
    for key in unsupported.NOT_FOR_KIND.get(kind, ()):
        _remove(schema, key.split("."))
    schema["properties"]["kind"]["enum"] = sorted(installed())
    return schema


def _remove(node: dict[str, Any], steps: Sequence[str]) -> None:
    inner = node.get("properties", {})
    if steps[0] not in inner:
        return
    if len(steps) > 1:
        _remove(inner[steps[0]], steps[1:])
    if len(steps) == 1 or inner[steps[0]].get("properties") == {}:
        del inner[steps[0]]
