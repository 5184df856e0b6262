"""Exports: CSV as programs write them, XLSX as people lay them out, equal bytes for equal rows."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from ckanext.jambi.demo_city.file_shapes import CsvFile, Layout, XlsxFile
from ckanext.jambi.demo_city.json_shapes import Ask

ASK = Ask("http://kota/berkas")
ROWS = [(2025, "a", 1), (2025, "b", 2), (2026, "c", 3)]


def sheets(body: bytes) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_a_csv_export_is_written_with_its_own_delimiter_and_mark():
    body = CsvFile(("x", "y"), lambda row, turn: row[1:], delimiter=";", encoding="utf-8-sig").body(ROWS, ASK)
    assert body.startswith(b"\xef\xbb\xbfx;y\r\n")
    assert list(csv.reader(body.decode("utf-8-sig").splitlines(), delimiter=";"))[1] == ["a", "1"]


def test_a_form_sheet_has_blank_lines_and_a_total():
    shape = CsvFile(("x", "y"), lambda row, turn: row[1:], blank_every=2, footer=lambda rows: ("TOTAL", 6))
    lines = shape.body(ROWS, ASK).decode().split("\r\n")
    assert lines == ["x,y", "a,1", "b,2", ",", "c,3", "TOTAL,6", ""]


def test_a_workbook_has_titles_merged_headings_footer_and_notes_on_a_sheet_a_year():
    shape = XlsxFile(
        lambda sheet: Layout(("KOP", ""), (("Kode", "Wilayah", ""), ("", "Nama", "Nilai")), ("catatan",)),
        lambda row, turn: (date(row[0], 1, 1), row[1], row[2]),
        sheet_of=lambda row: str(row[0]),
        footer=lambda rows: ("Jumlah", "", sum(row[2] for row in rows)),
    )
    found = sheets(shape.body(ROWS, ASK))
    assert list(found) == ["2025", "2026"]
    texts = [[str(cell) for cell in row] for row in found["2025"]]
    assert texts[0][0] == "KOP"
    assert texts[2][:3] == ["Kode", "Wilayah", ""]
    assert texts[3][:3] == ["", "Nama", "Nilai"]
    assert texts[4][:2] == ["2025-01-01", "a"]
    assert texts[6][0] == "Jumlah"
    assert texts[7][0] == "catatan"


@pytest.mark.parametrize("rows", [ROWS, []])
def test_equal_rows_are_equal_bytes(rows):
    shape = XlsxFile(lambda sheet: Layout((), (("A", "B", "C"),)), lambda row, turn: row)
    assert shape.body(rows, ASK) == shape.body(rows, ASK)


def test_empty_cells_stay_empty():
    shape = XlsxFile(lambda sheet: Layout((), (("A", "B"),)), lambda row, turn: (None, ""))
    assert sheets(shape.body([(1,)], ASK))["Lembar1"] == [["A", "B"]]
