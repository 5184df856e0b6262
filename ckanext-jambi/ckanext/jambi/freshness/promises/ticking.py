"""The duty by the clock: the tables follow the log, and each day leaves its figures (F33, F40).

One run catches up with any time that passed without one. Running twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger, listing
from ckanext.jambi.freshness.model import item_dataset, organization_day, progress, score
from ckanext.jambi.freshness.promises import adopting, datasets, facts, figures, judging, selected, tables
from ckanext.jambi.freshness.promises.replay import World, at_instant, selector
from ckanext.jambi.freshness.rules.assessing import counts_at
from ckanext.jambi.ticks import Tick
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

CITY = "kota"
"""Stands in `organization_day` for all ranked organizations together."""
DAYS_AT_ONCE = 40
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('jambi_freshness_promises'))")
SUNDAY = 6


def run() -> None:
    """Bring items, obligations, scores and days to where the log and the clock are."""
    now = keep_up()
    while now and days(now, DAYS_AT_ONCE):
        model.Session.commit()


def keep_up() -> datetime | None:
    """Let all but the days follow the log; return the instant, or None where no rules are in force."""
    if not _has_rules():
        return None
    _wait_for_others()
    note_assignments()
    note_facts()
    selected.note(judging.known(packages=[]))
    model.Session.commit()
    _wait_for_others()
    now = clock.now()
    follow(now)
    model.Session.commit()
    return now


tick = Tick("freshness.promises", timedelta(seconds=60), run)


def follow(now: datetime) -> int:
    """Judge the items of which something changed since the last run; return how many."""
    _wait_for_others()
    before = _progress()
    end = ledger.head()
    keys = _affected(before, now)
    if keys:
        found = judging.known(now)
        everything = "*" in keys
        wanted = set(found.items) if everything else datasets.sharing(keys) & set(found.items)
        judged = list(judging.judge(found, wanted, now))
        tables.save(found, judged)
        datasets.follow(found, judged, everything=everything)
    tables.note(end.seq, now)
    return len(keys)


def rebuild() -> int:
    """Make the tables anew from the log, as of the last run; return how many items there are."""
    _wait_for_others()
    before = _progress()
    now = before.last_tick_at if before else clock.now()
    found = judging.known(now)
    tables.clear()
    judged = list(judging.judge(found, found.items, now))
    tables.save(found, judged)
    datasets.follow(found, judged, everything=True)
    tables.note(ledger.head().seq, now)
    while days(now, DAYS_AT_ONCE):
        pass
    return len(found.items)


def days(now: datetime, limit: int) -> int:
    """Write the figures of at most `limit` past days that have none yet; return how many."""
    _wait_for_others()
    written = model.Session.scalar(sa.select(sa.func.max(organization_day.c.day)))
    start = written + ONE_DAY if written else _first_day(now)
    if start is None:
        return 0
    wanted = min((civil_day(now) - start).days, limit)
    for n in range(max(wanted, 0)):
        _write_day(start + n * ONE_DAY)
    return max(wanted, 0)


def _first_day(now: datetime) -> date | None:
    items = judging.known(now, packages=[]).items.values()
    return min((civil_day(counts_at(each)) for each in items), default=None)


def note_assignments() -> None:
    """Write into the log which dataset stands for an item, once CKAN knows it."""
    found = judging.known(packages=[])
    wanted = [
        (key, each)
        for key, said in found.said.items()
        for each in said["datasets"]
        if not _is_assigned(found, key, each)
    ]
    ids = _package_ids({each["name"] for _, each in wanted})
    rows = [_assignment(found, key, each, ids[each["name"]]) for key, each in wanted if each["name"] in ids]
    adopting.write(rows)


def note_facts() -> None:
    """Write into the log what has changed of the facts of assigned datasets."""
    found = judging.known(packages=[])
    packages = {each.package_id for assigned in found.assigned.values() for each in assigned}
    changed = [
        (key, measured)
        for key, measured in sorted(facts.measure(packages).items())
        if found.facts.get(key) != measured
    ]
    adopting.write(
        [
            {"kind": "facts", "package_id": key, "detail": facts.as_detail(measured)}
            for key, measured in changed
        ]
    )


def _wait_for_others() -> None:
    """Let no two follow the log at once, until the transaction ends: a worker, `harvest run`, a person."""
    model.Session.execute(_LOCK)


def _has_rules() -> bool:
    return judging.known(packages=[]).law is not None


def _progress() -> Any:
    return model.Session.execute(sa.select(progress)).first()


def _affected(before: Any, now: datetime) -> set[str]:
    """Return the items to judge; `*` means all: the first run, a new day, new rules."""
    if before is None or civil_day(before.last_tick_at) != civil_day(now):
        return {"*"}
    new = judging.rows_since(before.last_seq)
    if new["kinds"] & {"policy", "calendar", "item", "retire", "portal_fault"}:
        return {"*"}
    of_packages = sa.select(item_dataset.c.item_id).where(item_dataset.c.package_id.in_(new["packages"]))
    passed = sa.select(score.c.item_id).where(score.c.next_at <= now)
    return new["items"] | set(model.Session.scalars(of_packages)) | set(model.Session.scalars(passed))


def _write_day(day: date) -> None:
    """Write what was known at the end of a day."""
    now = midnight(day + ONE_DAY)
    found = judging.known(now)
    law = found.law
    if law is None:
        return
    scoring = law.policy_at(now).scoring
    judged = at_instant(found, None, now)
    ranked = ranked_organizations()
    for key, assessed in figures.by_organization(judged).items():
        tables.put_day(key, day, _day_row(figures.of_items(assessed, scoring, now)))
    city = [each for each in judged if each.item.organization_id in ranked]
    tables.put_day(CITY, day, _day_row(figures.of_items(city, scoring, now)))
    if day.weekday() == SUNDAY:
        datasets.put_week(day, [(each, now) for each in judged])


def _day_row(found: Mapping[str, Any]) -> dict[str, Any]:
    copied = {name: found[name] for name in ("items", "open_overdue", "open_delinquent")}
    return {"index_value": found["index"], **copied}


def ranked_organizations() -> set[str]:
    """Return the ids of the organizations that are an OPD."""
    group = listing.group
    kind = sa.func.coalesce(group.c.extras["jenis_opd"].astext, "")
    query = sa.select(group.c.id).where(group.c.is_organization, kind.not_in(listing.UNRANKED_KINDS))
    return set(model.Session.scalars(query))


def _is_assigned(found: World, key: str, wanted: Mapping[str, Any]) -> bool:
    return any(
        (each.name, each.selector) == (wanted["name"], selector(wanted)) for each in found.assigned[key]
    )


def _package_ids(names: set[str]) -> dict[str, str]:
    table = model.Package.__table__
    query = sa.select(table.c.name, table.c.id).where(table.c.name.in_(names), table.c.state == "active")
    return {row.name: row.id for row in model.Session.execute(query)}


def _assignment(found: World, key: str, wanted: Mapping[str, Any], package_id: str) -> dict[str, Any]:
    return {
        "kind": "item",
        "item_id": key,
        "package_id": package_id,
        "organization_id": found.items[key].organization_id,
        "detail": {"event": "assign", "name": wanted["name"], "selector": selector(wanted)},
    }
