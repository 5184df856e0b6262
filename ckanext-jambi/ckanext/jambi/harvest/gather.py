"""Read a source page by page and keep only what is new or changed (harvesting.md 6, stage `gather`).

An unchanged record costs one comparison and writes nothing. What came last is left to the transaction
that ends the reading. Killed here, a run goes on behind the last page that it committed, if its connector
can, else it starts its list again: what it had kept behind that place is cleared first, and rows are keyed
by (run, guid), so nothing doubles.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import arrivals, diff, places, screening
from ckanext.jambi.harvest.arrivals import Arrival
from ckanext.jambi.harvest.diff import Kind
from ckanext.jambi.harvest.model import record
from ckanext.jambi.harvest.places import Place
from ckanext.jambi.harvest.spool import Spool
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
        self._arrived: list[Arrival] = []
        self._spool: Spool | None = None
        self._since = self._told = time.monotonic()
        self._rehashed: list[Record] = []
        self._gate = screening.Gate(work)
        self._unkept: list[str] = []
        self._began_at: Any = None
        self._keeps_places = False
        self.found = Gathered.before(place)

    def gather(self, connector: Any) -> Gathered:
        """Read all pages; records that changed are committed every 500 records or 5 seconds, and the last
        of them by `keep_rest`; then it is closed.
        """
        self._keeps_places = self._store and connector.resumes
        self._began_at = connector.cursor
        for page in self._waited(connector.pages(self._place.cursor)):
            self.moved = True
            self._take_page(page)
            if self._is_late() or len(self._ready) >= BATCH_RECORDS:
                self._flush(page.place if self._keeps_places else None)
            self._tell()
            del page  # let go before the next one is read: a long list holds one page at a time (HV07)
        self._compare()
        return self.found

    def keep_rest(self, connection: Connection) -> None:
        """Write what came last with the transaction that ends the reading."""
        arrivals.keep(connection, self._work, self._arrived)
        self._rehash(connection)

    def close(self) -> None:
        """Let go of the tables that are stored."""
        for one in self._arrived:
            _close(one.spool)
        self._arrived = []

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
            del page

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
            self._flush()  # so that the disk holds one table at a time
            self._finish_record(one, self._spool)
            self._spool = None

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
        place_pays = cursor is not None and (self._is_late() or len(self._unkept) >= PLACE_RECORDS)
        self._since = time.monotonic()
        self._compare()
        if self._store and (self._arrived or self._rehashed or place_pays):
            with self._work.lease.transaction() as connection:
                self.keep_rest(connection)
                self._keep_place(connection, cursor)
        self.close()

    def _compare(self) -> None:
        """Find what of the records that are ready is new or changed, screened; let the others go."""
        ready, self._ready = self._ready, []
        known = arrivals.known(self._work, [diff.key(one.guid) for one, _ in ready]) if ready else {}
        for one, spool in ready:
            before = known.get(diff.key(one.guid))
            kind = self._classify(one, before)
            if kind is None:
                _close(spool)
                continue
            held = self._withheld(one, spool)
            self._arrived.append(Arrival(one, spool, kind, before, self._is_delta(one), held))

    def _keep_place(self, connection: Connection, cursor: Any) -> None:
        """Commit with what was gathered where the list goes on; never a place that names a person."""
        if cursor is None or not (self._keeps_places and self._gate.is_free(cursor)):
            return
        where = Place(self._place.number + 1, cursor, self._unkept, self.found.state())
        places.keep(connection, self._work, self._began_at, where)
        if self.keep:
            self.keep(connection)
        self._place, self._unkept = where, []

    def _withheld(self, one: Record, spool: Spool | None) -> screening.Withheld | None:
        """Screen a record that is about to be kept; unchanged ones keep nothing."""
        part = self._is_delta(one) or self._work.definition.guard.rolling
        held = self._gate.judge(one, spool, whole=not part)
        if held:
            self.found.withheld.add(held.reason.value)
            self._keeps_places = self._keeps_places and held.guid == diff.key(one.guid)
        return held

    def _classify(self, one: Record, before: diff.Known | None) -> Kind | None:
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

    def _drop_spool(self) -> None:
        _close(self._spool)
        self._spool = None


def _close(spool: Spool | None) -> None:
    if spool:
        spool.close()
