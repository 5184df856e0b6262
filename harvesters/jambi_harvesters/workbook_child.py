"""The process that opens a workbook: a hostile file may take it down, and nothing else (harvesting.md 4).

`workbook.py` starts it with the file on standard input. It limits its own memory before it looks at the file,
and writes one JSON value a line: `{"sheet": name}` before each sheet, `[row number, [cells]]` for each row,
and `{"error": code}` where it gives up. Empty rows below the headings are left out. Dates are written as
`{"d": ISO}`, instants as `{"t": ISO}`.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

MEMORY_BYTES = 512 * 10**6
OUTPUT_BYTES = 500 * 10**6
MAX_UNPACKED = 64 * 10**6
MAX_SHEETS = 64
MAX_COLUMNS = 1_000
MAX_PARTS = 10_000
BLOCK = 1024 * 1024
BIG = 10**15
HEAD_ROWS = 1_010

_CELL = re.compile(rb'<c[^>]*?\sr="([A-Z]{1,3})\d{1,7}"[^>]*(?<!/)>(?!</c>)')
"""A cell that holds something: programs style empty ones out to the last column of their grid."""
TAG_BYTES = 256


class RefusedError(Exception):
    """A workbook that is not opened; the text is the code."""


def main(argv: list[str]) -> int:
    """Read the workbook on standard input; argv: "first", "stack" or "sheet", and a sheet's name."""
    limit_self()
    data = sys.stdin.buffer.read()
    try:
        check_package(data)
        for value in read(data, argv[1], argv[2] if len(argv) > 2 else ""):
            sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
    except RefusedError as err:
        sys.stdout.write(json.dumps({"error": str(err)}) + "\n")
    return 0


def limit_self() -> None:
    """Give this process 512 MB of address space and 500 MB of output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_package(data: bytes) -> None:
    """Refuse a package that is no workbook or unpacks to too much, by its word and by count.

    Raises:
        RefusedError: not_a_workbook, encrypted, too_many_parts, too_large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            if len(parts) > MAX_PARTS:
                raise RefusedError("too_many_parts")
            if any(part.flag_bits & 1 for part in parts):
                raise RefusedError("encrypted")
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise RefusedError("too_large")
            _count_unpacked(package, parts)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error):
        raise RefusedError("not_a_workbook") from None


def read(data: bytes, which: str, name: str) -> Iterator[Any]:
    """Yield the sheets and rows of a workbook.

    Raises:
        RefusedError: not_a_workbook, too_many_sheets, too_wide, no_sheet.
    """
    import python_calamine

    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        names = _chosen(book, which, name)
        for one in names:
            yield {"sheet": one}
            yield from _rows(book.get_sheet_by_name(one))
    except (python_calamine.CalamineError, ValueError, MemoryError):
        raise RefusedError("not_a_workbook") from None


def _count_unpacked(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    total = 0
    for part in parts:
        with package.open(part) as opened:
            total += _count_part(opened, total, part.filename.startswith("xl/worksheets/"))


def _count_part(opened: IO[bytes], before: int, is_sheet: bool) -> int:
    size, tail = 0, b""
    while block := opened.read(BLOCK):
        size += len(block)
        if before + size > MAX_UNPACKED:
            raise RefusedError("too_large")
        if is_sheet:
            _refuse_far_cells(tail + block)
            tail = block[-TAG_BYTES:]
    return size


def _refuse_far_cells(block: bytes) -> None:
    """Refuse cells beyond the last column that is read: a grid is as wide as its farthest cell."""
    for letters in {match[1] for match in _CELL.finditer(block)}:
        if _column_number(letters) > MAX_COLUMNS:
            raise RefusedError("too_wide")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _chosen(book: Any, which: str, name: str) -> list[str]:
    sheets = [sheet for sheet in book.sheets_metadata if str(sheet.typ).endswith("WorkSheet")]
    if len(book.sheets_metadata) > MAX_SHEETS:
        raise RefusedError("too_many_sheets")
    visible = [sheet.name for sheet in sheets if str(sheet.visible).endswith(".Visible")]
    if which == "sheet":
        visible = [sheet.name for sheet in sheets if sheet.name.casefold() == name.casefold()]
    if not visible:
        raise RefusedError("no_sheet")
    return visible if which == "stack" else visible[:1]


def _rows(sheet: Any) -> Iterator[Any]:
    if sheet.start is None:
        return
    left = [None] * sheet.start[1]
    if sheet.width + len(left) > MAX_COLUMNS:
        raise RefusedError("too_wide")
    for number, cells in enumerate(sheet.iter_rows(), 1):
        found = [_cell(cell) for cell in cells]
        if number <= HEAD_ROWS or any(cell is not None for cell in found):
            yield [number, left + found]


def _cell(cell: object) -> object:
    if cell == "" or cell is None:
        return None
    if isinstance(cell, datetime):
        return {"t": cell.isoformat()}
    if isinstance(cell, date):
        return {"d": cell.isoformat()}
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < BIG else cell
    return cell if isinstance(cell, str | bool | int) else str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
