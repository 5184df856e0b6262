"""The scoreboard in its first form: organizations by the states of their datasets. There is no index yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from ckanext.jambi.freshness.listing import UNRANKED_KINDS
from ckanext.jambi.freshness.rules.states import State

ON_TIME = (State.FRESH, State.DUE)
Row = dict[str, Any]


def rows(counted: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Turn a count for each organization and state into a row for each organization, in order."""
    found: dict[str, Row] = {}
    for each in counted:
        row = found.setdefault(each["id"], _empty(each))
        row["states"][each["state"]] = each["datasets"]
    for row in found.values():
        row["datasets"] = sum(row["states"].values())
        row["on_time"] = sum(row["states"][state] for state in ON_TIME)
    return sorted(found.values(), key=_place)


def _empty(each: Mapping[str, Any]) -> Row:
    return {
        "id": each["id"],
        "name": each["name"],
        "title": each["title"],
        "kind": each["kind"],
        "ranked": each["kind"] not in UNRANKED_KINDS,
        "datasets": 0,
        "on_time": 0,
        "states": {state.value: 0 for state in State},
    }


def _place(row: Row) -> tuple[bool, Fraction, int, str]:
    return not row["ranked"], -Fraction(row["on_time"], row["datasets"]), -row["datasets"], row["name"]
