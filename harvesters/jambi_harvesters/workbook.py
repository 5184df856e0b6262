"""Read a workbook through a child process that may die instead of us (`workbook_child.py`)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from jambi_harvesters.child_process import run_child
from jambi_harvesters.definition import Dialect
from jambi_harvesters.errors import HarvesterError, TooLargeError, UnreadableError

CHILD = "jambi_harvesters.workbook_child"
SECONDS = 60.0
MAX_UNPACKED = "64 MB"

_REASONS = {
    "not_a_workbook": ("it is no XLSX workbook, or damaged", "bukan berkas XLSX atau rusak"),
    "encrypted": ("it is protected by a password", "dilindungi kata sandi"),
    "too_many_parts": ("it has too many parts", "bagiannya terlalu banyak"),
    "too_many_sheets": ("it has more than 64 sheets", "lembarnya lebih dari 64"),
    "too_wide": ("a sheet has more than 1,000 columns", "ada lembar yang kolomnya lebih dari 1.000"),
    "no_sheet": ("the sheet is not in it", "lembar yang diminta tidak ada"),
}


@dataclass(slots=True)
class Sheet:
    """A sheet's name and its rows: (row number, cells)."""

    name: str
    rows: Iterator[tuple[int, list[Any]]]


def read_workbook(file: IO[bytes], dialect: Dialect, *, seconds: float = SECONDS) -> Iterator[Sheet]:
    """Yield the sheets that the dialect asks for; read each sheet's rows before the next sheet.

    Raises:
        UnreadableError: if this is no workbook that can be read.
        TooLargeError: if it needs more memory or time than any real one.
    """
    output = tempfile.TemporaryFile(prefix="jambi-workbook-")  # noqa: SIM115 - closed below
    with output:
        which = ["sheet", dialect.sheet] if dialect.sheet else [dialect.sheets]
        if run_child(CHILD, which, file, output, seconds=seconds) != 0:
            raise _too_large()
        output.seek(0)
        yield from _sheets(output)


def _sheets(output: IO[bytes]) -> Iterator[Sheet]:
    line = output.readline()
    while line:
        sheet = Sheet(_value(line)["sheet"], iter(()))
        ended: list[bytes] = []
        sheet.rows = _rows(output, ended)
        yield sheet
        for _ in sheet.rows:
            pass
        line = ended[0] if ended else b""


def _rows(output: IO[bytes], ended: list[bytes]) -> Iterator[tuple[int, list[Any]]]:
    while line := output.readline():
        value = _value(line)
        if isinstance(value, dict):
            ended.append(line)
            return
        number, cells = value
        yield number, [_cell(cell) for cell in cells]


def _value(line: bytes) -> Any:
    value = json.loads(line, parse_float=Decimal)
    if isinstance(value, dict) and "error" in value:
        raise _refused(value["error"])
    return value


def _refused(code: str) -> HarvesterError:
    if code == "too_large":
        return _too_large()
    reason, alasan = _REASONS[code]
    return UnreadableError(what="The workbook", what_id="Berkas Excel", reason=reason, alasan=alasan)


def _too_large() -> TooLargeError:
    return TooLargeError(what="The unpacked workbook", what_id="Isi berkas Excel", limit=MAX_UNPACKED)


def _cell(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    if "d" in cell:
        return date.fromisoformat(cell["d"])
    return datetime.fromisoformat(cell["t"])
