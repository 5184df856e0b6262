"""The files that offices export: CSV as written by different programs, and XLSX as laid out by people."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

import xlsxwriter

from .content import Row
from .json_shapes import Ask

Cells = Sequence[Any]
DressCells = Callable[[Row, int], Cells]

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""One date of making in every workbook, so that equal cells are equal bytes."""


@dataclass(frozen=True)
class CsvFile:
    """A CSV export.

    Attributes:
        headings: the line of headings.
        dress: turns a true row and its position into cells.
        delimiter, encoding: as the exporting program writes them.
        blank_every: an empty line after each so many rows, as in a sheet filled by a form; 0 is never.
        footer: makes a closing line from the true rows.
    """

    headings: tuple[str, ...]
    dress: DressCells
    delimiter: str = ","
    encoding: str = "utf-8"
    blank_every: int = 0
    footer: Callable[[list[Row]], Cells] | None = None
    page_params: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """Return the type with the character set as the server states it."""
        return f"text/csv; charset={self.encoding.removesuffix('-sig')}"

    def body(self, rows: list[Row], ask: Ask) -> bytes:
        """Return the file."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow(self.headings)
        for index, row in enumerate(rows):
            writer.writerow(self.dress(row, index))
            if self.blank_every and index % self.blank_every == self.blank_every - 1:
                writer.writerow([""] * len(self.headings))
        if self.footer:
            writer.writerow(self.footer(rows))
        return text.getvalue().encode(self.encoding)


@dataclass(frozen=True)
class Layout:
    """What stands around the rows of a sheet.

    Attributes:
        titles: lines above the table; an empty one leaves a blank row.
        headings: one or two rows of headings; in the upper of two, an empty text continues the cell to its
            left (the cells are merged).
        notes: lines below the table.
    """

    titles: tuple[str, ...]
    headings: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class XlsxFile:
    """An XLSX export: one sheet, or one a group of rows.

    Attributes:
        layout: the surroundings of a sheet, by the sheet's name.
        dress: turns a true row and its position into cells: text, number or date.
        sheet_of: the name of the sheet a row belongs to; rows of one sheet follow each other.
        footer: makes a closing row from the true rows of a sheet.
    """

    layout: Callable[[str], Layout]
    dress: DressCells
    sheet_of: Callable[[Row], str] = lambda row: "Lembar1"
    footer: Callable[[list[Row]], Cells] | None = None
    page_params: tuple[str, ...] = ()
    media_type = XLSX_TYPE

    def body(self, rows: list[Row], ask: Ask) -> bytes:
        """Return the workbook; equal rows give equal bytes."""
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            book.set_properties({"title": "Data peraga", "comments": "Data peraga", "created": MADE_AT})
            bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter"})
            day = book.add_format({"num_format": "dd/mm/yyyy"})
            for name, group in groupby(rows, self.sheet_of):
                self._write_sheet(book.add_worksheet(name), list(group), bold, day)
            if not rows:
                book.add_worksheet("Kosong")
        return buffer.getvalue()

    def _write_sheet(self, sheet: Any, rows: list[Row], bold: Any, day: Any) -> None:
        layout = self.layout(sheet.get_name())
        line = 0
        for title in layout.titles:
            sheet.write_string(line, 0, title, bold)
            line += 1
        line = _write_headings(sheet, line, layout.headings, bold)
        for index, row in enumerate(rows):
            _write_cells(sheet, line, self.dress(row, index), day)
            line += 1
        if self.footer:
            _write_cells(sheet, line, self.footer(rows), day)
            line += 1
        for note in layout.notes:
            sheet.write_string(line, 0, note)
            line += 1


def _write_headings(sheet: Any, line: int, headings: tuple[tuple[str, ...], ...], bold: Any) -> int:
    for number, texts in enumerate(headings):
        for column, text in enumerate(texts):
            if text:
                sheet.write_string(line + number, column, text, bold)
    if len(headings) == 2:
        _merge_headings(sheet, line, headings[0], headings[1], bold)
    return line + len(headings)


def _merge_headings(sheet: Any, line: int, upper: Cells, lower: Cells, bold: Any) -> None:
    """Merge each upper heading over the columns it spans, or downwards where nothing stands below it."""
    starts = [column for column, text in enumerate(upper) if text]
    for start, after in zip(starts, [*starts[1:], len(upper)], strict=True):
        if after - start > 1:
            sheet.merge_range(line, start, line, after - 1, upper[start], bold)
        elif not lower[start]:
            sheet.merge_range(line, start, line + 1, start, upper[start], bold)


def _write_cells(sheet: Any, line: int, cells: Cells, day: Any) -> None:
    for column, value in enumerate(cells):
        if value is None or value == "":
            continue
        if isinstance(value, date):
            sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
        elif isinstance(value, str):
            sheet.write_string(line, column, value)
        else:
            sheet.write_number(line, column, value)
