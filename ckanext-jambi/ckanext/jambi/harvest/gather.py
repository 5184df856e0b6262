"""Read a source page by page and keep only what is new or changed (harvesting.md 6, stage `gather`).

An unchanged record costs one comparison and writes nothing. Killed here, a run goes on behind the last page
that it committed, if its connector can, else it starts its list again: what it had kept behind that place is
cleared first, and rows are keyed by (run, guid), so nothing doubles.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi import clock
from ckanext.jambi.harvest import datasets, diff, places, screening
from ckanext.jambi.harvest.diff import Kind
from ckanext.jambi.harvest.model import chunk, incoming, record
from ckanext.jambi.harvest.places import Place
from ckanext.jambi.harvest.spool import Spool, column_dicts
from ckanext.jambi.harvest.work import Work
from jambi_harvesters.errors import HarvesterError
from jambi_harvesters.record import Page, Record

Keeper = Callable[[Connection], None]

log = logging.getLogger(__name__)

BATCH_RECORDS = 500
BATCH_SECONDS = 5.0
TOLD_SECONDS = 2.0
# A place costs a transaction, which a list of unchanged records otherwise does not: so often it is worth it.
PLACE_RECORDS = 2_000
OLDER_HASHES = "older_hashes"


@dataclass(slots=True)
class Gathered:
    """What a gather found: counters, the guids seen, and whether the list is proven complete."""

    seen: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("pages", "new", "changed", "unchanged"), 0)
    )
    rows: int = 0
    has_table: bool = False
    complete: bool = False
    incremental: bool = False
    total: int | None = None
    cursor: Any = None
    problem: HarvesterError | None = None
    doubles: int = 0
    columns: list[str] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)

    def state(self) -> dict[str, Any]:
        """Return what was counted so far, as JSON; the guids are kept apart."""
        named = ("counts", "rows", "has_table", "incremental", "total", "doubles", "columns")
        return {name: getattr(self, name) for name in named} | {"withheld": sorted(self.withheld)}

    @classmethod
    def before(cls, place: Place) -> Gathered:
        """Return what was found before a place."""
        stated = place.found | ({"withheld": set(place.found["withheld"])} if place.found else {})
        return cls(seen=set(place.guids), **stated)

    @property
    def size(self) -> int:
        """How much the source lists: the rows of its only table, else its records."""
        return self.rows if self.has_table and len(self.seen) == 1 else len(self.seen)


class Gatherer:
    """Takes pages and keeps what changed; `store` False compares only (dry run).

    Args:
        place: where the list goes on.
        keep: writes what else belongs to a place, with its transaction.

    Attributes:
        moved: a page came.
    """

    def __init__(
        self, work: Work, place: Place = places.START, *, keep: Keeper | None = None, store: bool = True
    ) -> None:
        self._work = work
        self._place = place
        self.keep = keep
        self.moved = False
        self._store = store
        self._ready: list[tuple[Record, Spool | None]] = []
        self._spool: Spool | None = None
        self._since = self._told = time.monotonic()
        self._rehashed: list[Record] = []
        self._gate = screening.Gate(work)
        self._unkept: list[str] = []
        self._began_at: Any = None
        self.found = Gathered.before(place)

    def gather(self, connector: Any) -> Gathered:
        """Read all pages; records that changed are committed every 500 records or 5 seconds."""
        keeps = self._store and connector.resumes
        self._began_at = connector.cursor
        for page in self._waited(connector.pages(self._place.cursor)):
            self.moved = True
            self._take_page(page)
            if self._is_late() or len(self._ready) >= BATCH_RECORDS:
                self._flush(page.place if keeps else None)
            self._tell()
        self._flush()
        return self.found

    def _is_late(self) -> bool:
        return time.monotonic() - self._since > BATCH_SECONDS

    def _tell(self) -> None:
        """Let those who look at the run see how far it has come, at most every two seconds (HV28)."""
        if not self._store or time.monotonic() - self._told < TOLD_SECONDS:
            return
        self._told = time.monotonic()
        rows = self.found.rows + (self._spool.count if self._spool else 0)
        seen = max(rows, len(self.found.seen))
        with self._work.lease.transaction(seen=seen, expected=self.found.total, **self.found.counts):
            pass

    def _waited(self, pages: Iterator[Page]) -> Iterator[Page]:
        while True:
            with self._work.stop.interruptible():
                page = next(pages, None)
            if page is None:
                return
            yield page

    def _take_page(self, page: Page) -> None:
        found = self.found
        found.counts["pages"] += 1
        found.complete = page.complete
        found.incremental = found.incremental or page.incremental
        found.problem = page.problem or found.problem
        found.total = page.total if page.total is not None else found.total
        found.cursor = page.next_cursor
        for one in page.records:
            self._take(one)

    def _take(self, one: Record) -> None:
        if one.rows is None:
            self._finish_record(one, None)
            return
        if one.rows.chunk == 0 or self._spool is None:
            self._drop_spool()
            self._spool = Spool(one, self._work.definition.dataset)
        self._spool.add(one)
        if one.rows.last:
            self.found.rows += self._spool.count
            self.found.has_table = True
            if self.found.incremental and not self._spool.count:
                self._no_changes(one)
                return
            self.found.columns = [screening.safe(name) for name in one.source_columns]
            self._finish_record(one, self._spool)
            self._spool = None
            self._flush()

    def _no_changes(self, one: Record) -> None:
        """Take an answer of changes that names none: the table is as it was."""
        self.found.seen.add(diff.key(one.guid))
        self.found.counts["unchanged"] += 1
        self._drop_spool()

    def _finish_record(self, one: Record, spool: Spool | None) -> None:
        guid = diff.key(one.guid)
        if guid in self.found.seen:
            self.found.doubles += 1
            log.warning(
                "Source %s lists record %s twice; the first one counts",
                self._work.source["name"],
                screening.safe(guid),
            )
            return
        self.found.seen.add(guid)
        self._unkept.append(guid)
        self._ready.append((one, spool))

    def _flush(self, cursor: Any = None) -> None:
        """Compare what is ready by one query; store what changed, and where the list goes on, in one
        fenced transaction.
        """
        many = self._is_late() or len(self._unkept) >= PLACE_RECORDS
        ready, self._ready, self._since = self._ready, [], time.monotonic()
        if not ready and cursor is None:
            return
        known = _known(self._work, [diff.key(one.guid) for one, _ in ready])
        changed = [(one, spool, kind) for one, spool in ready if (kind := self._classify(one, known))]
        held = [self._withheld(one, spool) for one, spool, _ in changed]
        if self._store and (changed or self._rehashed or (many and cursor is not None)):
            with self._work.lease.transaction() as connection:
                for (one, spool, kind), why in zip(changed, held, strict=True):
                    self._keep(connection, one, spool, kind, known.get(diff.key(one.guid)), why)
                self._rehash(connection)
                self._keep_place(connection, cursor)
        for _, spool in ready:
            if spool:
                spool.close()

    def _keep_place(self, connection: Connection, cursor: Any) -> None:
        """Commit with what was gathered where the list goes on."""
        if cursor is None:
            return
        where = Place(self._place.number + 1, cursor, self._unkept, self.found.state())
        places.keep(connection, self._work, self._began_at, where)
        if self.keep:
            self.keep(connection)
        self._place, self._unkept = where, []

    def _withheld(self, one: Record, spool: Spool | None) -> screening.Withheld | None:
        """Screen a record that is about to be kept; unchanged ones keep nothing."""
        held = self._gate.judge(one, spool)
        if held:
            self.found.withheld.add(held.reason.value)
        return held

    def _classify(self, one: Record, known: Mapping[str, diff.Known]) -> Kind | None:
        before = known.get(diff.key(one.guid))
        kind = diff.classify(
            one.content_hash or "",
            before,
            datetime.now(UTC),
            older=one.older_hashes,
            force=self._work.forced,
            delta=self._is_delta(one),
        )
        if kind is Kind.REHASHED:
            self._rehashed.append(one)
        if kind not in (Kind.NEW, Kind.CHANGED):
            self.found.counts["unchanged"] += 1
            return None
        self.found.counts[kind.value] += 1
        return kind

    def _rehash(self, connection: Connection) -> None:
        """Store the hashes of the present version for content that is what it was (HV05)."""
        rehashed, self._rehashed = self._rehashed, []
        for one in rehashed:
            column = "delta_hash" if self._is_delta(one) else "hash"
            own = sa.and_(
                record.c.source_id == self._work.lease.source_id, record.c.guid == diff.key(one.guid)
            )
            connection.execute(sa.update(record).where(own).values({column: one.content_hash}))

    def _is_delta(self, one: Record) -> bool:
        """Whether a record is the changes of a table, not the table."""
        return self.found.incremental and one.rows is not None

    def _keep(
        self,
        connection: Connection,
        one: Record,
        spool: Spool | None,
        kind: Kind,
        before: diff.Known | None,
        held: screening.Withheld | None,
    ) -> None:
        run_id, guid = self._work.lease.run_id, diff.key(one.guid)
        values = held.values() if held else self._values(one, spool)
        connection.execute(
            insert(incoming).values(
                run_id=run_id,
                position=one.position.page * 1_000 + one.position.index,
                kind=kind.value,
                package_id=before.package_id if before else None,
                **values,
            )
        )
        if spool and not held:
            bodies = [
                {"run_id": run_id, "guid": guid, "number": number, "body": body}
                for number, body in enumerate(spool.bodies())
            ]
            connection.execute(sa.insert(chunk), bodies)

    def _values(self, one: Record, spool: Spool | None) -> dict[str, Any]:
        content = content_of(one, spool) | self._manner(one)
        return {"guid": diff.key(one.guid), "hash": one.content_hash, "content": content}

    def _manner(self, one: Record) -> dict[str, Any]:
        """Return how the rows of a record meet those that are there: put over them, or in their place."""
        delta = self._is_delta(one)
        upsert = one.rows is not None and (delta or self._work.definition.guard.rolling)
        stated = {"delta": delta, "upsert": upsert, OLDER_HASHES: list(one.older_hashes)}
        return {name: holds for name, holds in stated.items() if holds}

    def _drop_spool(self) -> None:
        if self._spool:
            self._spool.close()
            self._spool = None


def content_of(one: Record, spool: Spool | None) -> dict[str, Any]:
    """Return the screened record without its rows, as it is stored and shown (HV25)."""
    content: dict[str, Any] = {
        "guid": one.guid,
        "fields": dict(one.fields),
        "warnings": [[warning.code, warning.field, warning.detail] for warning in one.warnings],
    }
    if one.source_modified_at:
        content["source_modified_at"] = one.source_modified_at.isoformat()
    if spool:
        first, last = spool.coverage(clock.today().date())
        content["table"] = {
            "columns": column_dicts(spool),
            "rows": spool.count,
            "hash": spool.digest(one),
            "period": [first and first.isoformat(), last and last.isoformat()],
        }
        if reached := spool.reached(clock.now()):
            content["table"]["reached"] = reached.isoformat()
        if rows_in := spool.rows_in():
            content["table"]["rows_in"] = [[each.start.isoformat(), each.end.isoformat()] for each in rows_in]
    return content


def _known(work: Work, guids: Sequence[str]) -> dict[str, diff.Known]:
    query = sa.select(record).where(
        record.c.source_id == work.lease.source_id,
        record.c.guid == sa.any_(sa.cast(guids, sa.ARRAY(sa.Text))),
    )
    with work.lease.engine.connect() as connection:
        known = {
            row.guid: diff.Known(
                row.hash,
                row.failures,
                row.failed_hash,
                row.retry_at,
                row.missing_since is not None or row.kept_since is not None,
                row.package_id,
                row.delta_hash,
            )
            for row in connection.execute(query)
        }
        return known | _displaced(connection, work, {guid: known.get(guid) for guid in guids})


def _displaced(
    connection: Connection, work: Work, known: Mapping[str, diff.Known | None]
) -> dict[str, diff.Known]:
    """Give datasets of their own to records whose id belonged to one that was renamed: that one took the
    dataset along, whose id derives from the old name.
    """
    derived = {
        datasets.package_id(work.lease.source_id, guid): guid
        for guid, before in known.items()
        if before is None or before.package_id is None
    }
    query = sa.select(record.c.package_id).where(
        record.c.package_id == sa.any_(sa.cast(list(derived), sa.ARRAY(sa.Text)))
    )
    taken = [derived[one] for one in connection.scalars(query)] if derived else []
    return {guid: replace(known[guid] or diff.Known(None), package_id=str(uuid.uuid4())) for guid in taken}
