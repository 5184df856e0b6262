"""Hold the rows of one record until its last chunk says whether they changed.

Only public columns are taken: what is not declared public leaves memory with its chunk. Chunks are
compressed JSON; the rows of a changed record go on to `jambi_harvest_chunk`, those of an unchanged
one are dropped without having touched the database.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.harvest import periods
from ckanext.jambi.metadata.pii import Protection
from jambi_harvesters.canonical import RowsHasher
from jambi_harvesters.definition import Dataset
from jambi_harvesters.record import Column, Record, Row

MEMORY_BYTES = 8_000_000
LENGTH_BYTES = 4
HIDDEN = "Sel yang kosong dapat berarti hitungan kecil yang disembunyikan agar tidak menunjuk orang."
ROUNDED = "Koordinat dibulatkan sampai empat desimal agar tidak menunjuk rumah orang."
_TYPED: dict[str, Callable[[Any], Any]] = {"decimal": Decimal, "timestamp": datetime.fromisoformat}


class Spool:
    """The public rows of one record, chunk by chunk."""

    def __init__(self, record: Record, dataset: Dataset) -> None:
        if record.rows is None:
            raise ValueError("Only a record with rows needs a spool")
        columns = record.rows.columns
        self._picked = public_places(columns)
        self.columns = [columns[at] for at in self._picked]
        self._all = len(self._picked) == len(columns)
        self._hasher = None if self._all else RowsHasher(self.columns)
        names = [column.name for column in self.columns]
        period = dataset.period_column
        self._period = names.index(period) if period in names else None
        self._months = periods.promised_months(dataset.fields.get("frekuensi"))
        self._cells: set[object] = set()
        self._file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 - lives until close()
        self.count = 0

    def add(self, record: Record) -> None:
        """Take one chunk."""
        if record.rows is None:
            return
        picked = self._public(record.rows.rows)
        if self._period is not None:
            self._cells.update(row[self._period] for row in picked)
        self._keep(picked)

    def protect(self, wanted: Protection) -> None:
        """Keep the rows as they may be public, and say in the columns what was changed (metadata.md M12)."""
        came, self._file = self._file, tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115
        if self._hasher:
            self._hasher.close()
        self._hasher, self.count = RowsHasher(self.columns), 0
        with came:
            for body in _bodies(came):
                self._keep(tuple(map(self._typed, wanted.applied(decode(body), self.count))))
        for places, sentence in ((wanted.hidden, HIDDEN), (wanted.rounded, ROUNDED)):
            for at in places:
                said = f"{self.columns[at].definition or ''} {sentence}".strip()
                self.columns[at] = replace(self.columns[at], definition=said)

    def _typed(self, row: Sequence[Any]) -> Row:
        """Return a stored row as it came: numbers and instants hash as such, not as texts."""
        return tuple(
            _TYPED[column.type](cell) if cell is not None and column.type in _TYPED else cell
            for column, cell in zip(self.columns, row, strict=True)
        )

    def _keep(self, rows: tuple[Row, ...]) -> None:
        if self._hasher:
            for row in rows:
                self._hasher.add(row)
        self.count += len(rows)
        body = encode(rows)
        self._file.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)

    def digest(self, record: Record) -> str | None:
        """Return the `rows-v1` hash of the public rows; `record` is the one with the last chunk."""
        if self._hasher:
            return self._hasher.digest().hash.hex()
        return record.rows_digest.hash.hex() if record.rows_digest else None

    def coverage(self, today: date) -> tuple[date | None, date | None]:
        """Return the first day and the last known day of the period column."""
        return periods.coverage(self._cells, today, self._months)

    def reached(self, now: datetime) -> datetime | None:
        """Return the last instant of the period column that is over, if it names instants."""
        return periods.last_instant(self._cells, now)

    def rows_in(self) -> tuple[Span, ...]:
        """Return the parts of the calendar in which rows lie."""
        return periods.rows_in(self._cells, self._months)

    def bodies(self) -> Iterator[bytes]:
        """Yield the stored chunks in order."""
        return _bodies(self._file)

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()
        if self._hasher:
            self._hasher.close()

    def _public(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        return rows if self._all else tuple(tuple(row[at] for at in self._picked) for row in rows)


def public_places(columns: Sequence[Column]) -> list[int]:
    """Return where the columns stand that may be kept and published."""
    return [at for at, column in enumerate(columns) if column.public and not column.pii]


def encode(rows: tuple[tuple[Any, ...], ...]) -> bytes:
    """Return rows as compressed JSON; numbers and dates as text that COPY reads back exactly."""
    return zlib.compress(json.dumps(rows, ensure_ascii=False, default=_plain).encode(), 1)


def decode(body: bytes) -> list[list[Any]]:
    """Return the rows of one stored chunk."""
    rows: list[list[Any]] = json.loads(zlib.decompress(body))
    return rows


def _bodies(held: IO[bytes]) -> Iterator[bytes]:
    held.seek(0)
    while head := held.read(LENGTH_BYTES):
        yield held.read(int.from_bytes(head, "big"))


def column_dicts(spool: Spool) -> list[dict[str, Any]]:
    """Return the public columns as plain values."""
    return [asdict(column) for column in spool.columns]


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"A cell of type {type(value).__name__} has no stored form")
