"""The duty by the clock: the tables follow the log, and each day leaves its figures (F33, F40).

One run catches up with any time that passed without one. Running twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness import ledger, policies
from ckanext.jambi.freshness.model import item, item_dataset, organization_day, progress, score
from ckanext.jambi.freshness.promises import (
    adopting,
    datasets,
    entries,
    facts,
    figures,
    holding,
    judging,
    scoreboard,
    selected,
    snapshots,
    tables,
)
from ckanext.jambi.freshness.promises.entries import Entry
from ckanext.jambi.freshness.promises.places import selector
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules.assessing import counts_at
from ckanext.jambi.freshness.rules.scoring import Facts
from ckanext.jambi.ticks import Tick
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

DAYS_AT_ONCE, ITEMS_AT_ONCE = 40, 1_000
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('jambi_freshness_promises'))")
SUNDAY = 6


def run() -> None:
    """Bring items, obligations, scores and days to where the log and the clock are."""
    now = keep_up()
    while now and days(now, DAYS_AT_ONCE):
        model.Session.commit()
    if now:
        scoreboard.keep(now)
        model.Session.commit()


def keep_up() -> datetime | None:
    """Let all but the days follow the log; return the instant, or None where no rules are in force.

    Every step is committed by itself, so that whoever observes waits for a part and not for all.
    """
    if not _has_rules():
        return None
    _wait_for_others()
    note_facts(note_assignments())
    selected.note(judging.known(packages=[]))
    model.Session.commit()
    now, end = _known_until()
    before = _progress()
    for wanted in _batches(_affected(before, now)):
        _wait_for_others()
        _follow(wanted, now)
        model.Session.commit()
    if before and _has_another_policy(before.last_tick_at, now):
        _follow_policy()
    _wait_for_others()
    tables.note(end.seq, now)
    model.Session.commit()
    return now


tick = Tick("freshness.promises", timedelta(seconds=60), run)


def _known_until() -> tuple[datetime, ledger.Head]:
    """Return now and the end of the log by then; what is recorded later is new next time.

    Whoever recorded before has committed, so that no row comes later to a day that is written.
    """
    ledger.lock()
    now = clock.now()
    end = ledger.head_at(now)
    model.Session.commit()
    return now, end


def _follow(keys: Collection[str], now: datetime) -> None:
    """Let the tables of items and of their datasets follow the log."""
    found, wanted = _loaded(datasets.sharing(keys), now)
    before = datasets.of_items(wanted)
    judged = list(holding.judge(found, wanted, now))
    tables.save(found, judged)
    datasets.follow(found, judged, before)


def _loaded(keys: Collection[str], now: datetime) -> tuple[World, list[str]]:
    """Return what is known of items, and which of them there are."""
    rules = judging.known(now, packages=[])
    wanted = sorted(set(keys) & set(rules.items))
    packages = {one for key in wanted for each in rules.assigned[key] for one in each.package_ids}
    return judging.known(now, packages=sorted(packages)), wanted


def _batches(keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
    left = iter(sorted(keys))
    while taken := tuple(islice(left, ITEMS_AT_ONCE)):
        yield taken


def rebuild() -> int:
    """Make the tables anew from the log, as of the last run; return how many items there are."""
    _wait_for_others()
    before = _progress()
    now = before.last_tick_at if before else clock.now()
    gone = datasets.kept()
    tables.clear()
    keys = judging.known(now, packages=[]).items
    for wanted in _batches(keys):
        found, known = _loaded(wanted, now)
        tables.save(found, list(holding.judge(found, known, now)))
        gone -= datasets.of_items(known)
    for wanted in _batches(keys):
        _follow(wanted, now)
    datasets.follow(judging.known(now, packages=[]), [], gone)
    tables.note(ledger.head_at(now).seq, now)
    while days(now, DAYS_AT_ONCE):
        pass
    scoreboard.keep(now)
    return len(keys)


def days(now: datetime, limit: int) -> int:
    """Write the figures of at most `limit` past days that have none yet; return how many."""
    _wait_for_others()
    written = model.Session.scalar(sa.select(sa.func.max(organization_day.c.day)))
    start = written + ONE_DAY if written else _first_day(now)
    if start is None:
        return 0
    wanted = min((civil_day(now) - start).days, limit)
    for n in range(max(wanted, 0)):
        write_day(start + n * ONE_DAY)
    return max(wanted, 0)


def _first_day(now: datetime) -> date | None:
    items = judging.known(now, packages=[]).items.values()
    return min((civil_day(counts_at(each)) for each in items), default=None)


def note_assignments() -> list[str]:
    """Write into the log which dataset stands for an item, once CKAN knows it; return the datasets.

    A dataset that is gone stands for its item until another one bears its name.
    """
    found = judging.known(packages=[])
    wanted = [*found.unassigned(), *found.named(datasets.gone())]
    ids = _package_ids({each["name"] for _, each in wanted}) if wanted else {}
    rows = [_assignment(found, key, each, ids[each["name"]]) for key, each in wanted if each["name"] in ids]
    adopting.write(rows)
    return [row["package_id"] for row in rows]


def note_facts(assigned: Collection[str] = ()) -> None:
    """Write into the log what has changed of the facts of assigned datasets, those just assigned included."""
    found = judging.known(packages=[])
    described = {*assigned, *facts.stale()}
    measured = facts.measure(sorted(described)) | facts.measure_rows(_with_new_rows(found, described))
    adopting.write(
        [
            {"kind": "facts", "package_id": key, "detail": facts.as_detail(each)}
            for key, each in sorted(measured.items())
            if found.facts_at(key) != each
        ]
    )


def _with_new_rows(found: World, described: Collection[str]) -> dict[str, Facts]:
    """Return what is held of the datasets with new rows in the log, but for those that are measured whole."""
    before = _progress()
    new = judging.rows_since(before.last_seq)["packages"] if before else set()
    held = {key: found.facts_at(key) for key in new if key not in described}
    return {key: each for key, each in held.items() if each}


def _wait_for_others() -> None:
    """Let no two follow the log at once, until the transaction ends: a worker, `harvest run`, a person."""
    model.Session.execute(_LOCK)


def _has_rules() -> bool:
    return judging.known(packages=[]).law is not None


def _follow_policy() -> None:
    at: str | None = ""
    while at is not None:
        at = datasets.follow_policy(at)
        model.Session.commit()


def _has_another_policy(before: datetime, now: datetime) -> bool:
    is_another = policies.hash_at(before).is_distinct_from(policies.hash_at(now))
    return bool(model.Session.scalar(sa.select(is_another)))


def _progress() -> Any:
    return model.Session.execute(sa.select(progress)).first()


def _affected(before: Any, now: datetime) -> set[str]:
    """Return the items to judge: of which rows speak, of which a boundary passed; all at first, by new rules.

    A score ends with its day, so that all are judged after midnight.
    """
    new = judging.rows_since(before.last_seq) if before else {"kinds": set(judging.OF_ALL)}
    if new["kinds"].intersection(judging.OF_ALL):
        return set(judging.known(now, packages=[]).items)
    of_packages = sa.select(item_dataset.c.item_id).where(item_dataset.c.package_id.in_(new["packages"]))
    of_owners = sa.select(item.c.id).where(item.c.organization_id.in_(new["owners"]))
    passed = sa.select(score.c.item_id).where(score.c.next_at <= now)
    asked = [of_packages, of_owners, passed]
    if before.last_tick_at > now:  # the clock of a demonstration was set back
        asked.append(sa.select(score.c.item_id).where(score.c.score_at > now))
    return new["items"] | {key for query in asked for key in model.Session.scalars(query)}


def write_day(day: date) -> None:
    """Write what was known at the end of a day, some organizations at a time."""
    now = midnight(day + ONE_DAY)
    law = judging.law(now)
    if law is None:
        return
    scoring, ranked, city = law.policy_at(now).scoring, scoreboard.ranked(), []
    for owners in snapshots.promising(now):
        judged = _judge_day(day, owners, now)
        snapshots.keep(day, judged)
        gathered = {key: figures.together([each.part for each in some]) for key, some in judged.items()}
        for key, each in gathered.items():
            tables.put_day(key, day, _day_row(figures.of(each, scoring)))
        city += [each for key, each in gathered.items() if key in ranked]
    tables.put_day(scoreboard.CITY, day, _day_row(figures.of(figures.together(city), scoring)))
    if day.weekday() == SUNDAY:
        datasets.forget_weeks(day)
    snapshots.forget(day)


def _judge_day(day: date, owners: Collection[str], now: datetime) -> dict[str, list[Entry]]:
    """Return the items of organizations as judged at the end of a day; that of a week is written besides."""
    found = judging.of_organizations(owners, now)
    judged = [each for key in owners for each in holding.of_organization(found, key, now)]
    if day.weekday() == SUNDAY:
        datasets.put_week(day, judged)
    return entries.by_owner(entries.of(found, judged))


def _day_row(found: Mapping[str, Any]) -> dict[str, Any]:
    copied = {name: found[name] for name in ("items", "open_overdue", "open_delinquent")}
    return {"index_value": found["index"], **copied}


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
