"""The log of observations: one chain, appended under one lock, never changed (F30, F31, F33)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import clock
from ckanext.jambi.freshness.errors import ObservationError
from ckanext.jambi.freshness.model import observation
from ckanext.jambi.freshness.rules import chain
from ckanext.jambi.freshness.rules.credit import LINKED

_LOCK = 0x6A66_7265_7368  # "jfresh": the key of the transaction-level advisory lock
_EXPORT_ROWS = 1_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: the last row's number, hash and instant."""

    seq: int = 0
    row_hash: bytes = chain.GENESIS
    recorded_at: datetime | None = None


def lock() -> Head:
    """Hold the log until the transaction ends and return its head.

    Whoever appends waits here for whoever appended before and has not committed: call it late in
    a transaction.
    """
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return head()


def head() -> Head:
    """Return the end of the log as this transaction sees it."""
    last = model.Session.execute(_ENDS.order_by(observation.c.seq.desc()).limit(1)).first()
    return Head(last.seq, bytes(last.row_hash), last.recorded_at) if last else Head()


def head_at(now: datetime) -> Head:
    """Return the end of the log as it was at an instant: rows are recorded in the order of their numbers."""
    end = head()
    if end.recorded_at is None or end.recorded_at <= now:
        return end
    row: Any = model.Session.execute(_HALVED, {"last": end.seq, "now": now}).first()
    return Head(row.seq, bytes(row.row_hash), row.recorded_at) if row else Head()


_HALVED = sa.text(
    """
    WITH RECURSIVE between (low, high) AS (
        SELECT 0::bigint, CAST(:last AS bigint)
        UNION ALL
        SELECT CASE WHEN o.recorded_at <= :now THEN o.seq ELSE low END,
            CASE WHEN o.recorded_at <= :now THEN high ELSE o.seq - 1 END
        FROM between JOIN jambi_freshness_observation o ON o.seq = (low + high + 1) / 2
        WHERE low < high
    )
    SELECT seq, row_hash, recorded_at FROM jambi_freshness_observation
    WHERE seq = (SELECT low FROM between WHERE low = high)
    """
)
"""The last row that was recorded by an instant, found by halving what lies between, in one statement."""

_ENDS = sa.select(observation.c.seq, observation.c.row_hash, observation.c.recorded_at)


def last_of(package_id: str) -> Mapping[str, Any] | None:
    """Return the newest evidence about a dataset as a whole; looks at linked files are none."""
    query = sa.select(observation).where(
        observation.c.package_id == package_id,
        observation.c.item_id.is_(None),
        observation.c.kind != "facts",
        sa.not_(sa.and_(observation.c.kind == LINKED, observation.c.content_hash.is_(None))),
    )
    row: Any = model.Session.execute(query.order_by(observation.c.seq.desc()).limit(1)).mappings().first()
    return dict(row) if row else None


def recording_at(end: Head) -> datetime:
    """Return the instant to record at: the portal's clock, and never before the row before (F33)."""
    now = clock.now()
    return max(now, end.recorded_at) if end.recorded_at else now


def append(end: Head, rows: Sequence[Row]) -> None:
    """Write rows, numbered from the one after `end`, by one statement; the caller holds the lock.

    Raises:
        ObservationError: if a row has no canonical form.
    """
    previous = end.row_hash
    for row in rows:
        try:
            previous = chain.link(previous, payload(row))
        except chain.PayloadError as err:
            raise ObservationError(f"Observation of {row['package_id']}: {err}") from err
        row["row_hash"] = previous
    model.Session.execute(sa.insert(observation), rows)


def payload(row: Mapping[str, Any]) -> bytes:
    """Return a row without its hash as canonical JSON."""
    return chain.canonical({name: _plain(row.get(name)) for name in _PAYLOAD})


_PAYLOAD = tuple(str(column.name) for column in observation.columns if column.name != "row_hash")
"""Plain texts: names of columns are not, and of them nothing is written the fast way."""


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return value.isoformat() if isinstance(value, date) else value


def hash_of(seq: int) -> str | None:
    """Return the hash of a row in hexadecimal; of row 0 that of the beginning, of one to come None."""
    if seq == 0:
        return chain.GENESIS.hex()
    found = model.Session.scalar(sa.select(observation.c.row_hash).where(observation.c.seq == seq))
    return bytes(found).hex() if found else None


def export(last_seq: int | None = None, first_seq: int = 1) -> Iterator[bytes]:
    """Yield the log from its first row, or from `first_seq`, one line a row (F34)."""
    seq = first_seq - 1
    while rows := _after(seq, last_seq):
        yield from (chain.line(bytes(row["row_hash"]), payload(row)) for row in rows)
        seq = rows[-1]["seq"]


def _after(seq: int, last_seq: int | None) -> Sequence[Mapping[str, Any]]:
    query = sa.select(observation).where(observation.c.seq > seq)
    if last_seq is not None:
        query = query.where(observation.c.seq <= last_seq)
    rows = model.Session.execute(query.order_by(observation.c.seq).limit(_EXPORT_ROWS)).mappings()
    return [dict(row) for row in rows]
