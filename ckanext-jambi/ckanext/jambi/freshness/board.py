"""The scoreboard: organizations by their index, with the states of their public datasets beside it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ckanext.jambi.freshness.listing import UNRANKED_KINDS
from ckanext.jambi.freshness.rules.states import State

ON_TIME = (State.FRESH, State.DUE)
FIGURES = (
    *("index", "stars", "band", "on_time_rate", "skipped", "items", "items_waiting"),
    *("open_overdue", "open_delinquent"),
)
"""What a row copies from the figures of its organization; nothing where no item was promised."""
Row = dict[str, Any]


def rows(
    organizations: Iterable[Mapping[str, Any]],
    counted: Iterable[Mapping[str, Any]],
    promised: Mapping[str, Mapping[str, Any]],
    trends: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Row]:
    """Return a row for each organization in order, ranked by the index.

    Those that are equal to the tenth, as the index is shown, share a rank.

    `counted` holds a count for each organization and state, `promised` the figures of those that
    promised something, `trends` earlier days of their index, oldest first.
    """
    found = {each["id"]: _empty(each) for each in organizations}
    for each in counted:
        found[each["id"]]["states"][each["state"]] = each["datasets"]
    for row in found.values():
        row["datasets"] = sum(row["states"].values())
        row["on_time"] = sum(row["states"][state] for state in ON_TIME)
        row.update({name: promised.get(row["id"], {}).get(name) for name in FIGURES})
        row["trend"] = list(trends.get(row["id"], ()))
        row["change"] = change(row["index"], row["trend"])
    return _ranked(sorted(found.values(), key=_place))


def ordered(placed: Sequence[Row], sort: str) -> list[Row]:
    """Return rows in one of `ORDERS`; those that are equal stay in the order of their rank."""
    return sorted(placed, key=ORDERS[sort])


def change(index: float | None, trend: Sequence[Mapping[str, Any]]) -> float | None:
    """Return by how much an index moved since the last day of its trend that is `month_old`."""
    before = [each["index"] for each in trend if each["month_old"] and each["index"] is not None]
    return None if index is None or not before else round(index - before[-1], 6)


def _empty(each: Mapping[str, Any]) -> Row:
    return {
        "id": each["id"],
        "name": each["name"],
        "title": each["title"],
        "kind": each["kind"],
        "ranked": each["kind"] not in UNRANKED_KINDS,
        "states": {state.value: 0 for state in State},
    }


def _place(row: Row) -> tuple[bool, bool, float, Fraction, int, str]:
    share = Fraction(row["on_time"], row["datasets"]) if row["datasets"] else Fraction(0)
    return not row["ranked"], row["index"] is None, -_shown(row), -share, -row["datasets"], row["name"]


def _ranked(ordered: list[Row]) -> list[Row]:
    before: Row | None = None
    for place, row in enumerate(ordered, start=1):
        row["rank"] = None
        if row["ranked"] and row["index"] is not None:
            row["rank"] = before["rank"] if before and _shown(before) == _shown(row) else place
        before = row
    return ordered


def _shown(row: Row) -> float:
    return round(row["index"] or 0.0, 1)


def _low(value: float | None) -> float:
    return -1.0 if value is None else value


ORDERS: Mapping[str, Callable[[Row], Any]] = {
    "rank": lambda row: 0,
    "weakest": lambda row: (row["index"] is None, row["index"] or 0),
    "name": lambda row: row["title"],
    "on_time": lambda row: -_low(row["on_time_rate"]),
    "change": lambda row: (row["change"] is None, row["change"] or 0),
    "open": lambda row: -(row["open_overdue"] or 0),
    "late": lambda row: -row["states"]["overdue"] - row["states"]["delinquent"],
    "datasets": lambda row: -row["datasets"],
}
"""Orders of the board; `rows` gives them ranked."""
