"""Measure content: the canonical hash of a file or a DataStore table (F18), its rows, its last period."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine

from ckanext.jambi import clock
from ckanext.jambi.freshness.rules import periods
from ckanext.jambi.freshness.rules.spans import Span
from jambi_harvesters import canonical

BYTES = "sha256"
_BLOCK = 1 << 20
_INTERNAL = ("_id", "_full_text")
_NUMBERS = frozenset({"bilangan", "desimal"})


@dataclass(frozen=True, slots=True)
class Measured:
    """A hash with its method, and for tables the number of rows, the last day and instant they cover.

    `rows_in` are the parts of the calendar in which rows lie, None without a period column.
    """

    hash: str
    method: str
    rows: int | None = None
    period_end: date | None = None
    period_at: datetime | None = None
    rows_in: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the resource declares: its columns with their types, and the period column."""

    types: Mapping[str, str]
    volatile: frozenset[str] = frozenset()
    period: str | None = None

    @classmethod
    def of(cls, resource: Mapping[str, Any]) -> Declared:
        """Read the data dictionary (metadata specification, `kamus_data`) of a resource."""
        named = _dictionary(resource.get("kamus_data") or [])
        volatile = (name for name, each in named.items() if str(each.get("volatil")).lower() == "true")
        types = {name: str(each.get("tipe") or "") for name, each in named.items()}
        return cls(types, frozenset(volatile), resource.get("kolom_periode") or None)


def _dictionary(entries: str | Sequence[object]) -> dict[str, Mapping[str, Any]]:
    """Return the entries of a data dictionary by the name of their column."""
    read = json.loads(entries) if isinstance(entries, str) else entries
    return {each["nama"]: each for each in read if isinstance(each, Mapping) and each.get("nama")}


def of_file(path: str | os.PathLike[str], is_csv: bool, declared: Declared) -> Measured:
    """Measure a stored file: CSV as rows, everything else, and CSV that is no table, as bytes."""
    file = Path(path)
    if is_csv:
        try:
            return _of_csv(file, declared)
        except (csv.Error, UnicodeError, ValueError):
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
    with engine.connect().execution_options(stream_results=True, yield_per=1_000) as connection:
        rows = (tuple(map(_aware, row)) for row in connection.execute(query))
        return _measure([column.name for column in columns], rows, declared)


def _of_csv(file: Path, declared: Declared) -> Measured:
    with file.open(encoding=_encoding(file), newline="") as stream:
        reader = csv.reader(stream, _dialect(stream), strict=True)
        names = [name.strip() for name in next(reader, [])]
        if not names or not all(names):
            raise ValueError("A table needs a name for each column.")
        kinds = [declared.types.get(name, "") for name in names]
        return _measure(names, _cells(reader, kinds), declared)


def _cells(reader: Iterable[Sequence[str]], kinds: Sequence[str]) -> Iterator[tuple[object, ...]]:
    for row in reader:
        if len(row) != len(kinds):
            raise ValueError("A row has another number of cells than the head.")
        yield tuple(_typed(cell.strip(), kind) for cell, kind in zip(row, kinds, strict=True))


def _typed(cell: str, kind: str) -> object:
    """Return a number where the dictionary declares one and the cell spells one plainly."""
    if not cell:
        return None
    if kind not in _NUMBERS:
        return cell
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return cell
    return number if number.is_finite() else cell


def _measure(names: Sequence[str], rows: Iterable[Sequence[object]], declared: Declared) -> Measured:
    """Hash the declared columns, or all where none is declared, and find the last period."""
    undeclared = {name for name in names if declared.types and name not in declared.types}
    left_out = declared.volatile | (undeclared if undeclared < set(names) else set())
    hasher = canonical.RowsHasher(names, volatile=left_out)
    at = names.index(declared.period) if declared.period in names else None
    reached, now = periods.Reached(), clock.now()
    spans: set[Span] = set()
    try:
        for row in rows:
            hasher.add(row)
            if at is not None:
                reached = reached.with_cell(row[at], now)
                spans.update(filter(None, (periods.span(row[at]),)))
        digest = hasher.digest()
    finally:
        hasher.close()
    found = Measured(digest.hash.hex(), canonical.METHOD, digest.count, reached.day, reached.instant)
    return replace(found, rows_in=periods.parts(spans)) if spans else found


def _encoding(file: Path) -> str:
    """Return UTF-8 where the file is UTF-8, else the code page of older spreadsheets."""
    with file.open(encoding="utf-8-sig") as stream:
        try:
            while stream.read(_BLOCK):
                pass
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _dialect(stream: TextIO) -> type[csv.Dialect]:
    sample = stream.read(65_536)
    stream.seek(0)
    try:
        return csv.Sniffer().sniff(sample.splitlines()[0] if sample else "", delimiters=",;\t|")
    except csv.Error:
        return csv.excel


def _aware(cell: object) -> object:
    """Give a DataStore instant its zone: without one UTC is meant, as in CKAN."""
    naive = isinstance(cell, datetime) and cell.tzinfo is None
    return cell.replace(tzinfo=UTC) if naive and isinstance(cell, datetime) else cell
