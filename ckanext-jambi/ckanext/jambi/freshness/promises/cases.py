"""Rows of exemptions, appeals, statements and portal faults become cases, one step a row. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ckanext.jambi.freshness.rules.cases import OBSERVATION, Case, Kind, Mark, Ruling, Step
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.spans import Span

LogRow = Mapping[str, Any]


def after(known: Case | None, row: LogRow) -> Case:
    """Return a case after one more row; without one before, the row is the asking."""
    step, mark = Step(row["detail"]["event"]), Mark(row["seq"], row["actor_id"], row["recorded_at"])
    if known is None or step is Step.ASK:
        return _asked(row, mark)
    if step is Step.WITHDRAW:
        return replace(known, withdrawn=mark)
    detail = row["detail"]
    ruling = Ruling(detail["outcome"])
    return replace(
        known, decided=mark, ruling=ruling, granted=interval(detail), waived=detail.get("waived", False)
    )


def events(known: Iterable[Case], package_ids: Sequence[str] = ()) -> tuple[Event, ...]:
    """Return what closes obligations of a dataset of an item and of its forerunners, or of none."""
    return tuple(each.event for each in known if each.event and each.package_id in (None, *package_ids))


def interval(detail: Mapping[str, Any]) -> Interval | None:
    """Return the time that a row names, if it does."""
    if not detail.get("from_at"):
        return None
    return Interval(datetime.fromisoformat(detail["from_at"]), datetime.fromisoformat(detail["to_at"]))


def _asked(row: LogRow, mark: Mark) -> Case:
    detail = row["detail"]
    named = detail.get("organizations")
    act = Act(detail["act"]) if "act" in detail else None
    at_once = act is Act.CONFIRMED  # of a named person, and nobody decides it (F25)
    return Case(
        id=detail["case"],
        kind=Kind(row["kind"]),
        asked=mark,
        item_id=row["item_id"],
        package_id=row["package_id"],
        organization_id=row["organization_id"],
        period=Span(row["period_start"], row["period_end"]) if row["period_start"] else None,
        interval=interval(detail),
        observation=detail.get(OBSERVATION),
        act=act,
        reason_code=detail.get("reason_code"),
        named=None if named is None else frozenset(named),
        decided=mark if at_once else None,
        ruling=Ruling.ACCEPTED if at_once else None,
    )
