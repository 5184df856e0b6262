"""Check and export the audit ledger: a million rows in seconds, one page of rows in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.jambi import chain
from ckanext.jambi.ledger import rows
from ckanext.jambi.model import audit

PAGE_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a check: rows found sound, the last sound row's hash, and the first damage."""

    rows: int
    root: str
    seq: int | None = None
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing was altered."""
        return self.error is None


def verify(root: str | None = None) -> Verdict:
    """Check the committed ledger from its first row and stop at the first damage.

    A row that was altered is named itself, also if its own hash was altered to fit: the row after it
    still holds the hash that stood there. Rows cut off at the end are found by a root noted earlier.

    Args:
        root: hash of a row, in hexadecimal, that the ledger must still hold.
    """
    previous, last, seen = rows.GENESIS, 0, root is None
    for row in _read():
        seq, error = _damage(row, previous, last)
        if error:
            return Verdict(last, previous.hex(), seq, error)
        previous, last = row.hash, seq
        seen = seen or previous.hex() == root
    missing = None if seen else "rows are missing at the end: the root that was noted is not there"
    return Verdict(last, previous.hex(), None if seen else last + 1, missing)


def export() -> Iterator[bytes]:
    """Yield the committed ledger, one line a row: hash, space, canonical JSON (`chain.verify` reads it)."""
    for row in _read():
        yield chain.line(row.hash, row.payload)


class _Row(NamedTuple):
    """A row as it is checked."""

    seq: int
    payload: bytes
    before: bytes
    hash: bytes


def _damage(row: _Row, previous: bytes, last: int) -> tuple[int, str | None]:
    """Return which row is damaged and what is wrong with it."""
    if row.seq != last + 1:
        return last + 1, "the row is missing"
    if row.before != previous:
        return max(last, 1), "the row was altered together with its hash"
    if chain.link(previous, row.payload) != row.hash:
        return row.seq, "the row was altered"
    return row.seq, None


def _read() -> Iterator[_Row]:
    """Yield all rows by a cursor on the server."""
    query = sa.select(audit.c.seq, rows.payload(), audit.c.prev_hash, audit.c.row_hash)
    with model.meta.engine.connect() as connection:
        streamed = connection.execution_options(stream_results=True, max_row_buffer=PAGE_ROWS)
        for seq, payload, before, own in streamed.execute(query.order_by(audit.c.seq)):
            yield _Row(seq, payload.encode(), bytes(before), bytes(own))
