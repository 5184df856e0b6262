"""Tables of a file: CSV as text, a workbook sheet by sheet, GeoJSON feature by feature (F18).

Files of strangers are read by the readers of the connectors, which stand a hostile one. Imports no CKAN.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from ckanext.jambi.clock import WIB
from jambi_harvesters import documents
from jambi_harvesters.bodies import Body
from jambi_harvesters.definition import Dialect
from jambi_harvesters.errors import HarvesterError
from jambi_harvesters.workbook import read_workbook

GEOMETRY = "geometry"
UNNAMED = ""
"""The one column of a sheet that names none of the declared columns: the cells of a row as a list."""
UNREADABLE = (csv.Error, UnicodeError, ValueError, HarvesterError)
"""What a file raises that is not the table that it is said to be."""
HEAD_ROWS = 100
_BLOCK = 1 << 20
_NUMBERS = frozenset({"bilangan", "desimal"})


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns, and the rows in order."""

    names: Sequence[str]
    rows: Iterable[Sequence[object]]


Reader = Callable[[Path, Mapping[str, str]], Iterator[Table]]


def reader(format: str | None) -> Reader | None:
    """Return what reads the tables of a format, given a file and the declared types; None for others."""
    return _READERS.get((format or "").strip().casefold())


def _csv(file: Path, types: Mapping[str, str]) -> Iterator[Table]:
    with file.open(encoding=_encoding(file), newline="") as stream:
        lines = csv.reader(stream, _dialect(stream), strict=True)
        names = [name.strip() for name in next(lines, [])]
        if not names or not all(names):
            raise ValueError("A table needs a name for each column.")
        yield Table(names, _lines(lines, [types.get(name, "") for name in names]))


def _lines(lines: Iterable[Sequence[str]], kinds: Sequence[str]) -> Iterator[tuple[object, ...]]:
    for row in lines:
        if len(row) != len(kinds):
            raise ValueError("A row has another number of cells than the head.")
        yield tuple(_typed(cell, kind) for cell, kind in zip(row, kinds, strict=True))


def _typed(cell: Any, kind: str) -> object:
    """Return a cell without what surrounds it; a number where one is declared and spelled plainly."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=WIB)
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if kind not in _NUMBERS or not text:
        return text or None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def _xlsx(file: Path, types: Mapping[str, str]) -> Iterator[Table]:
    with file.open("rb") as stream:
        for sheet in read_workbook(stream, Dialect(sheets="stack")):
            yield _sheet((cells for _, cells in sheet.rows if any(cell is not None for cell in cells)), types)


def _sheet(rows: Iterator[list[Any]], types: Mapping[str, str]) -> Table:
    """Return a sheet from the row that names a declared column; without one, its rows as lists of cells."""
    head = list(islice(rows, HEAD_ROWS))
    at = next((n for n, row in enumerate(head) if _names_a_column(row, types)), None)
    if at is None:
        return Table([UNNAMED], ((_bare(row),) for row in chain(head, rows)))
    names = _headings(head[at])
    kinds = [types.get(name, "") for name in names]
    return Table(names, (_fitted(row, kinds) for row in chain(head[at + 1 :], rows)))


def _names_a_column(row: Sequence[Any], types: Collection[str]) -> bool:
    return any(isinstance(cell, str) and cell.strip() in types for cell in row)


def _headings(row: Sequence[Any]) -> list[str]:
    """Return a name for each column: what is empty or stands there twice gets its place."""
    names: list[str] = []
    for place, cell in enumerate(row):
        text = str(cell).strip() if cell is not None else ""
        names.append(text if text and text not in names else f"#{place}")
    return names


def _fitted(row: Sequence[Any], kinds: Sequence[str]) -> tuple[object, ...]:
    missing = len(kinds) - len(row)
    cells = [*row, *[None] * missing] if missing > 0 else row[: len(kinds)]
    return tuple(_typed(cell, kind) for cell, kind in zip(cells, kinds, strict=True))


def _bare(row: Sequence[Any]) -> list[object]:
    """Return the cells of a row up to the last that holds something."""
    cells = [_typed(cell, "") for cell in row]
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _geojson(file: Path, types: Mapping[str, str]) -> Iterator[Table]:
    names = sorted({name for _, properties in _features(file) for name in properties})
    if not names:
        raise ValueError("A collection needs features with properties.")
    rows = (
        (geometry, *(_typed(properties.get(name), types.get(name, "")) for name in names))
        for geometry, properties in _features(file)
    )
    yield Table([GEOMETRY, *names], rows)


def _features(file: Path) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    with file.open("rb") as stream:
        for each in documents.stream_items(Body(stream, file.stat().st_size, ""), "features"):
            properties = each.get("properties") if isinstance(each, Mapping) else None
            if not isinstance(properties, Mapping):
                raise ValueError("An entry is no feature with properties.")
            yield each.get(GEOMETRY), properties


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


_READERS: dict[str, Reader] = {"csv": _csv, "tsv": _csv, "xlsx": _xlsx, "geojson": _geojson}
