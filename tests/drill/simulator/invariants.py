"""What must hold after every move, whatever came before.

Each invariant reads the databases by statements of its own, compares them with the city's own lists, and
yields one line for what is wrong; a line begins with the invariant's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dumps
import sqlalchemy as sa
from city import Office, content_of, total_of
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from moves import World

from ckanext.jambi import clock
from ckanext.jambi import ledger as audit
from ckanext.jambi.freshness import ledger as evidence
from ckanext.jambi.freshness.rules import chain
from ckanext.jambi.harvest import datasets, verifying
from ckanext.jambi.harvest.model import source
from ckanext.jambi.search import drift

RECORDS = """SELECT r.guid, r.package_id, p.title, p.state, r.missing_since, r.tombstone_until, r.kept_since
    FROM jambi_harvest_record r LEFT JOIN package p ON p.id = r.package_id WHERE r.source_id = :id"""
ORPHANS = """SELECT id FROM package WHERE type = 'dataset' AND state = 'active'
    AND NOT EXISTS (SELECT 1 FROM jambi_harvest_record r WHERE r.package_id = package.id)"""
LAST_READ = """SELECT state, started_at FROM jambi_harvest_run
    WHERE source_id = :id AND complete AND finished_at IS NOT NULL AND trigger <> 'decision'
    ORDER BY finished_at DESC LIMIT 1"""
DECIDED = "SELECT count(*) FROM jambi_harvest_run WHERE trigger = 'decision' AND finished_at IS NOT NULL"
FAILED = """SELECT DISTINCT ON (source_id) error FROM jambi_harvest_run r WHERE finished_at IS NOT NULL
    AND source_id = ANY(:ids) AND state IN ('failed', 'aborted') AND NOT EXISTS (SELECT 1 FROM jambi_harvest_run l
    WHERE l.source_id = r.source_id AND l.finished_at > r.finished_at)"""
NOTE = "SELECT extras->>'catatan_mutu' FROM package WHERE id = :id"
DOUBLES = {
    "a tag": "SELECT name FROM tag WHERE vocabulary_id IS NULL GROUP BY name HAVING count(*) > 1",
    "a resource of": """SELECT package_id FROM resource JOIN jambi_harvest_record USING (package_id)
        WHERE state = 'active' GROUP BY package_id HAVING count(*) > 1""",
    "a question about": """SELECT source_id || ' ' || reason FROM jambi_harvest_quarantine WHERE state = 'open'
        GROUP BY source_id, reason HAVING count(*) > 1""",
}
LEFT = {
    "a job": "SELECT id FROM harvest_job WHERE status <> 'Finished'",
    "a lease": "SELECT id FROM jambi_harvest_run WHERE lease_token IS NOT NULL",
    "a gathered record": """SELECT guid FROM jambi_harvest_incoming i LEFT JOIN jambi_harvest_quarantine q
        ON q.id = i.quarantine_id WHERE q.state IS DISTINCT FROM 'open'""",
    "a place of a list": """SELECT run_id FROM jambi_harvest_place p JOIN jambi_harvest_run r ON r.id = p.run_id
        WHERE r.finished_at IS NOT NULL""",
    "gathered rows": """SELECT guid FROM jambi_harvest_chunk c WHERE NOT EXISTS
        (SELECT 1 FROM jambi_harvest_incoming i WHERE i.run_id = c.run_id AND i.guid = c.guid)""",
}
# What a run that changes nothing still writes.
MOVING = ("run", "source", "job")


@dataclass(frozen=True)
class Stood:
    """What stood before a move: each source's datasets with the ends of their tombstones, those that are
    missing, and how many decisions were carried out.
    """

    alive: dict[str, dict[str, datetime | None]]
    missing: dict[str, set[str]]
    decided: int


def look(world: World) -> Stood:
    """Return what stands now."""
    rows = {source_id: _records(source_id) for source_id in world.all_ids}
    return Stood(
        alive={
            source_id: {row.package_id: row.tombstone_until for row in own if row.state == "active"}
            for source_id, own in rows.items()
        },
        missing={
            source_id: {row.package_id for row in own if row.missing_since} for source_id, own in rows.items()
        },
        decided=_all(DECIDED)[0],
    )


def broken(world: World, before: Stood, move: str) -> list[str]:
    """Return what a move broke; what needs runs to have ended is asked only then."""
    always = [*_lost(world, before, move), *_deleted(world, before), *_doubled(), *_chains()]
    if not world.calm:
        return always
    found = [*always, *_left(), *_different(world), *_notes(world)]
    for at in range(len(world.offices)):
        found += _of_office(world.offices[at], world.source_ids[at])
    return found


def idle(world: World) -> list[str]:
    """Ask whether systems that are well were harvested, then harvest them once more: nothing is written (P5)."""
    found = [f"failed: {one}" for one in _all(FAILED, ids=world.source_ids)]
    found += [
        f"different: search of {one}" for one in drift.differences() if one.dataset not in world.all_ids
    ]
    if found:
        return found
    before = _steady(world)
    for at in range(len(world.offices)):
        world.enqueue(at)
    world.work_off()
    return [f"idle: {line}" for line in dumps.difference(before, _steady(world))]


def _steady(world: World) -> dict[str, list[str]]:
    """Return what stands, less the sources' own rows: a run that still holds something has a job again."""
    model.Session.remove()
    return {
        name: [line for line in lines if not any(source_id in line for source_id in world.all_ids)]
        for name, lines in dumps.dump().items()
        if name not in MOVING
    }


def _lost(world: World, before: Stood, move: str) -> Iterator[str]:
    """A dataset ends only when its tombstone does."""
    after = look(world).alive
    for source_id, known in before.alive.items():
        for package_id in known.keys() - after[source_id].keys():
            world.notes.pop(package_id, None)
            until = known[package_id]
            if move != "bury" or until is None or until > clock.now():
                yield f"lost: dataset {package_id}, tombstone until {until}"


def _deleted(world: World, before: Stood) -> Iterator[str]:
    """Without a decision, no more vanish from a source at once than the guard lets go."""
    after = look(world)
    for source_id, known in before.alive.items():
        gone = after.missing[source_id] - before.missing[source_id]
        if len(gone) > max(3, len(known) // 10) and after.decided == before.decided:
            yield f"deleted: {len(gone)} of {len(known)} at once"


def _doubled() -> Iterator[str]:
    for what, query in DOUBLES.items():
        yield from (f"doubled: {what} {one}" for one in _all(query))


def _left() -> Iterator[str]:
    for what, query in LEFT.items():
        yield from (f"left: {what} {one}" for one in _all(query))
    yield from (f"left: dataset {one} without a record" for one in _all(ORPHANS))


def _chains() -> Iterator[str]:
    ledger = audit.verify()
    if not ledger.ok:
        yield f"chain: audit row {ledger.seq}: {ledger.error}"
    yield from (f"chain: evidence {one}" for one in chain.verify(evidence.export()).errors)


def _different(world: World) -> Iterator[str]:
    """Records, datasets, harvest objects, search rows and tables say the same."""
    for row in _sources(world):
        yield from (f"different: {one}" for one in verifying.verify(row).differences)


def _notes(world: World) -> Iterator[str]:
    for package_id, note in world.notes.items():
        found = _all(NOTE, id=package_id)
        if found != [note]:
            yield f"note: dataset {package_id} says {found}, a steward wrote {note!r}"


def _of_office(office: Office, source_id: str) -> Iterator[str]:
    rows = {row.guid: row for row in _records(source_id) if row.package_id}
    for guid, row in rows.items():
        yield from _shown(office, guid, row)
    last = _last_read(source_id)
    if last is not None and last.started_at > office.changed_at and not office.ailment:
        yield from _as_listed(office, rows, last)


def _shown(office: Office, guid: str, row: Any) -> Iterator[str]:
    """A dataset shows what its source once gave under that id, and its table the same."""
    content = content_of(row.title)
    if content not in office.good(guid):
        yield f"shown: {guid} of {office.name} shows {content}, the source gave {sorted(office.good(guid))}"
    if office.with_tables:
        total = _total(datasets.resource_id(row.package_id))
        if total != total_of(content):
            yield f"rows: {guid} of {office.name} shows {content}, its rows sum up to {total}"


def _as_listed(office: Office, rows: dict[str, Any], last: Any) -> Iterator[str]:
    """What was read after the last change is public as it is listed, and nothing else is."""
    gone = {content_of(row.title) for guid, row in rows.items() if guid not in office.listed}
    for guid, content in office.listed.items():
        row = rows.get(guid)
        if content in office.bad or (row is None and content in gone):
            continue
        if row is None or row.missing_since or content_of(row.title) != content:
            shown = row and (content_of(row.title), row.missing_since)
            yield f"model: {guid} of {office.name} is {content} at the source, here {shown}"
    for guid in rows.keys() - office.listed.keys():
        row = rows[guid]
        if last.state in ("succeeded", "unchanged") and not (row.missing_since or row.kept_since):
            yield f"model: {guid} of {office.name} is listed no longer, and nothing says so"


def _records(source_id: str) -> Any:
    with model.meta.engine.connect() as connection:
        return connection.execute(sa.text(RECORDS), {"id": source_id}).all()


def _last_read(source_id: str) -> Any:
    with model.meta.engine.connect() as connection:
        return connection.execute(sa.text(LAST_READ), {"id": source_id}).first()


def _sources(world: World) -> list[dict[str, Any]]:
    query = sa.select(source).where(source.c.source_id.in_(world.source_ids))
    with model.meta.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _total(resource_id: str) -> int | None:
    with get_write_engine().connect() as connection:
        if (
            connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": f'public."{resource_id}"'})
            is None
        ):
            return None
        return connection.scalar(sa.text(f'SELECT sum(kunjungan) FROM public."{resource_id}"'))


def _all(query: str, **values: Any) -> list[Any]:
    with model.meta.engine.connect() as connection:
        return list(connection.scalars(sa.text(query), values))
