"""Measure content: the canonical hash of a file or a DataStore table (F18), its rows, its last period."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.jambi import clock
from ckanext.jambi.freshness import files
from ckanext.jambi.freshness.rules import fitting, periods
from ckanext.jambi.freshness.rules.fitting import Column
from ckanext.jambi.freshness.rules.spans import Span
from jambi_harvesters import canonical

BYTES = "sha256"
UNFIT = "unfit_rows"
"""Where `detail` of a row of the log says how many rows are not what the data dictionary says."""
_BLOCK = 1 << 20
_INTERNAL = ("_id", "_full_text")


@dataclass(frozen=True, slots=True)
class Measured:
    """A hash with its method, and for tables the number of rows, the last day and instant they cover.

    `rows_in` are the parts of the calendar in which rows lie, None without a period column; `unfit` is how
    many rows are not what the data dictionary says, None where there is no table or no dictionary.
    """

    hash: str
    method: str
    rows: int | None = None
    period_end: date | None = None
    period_at: datetime | None = None
    rows_in: tuple[Span, ...] | None = None
    unfit: int | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the resource declares: its columns, those that change by themselves, and the period column."""

    columns: Mapping[str, Column]
    volatile: frozenset[str] = frozenset()
    period: str | None = None

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Declared:
        """Read the data dictionary (metadata specification, `kamus_data`) of a resource."""
        named = _dictionary(resource.get("kamus_data") or [])
        volatile = (name for name, each in named.items() if _is_yes(each.get("volatil")))
        columns = {name: _column(each) for name, each in named.items()}
        return cls(columns, frozenset(volatile), resource.get("kolom_periode") or None)

    @property
    def types(self) -> dict[str, str]:
        """The declared type of each column."""
        return {name: each.type for name, each in self.columns.items()}


def _dictionary(entries: str | Sequence[object]) -> dict[str, Mapping[str, Any]]:
    """Return the entries of a data dictionary by the name of their column."""
    read = json.loads(entries) if isinstance(entries, str) else entries
    return {each["nama"]: each for each in read if isinstance(each, Mapping) and each.get("nama")}


def _column(entry: Mapping[str, Any]) -> Column:
    values = entry.get("nilai_valid") or ()
    listed = values.splitlines() if isinstance(values, str) else values
    return Column(
        str(entry.get("tipe") or ""), _is_yes(entry.get("wajib")), frozenset(filter(None, map(str, listed)))
    )


def _is_yes(value: object) -> bool:
    return str(value).casefold() in ("true", "ya")


def of_file(path: str | os.PathLike[str], format: str | None, declared: Declared) -> Measured:
    """Measure a file: a table as rows; all else, and what is not the table it is said to be, as bytes."""
    file, read = Path(path), files.reader(format)
    if read:
        measuring = _Measuring(declared)
        try:
            for table in read(file, declared.types):
                measuring.take(table.names, table.rows)
            return measuring.measured()
        except files.UNREADABLE:
            pass
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return Measured(digest.hexdigest(), BYTES)


def of_datastore(
    resource_id: str, declared: Declared, chosen: tuple[str, str] | None = None
) -> Measured | None:
    """Measure a DataStore table, or its rows with the `chosen` value of a column; None if there is none."""
    engine = get_read_engine()
    if not sa.inspect(engine).has_table(resource_id):
        return None
    table = sa.Table(resource_id, sa.MetaData(), autoload_with=engine)
    columns = [column for column in table.columns if column.name not in _INTERNAL]
    query = sa.select(*columns)
    if chosen:
        if chosen[0] not in table.c:
            return None
        query = query.where(sa.cast(table.c[chosen[0]], sa.Text) == chosen[1])
    measuring = _Measuring(declared)
    with engine.connect().execution_options(stream_results=True, yield_per=1_000) as connection:
        rows = (tuple(map(_aware, row)) for row in connection.execute(query))
        measuring.take([column.name for column in columns], rows)
    return measuring.measured()


class _Measuring:
    """The tables of one file, row by row.

    Where a dictionary is declared, sheets that hold none of its columns are notes, no data.
    """

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._now = clock.now()
        self._digests: list[tuple[bool, canonical.RowsDigest]] = []
        self._reached = periods.Reached()
        self._spans: set[Span] = set()
        self._unfit = 0

    def take(self, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Read the rows of a table."""
        hasher = canonical.RowsHasher(names, volatile=self._left_out(names))
        at = names.index(self._declared.period) if self._declared.period in names else None
        judges = fitting.judges_of(names, self._declared.columns)
        try:
            for row in rows:
                hasher.add(row)
                if at is not None:
                    self._note_period(row[at])
                if not all(fits(row[place]) for place, fits in judges):
                    self._unfit += 1
            self._digests.append((self._is_declared(names), hasher.digest()))
        finally:
            hasher.close()

    def measured(self) -> Measured:
        """Return what all tables come to.

        Raises:
            ValueError: if there is none.
        """
        declared = any(is_declared for is_declared, _ in self._digests)
        found = [digest for is_declared, digest in self._digests if is_declared == declared]
        if not found:
            raise ValueError("There is no table.")
        return Measured(
            _together([each.hash for each in found]).hex(),
            canonical.METHOD,
            sum(each.count for each in found),
            self._reached.day,
            self._reached.instant,
            periods.parts(self._spans) if self._spans else None,
            self._unfit if declared else None,
        )

    def _is_declared(self, names: Sequence[str]) -> bool:
        return any(name in self._declared.columns for name in names)

    def _left_out(self, names: Sequence[str]) -> set[str]:
        """Return the columns that do not count: what changes by itself, and what no dictionary names."""
        undeclared = {name for name in names if name not in self._declared.columns} - {files.GEOMETRY}
        return {*self._declared.volatile, *(undeclared if self._is_declared(names) else ())}

    def _note_period(self, cell: object) -> None:
        self._reached = self._reached.with_cell(cell, self._now)
        found = periods.span(cell)
        if found:
            self._spans.add(found)


def _together(hashes: Sequence[bytes]) -> bytes:
    """Return one hash of several tables, whatever their order; that of one table is its own."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(b"".join(sorted(hashes))).digest()


def _aware(cell: object) -> object:
    """Give a DataStore instant its zone: without one UTC is meant, as in CKAN."""
    naive = isinstance(cell, datetime) and cell.tzinfo is None
    return cell.replace(tzinfo=UTC) if naive and isinstance(cell, datetime) else cell
