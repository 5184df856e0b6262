"""Tables of files: cells of sheets, features as rows (F18, G3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from ckanext.jambi.freshness import files

TYPES = {"periode": "bulan", "jumlah": "bilangan"}
Sheets = dict[str, list[list[Any]]]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[Sheets], Path]:
    """Return what writes a workbook of these sheets."""

    def write(sheets: Sheets) -> Path:
        path = tmp_path / "buku.xlsx"
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, row)
        return path

    return write


def tables(path: Path, format: str, types: dict[str, str] | None = None) -> list[tuple[list, list]]:
    read = files.reader(format)
    assert read
    return [(list(each.names), [list(row) for row in each.rows]) for each in read(path, types or {})]


def test_f18_a_sheet_is_read_from_the_row_that_names_a_declared_column(workbook: Callable) -> None:
    path = workbook(
        {"Data": [["Jumlah Kunjungan"], ["dicetak 1 Oktober"], ["periode ", "jumlah"], ["2026-08", "12"]]}
    )
    assert tables(path, "XLSX", TYPES) == [(["periode", "jumlah"], [["2026-08", Decimal(12)]])]


def test_f18_a_sheet_without_declared_columns_is_its_rows(workbook: Callable) -> None:
    path = workbook({"A": [[" x ", None, 1], [], [date(2026, 9, 1), ""]], "B": [[True]]})
    [first, second] = tables(path, "xlsx")
    assert first == ([files.UNNAMED], [[["x", None, 1]], [[date(2026, 9, 1)]]])
    assert second == ([files.UNNAMED], [[[True]]])


def test_f18_headings_that_are_empty_or_stand_twice_get_their_place(workbook: Callable) -> None:
    path = workbook({"A": [["periode", None, "jumlah", "jumlah"], ["2026-08", "x", 1, 2]]})
    assert tables(path, "xlsx", TYPES)[0][0] == ["periode", "#1", "jumlah", "#3"]


def collection(*features: tuple[Any, Any]) -> str:
    listed = [{"type": "Feature", "geometry": place, "properties": values} for place, values in features]
    return json.dumps({"type": "FeatureCollection", "timeStamp": "2026-10-01", "features": listed})


def test_f18_features_are_rows_of_their_properties_and_geometry(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [103.61, -1.6]}
    path = tmp_path / "titik.geojson"
    path.write_text(collection((point, {"nama": " A "}), (None, {"jumlah": 3})))
    place = {"type": "Point", "coordinates": [Decimal("103.61"), Decimal("-1.6")]}
    assert tables(path, "GeoJSON") == [
        ([files.GEOMETRY, "jumlah", "nama"], [[place, None, "A"], [None, 3, None]])
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.geojson", "{}"),
        ("x.geojson", '{"features": [3]}'),
        ("x.geojson", '{"features": [{"properties": {"a": 1}}'),
        ("x.xlsx", "PK no workbook"),
        ("x.csv", "a,b\n1\n"),
        ("x.csv", ""),
    ],
)
def test_f18_what_is_not_the_table_it_is_said_to_be_is_refused(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(files.UNREADABLE):
        tables(path, path.suffix[1:])


@pytest.mark.parametrize("format", ["pdf", "", None, "xls"])
def test_f18_other_formats_have_no_reader(format: str | None) -> None:
    assert files.reader(format) is None
