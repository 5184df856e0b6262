"""Appeals against one row of evidence that earned nothing; upheld, a further row lets it count (F29).

Nothing is edited: the further row repeats what was seen and when, and stands in the reckoning at the place of
the row that it repeats. So it closes what that row would have closed, as if it had counted at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import dates, standing
from ckanext.jambi.freshness.decisions.desk import Actor, Desk, Row, of_item
from ckanext.jambi.freshness.decisions.words import Words
from ckanext.jambi.freshness.errors import DecisionError
from ckanext.jambi.freshness.evidence import PERIOD_AT
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import adopting, judging
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.reports import records
from ckanext.jambi.freshness.rules.cases import OBSERVATION, Case, Kind, last_instant
from ckanext.jambi.freshness.rules.credit import Reason
from ckanext.jambi.freshness.rules.items import Item
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.spans import ROWS_IN
from ckanext.jambi.working_days import ONE_DAY, civil_day

DISPUTABLE = frozenset(Reason) - {Reason.NEW_CONTENT, Reason.NO_CONTENT}
"""Why content earned nothing; what shows that a source answers was never to earn anything."""
_REPEATED = (
    *("kind", "package_id", "resource_id", "item_id", "organization_id"),
    *("content_hash", "hash_method", "row_count"),
)


def ask(seq: int, words: Words, actor: Actor) -> Row:
    """File an appeal against a row of evidence.

    Raises:
        DecisionError: if there is no such row, it counts or was never to count, no item is owed on its
            dataset, an appeal was filed before, or the days for it are over.
    """
    desk = Desk()
    row = _row(seq)
    item = _item(desk.world, row)
    if row is None or item is None or row["detail"].get("credit") not in DISPUTABLE:
        text = tk._("Row {seq} is no evidence that was refused credit, or no item is owed on its dataset.")
        raise DecisionError(OBSERVATION, text.format(seq=seq))
    _require_open(desk, row)
    about = of_item(item) | {"package_id": row["package_id"]}
    made = desk.ask(Kind.APPEAL, about, {OBSERVATION: seq}, words, actor)
    decide_by = last_instant(desk.now, desk.policy.procedure.decision_days, desk.calendar)
    return made | {"decide_by": iso(decide_by)}


def witnesses(case: Case) -> set[str]:
    """Return who brought the evidence in question."""
    row = _row(case.observation or 0)
    return {row["actor_id"]} if row and row["actor_id"] else set()


def credit(case: Case, actor: Actor) -> str | None:
    """Let the evidence of an upheld appeal count from when it was seen; it covers no day after that.

    Returns:
        str | None: the dataset, if its state follows.
    """
    row = _row(case.observation or 0)
    if row is None:
        return None
    seen_at = min(row["valid_at"], row["recorded_at"])
    last = min(row["period_end"], civil_day(seen_at)) if row["period_end"] else None
    first = row["period_start"] if last and row["period_start"] and row["period_start"] <= last else None
    detail = {name: row["detail"][name] for name in (ROWS_IN, PERIOD_AT) if name in row["detail"]}
    detail |= {"credit": Reason.NEW_CONTENT.value, OBSERVATION: row["seq"], "appeal": case.id}
    made = {name: row[name] for name in _REPEATED}
    made |= {"period_start": first, "period_end": last, "valid_at": seen_at, "detail": detail}
    (seq,) = adopting.write([made], actor)
    return _advance({**made, "seq": seq}) if row["item_id"] is None else None


def disputes(rows: Sequence[Mapping[str, Any]]) -> dict[int, Row]:
    """Return of rows that were refused credit the appeal against each, or until when one may come."""
    asked = [row for row in rows if row["detail"].get("credit") in DISPUTABLE]
    found = judging.known(packages=[]) if asked else World()
    if found.law is None:
        return {}
    drafts, now = records.drafts(), clock.now()
    known = {each.observation: each for of_item in found.cases.values() for each in of_item.values()}
    return {
        row["seq"]: _dispute(known.get(row["seq"]), _until(row, found.law, drafts, now), now)
        for row in asked
        if _item(found, row)
    }


def _dispute(case: Case | None, until: datetime, now: datetime) -> Row:
    if case is None:
        return {"appeal": None, "appeal_until": iso(until) if until > now else None}
    outcome = case.ruling.value if case.ruling else None
    return {
        "appeal": {"id": case.id, "status": case.status.value, "outcome": outcome},
        "appeal_until": None,
    }


def _require_open(desk: Desk, row: Mapping[str, Any]) -> None:
    """Let an appeal come once, within the days after the row, or after a draft told of its time."""
    known = (each for of_item in desk.world.cases.values() for each in of_item.values())
    earlier = next((each for each in known if each.observation == row["seq"]), None)
    if earlier:
        text = tk._("An appeal against this was filed on {at} (row {seq} of the log).")
        raise DecisionError(
            OBSERVATION, text.format(at=dates.moment(earlier.asked.at), seq=earlier.asked.seq)
        )
    until = _until(row, desk.law, records.drafts(), desk.now)
    if desk.now >= until:
        text = tk._("The last day for an appeal was {day}.")
        raise DecisionError(OBSERVATION, text.format(day=dates.day(civil_day(until) - ONE_DAY)))


def _until(row: Mapping[str, Any], law: Law, drafts: Sequence[records.Row], now: datetime) -> datetime:
    """Return until when an appeal may come."""
    days, at = law.policy_at(now).procedure.appeal_days, row["recorded_at"]
    reported = records.objected_until(row["organization_id"], at, drafts)
    until = last_instant(at, days, law.calendar_at(now))
    return max(until, reported) if reported else until


def _item(found: World, row: Mapping[str, Any] | None) -> Item | None:
    """Return the item that the evidence serves: its own, or the first that stands on the dataset."""
    if row is None:
        return None
    standing_for = [
        found.items[key]
        for key, assigned in found.assigned.items()
        if any(row["package_id"] in each.package_ids for each in assigned) and row["item_id"] in (None, key)
    ]
    return min(standing_for, key=lambda each: each.code, default=None)


def _row(seq: int) -> Mapping[str, Any] | None:
    return model.Session.execute(sa.select(log).where(log.c.seq == seq)).mappings().first()


def _advance(row: Mapping[str, Any]) -> str | None:
    """Let the state of the dataset follow, unless newer evidence counted meanwhile."""
    key = row["package_id"]
    known = standing.load([key]).get(key)
    if known is None:
        return None
    place = model.Session.scalar(sa.select(standing.place).where(log.c.seq == known.evidence_seq))
    if place is not None and place > row["detail"][OBSERVATION]:
        return None
    last = max(filter(None, (known.period_end, row["period_end"])), default=None)
    counted = {"evidence_seq": row["seq"], "evidence_kind": row["kind"], "evidence_at": row["valid_at"]}
    standing.save({key: known}, [replace(known, **counted, period_end=last)])
    return str(key)
