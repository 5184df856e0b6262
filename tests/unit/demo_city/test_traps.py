"""Each trap of the sources occurs within a week of the city's clock, whatever day it shows."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from ckanext.jambi.clock import WIB
from ckanext.jambi.demo_city.city import City
from ckanext.jambi.demo_city.content import Series
from ckanext.jambi.demo_city.json_shapes import Ask
from ckanext.jambi.demo_city.places import DISTRICTS, VILLAGES, spelling

DAYS = [datetime(2026, 11, 24, 9, tzinfo=WIB) + timedelta(days=days) for days in (0, 2, 13, 47, 101)]


class Week:
    """What the systems show at an instant; of long lists, the entries of the last seven days."""

    def __init__(self, now: datetime) -> None:
        self.city = City(now=lambda: now)
        self.since = now.date() - timedelta(days=8)

    def source(self, number: int) -> Any:
        return self.city.sources[number - 1]

    def json(self, number: int) -> list[dict[str, Any]]:
        """Dress the true rows of the week as the system does."""
        source = self.source(number)
        rows = self.city.rows(source)
        dressed = [(row, source.shape.dress(row, turn)) for turn, row in enumerate(rows)]
        return [entry for row, entry in dressed if self._recent(source, row)]

    def csv(self, number: int) -> list[list[str]]:
        source = self.source(number)
        text = self.city.answer(source, Ask("http://kota")).body.decode("utf-8-sig")
        return list(csv.reader(text.splitlines(), delimiter=source.shape.delimiter))

    def xlsx(self, number: int) -> dict[str, list[list[Any]]]:
        body = self.city.answer(self.source(number), Ask("http://kota")).body
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        return {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }

    def _recent(self, source: Any, row: tuple) -> bool:
        first = row[0]
        if not isinstance(source.content, Series) or not isinstance(first, date | None):
            return True
        if first is None:
            return True
        return (first.date() if isinstance(first, datetime) else first) >= self.since


@pytest.fixture(params=DAYS, ids=lambda day: f"{day:%d-%m-%Y}")
def week(request) -> Week:
    return Week(request.param)


def test_permits_have_six_styles_of_date_and_a_zero_date(week: Week):
    dates = {re.sub(r"[A-Za-z]+", "A", re.sub(r"\d+", "9", entry["tgl_terbit"])) for entry in week.json(11)}
    assert {"9 A 9", "9-9-9", "9/9/9", "9-9-9A9:9:9.9A"} <= dates
    assert any(entry["tgl_terbit"] == "0000-00-00" for entry in week.json(11))
    months = {entry["tgl_terbit"].split()[1] for entry in week.json(11) if " " in entry["tgl_terbit"]}
    assert months


def test_permits_mix_forms_of_amounts_codes_and_types(week: Week):
    entries = week.json(11)
    amounts = [entry["retribusi"] for entry in entries]
    assert "-" in amounts
    assert any(isinstance(amount, int) for amount in amounts)
    assert any(str(amount).startswith("Rp ") and str(amount).endswith(",-") for amount in amounts)
    codes = {entry["kode_wilayah"] for entry in entries}
    assert {"", None} <= codes
    assert any(len(code) == 8 for code in codes if code), "the code of a kecamatan where a kelurahan is meant"
    assert {type(entry["jumlah"]) for entry in entries} == {int, str}


@pytest.mark.parametrize("number", [4, 11, 25])
def test_areas_are_spelled_in_many_ways(week: Week, number):
    official = {area.name for area in (*DISTRICTS, *VILLAGES)}
    names = [entry.get("attributes", entry)["kelurahan"] for entry in week.json(number)]
    assert any(name not in official for name in names)
    assert any(name.isupper() for name in names)


def test_the_gauge_loses_a_comma_and_a_reading(week: Week):
    readings = [entry["tma"] for entry in week.json(1)]
    assert "1291" in readings
    assert None in readings


def test_stations_report_a_broken_sensor_as_minus_9999(week: Week):
    broken = [entry for entry in week.json(3) if entry["nilai"] == "-9999"]
    assert broken
    assert all(entry["ispu"] is None and entry["kategori"] == "" for entry in broken)


def test_beds_go_below_zero_and_one_ward_is_left_behind(week: Week):
    entries = week.json(8)
    assert any(entry["kosong"] == -1 for entry in entries)
    assert any(entry["tglUpdate"].endswith("23:59:59") for entry in entries)


def test_prices_may_be_missing_and_success_is_a_text(week: Week):
    assert any(entry["harga"] == "" for entry in week.json(7))
    body = json.loads(week.city.answer(week.source(7), Ask("http://kota")).body)
    assert body["success"] == "1"


def test_letters_call_a_kecamatan_pasar_and_leave_lengths_out(week: Week):
    assert any(entry["kecamatan"] == "PASAR" for entry in week.json(25))
    assert any("," in entry["rata2_menit"] for entry in week.json(25))


def test_one_instant_is_written_in_two_zones(week: Week):
    zones = {entry["updated_at"][-6:] for entry in week.json(4)}
    assert zones == {"+00:00", "+07:00"}


def test_the_form_sheet_mixes_day_and_month_and_has_blanks_and_a_total(week: Week):
    lines = week.csv(21)[1:]
    stamps = [line[0].split()[0] for line in lines if line[0]]
    assert any(int(stamp.split("/")[1]) > 12 for stamp in stamps)
    assert any(int(stamp.split("/")[0]) > 12 for stamp in stamps)
    assert [""] * 9 in lines
    assert lines[-1][1] == "TOTAL"


def test_small_counts_are_written_as_less_than_five(week: Week):
    assert any("<5" in line for line in week.csv(5))


def test_legislation_has_zero_dates_and_hyphens(week: Week):
    entries = week.json(23)
    assert any(entry["tanggal_pengundangan"] == "0000-00-00" for entry in entries)
    assert all(entry["penerbit"] == "-" for entry in entries)


def test_legislation_names_folders_for_files_and_holds_drafts_back(week: Week):
    answer = json.loads(week.city.answer(week.source(23), Ask("http://kota")).body)
    drafts = [entry for entry in answer if entry["display"] == "0"]
    assert len(answer) - len(drafts) == len(week.city.rows(week.source(23)))
    assert drafts
    assert all(entry["fileDownload"] == "" for entry in drafts)
    assert {entry["urlDownload"].endswith("/") for entry in answer} == {True, False}


def test_the_clinics_sheet_has_two_rows_of_headings_a_total_and_hyphens(week: Week):
    rows = week.xlsx(9)["Lembar1"]
    assert rows[2][6] == ""
    assert rows[3][5:9] == ["Nama", "ICD-10", "Jenis Kelamin", "Jumlah"]
    assert rows[-1][1] == "Jumlah"
    assert any(row[8] == "-" for row in rows)


def test_the_stunting_sheets_mix_dates_serials_texts_and_apostrophes(week: Week):
    for rows in week.xlsx(10).values():
        cells = [row[0] for row in rows[5:-3]]
        assert {type(cell).__name__ for cell in cells} == {"date", "float", "str"}
        assert any(str(row[3]).startswith("'") for row in rows)
        assert any(str(row[6]).endswith(" %") for row in rows)
        assert rows[-3][0] == "Jumlah"


@pytest.mark.parametrize("number", [15, 17])
def test_headings_change_from_year_to_year(week: Week, number):
    headings = [next(row for row in rows if row[0] == "Semester") for rows in week.xlsx(number).values()]
    assert len({tuple(filter(None, row)) for row in headings}) == len(headings) > 1


def test_the_budget_has_brackets_divisions_by_zero_and_totals(week: Week):
    cells = [cell for rows in week.xlsx(13).values() for row in rows for cell in row]
    assert "#DIV/0!" in cells
    assert "TOTAL" in cells
    assert any(str(cell).startswith("(") and str(cell).endswith(")") for cell in cells)


def test_packages_may_have_several_plans(week: Week):
    codes = {str(entry["Kode RUP"]) for entry in every(week, 14)}
    assert {";" in code for code in codes} == {True, False}
    assert any(" ; " in code for code in codes)


def test_packages_write_money_as_text_and_as_a_number(week: Week):
    entries = every(week, 14)
    assert all("." in entry["Pagu"] for entry in entries)
    assert {type(entry["HPS"]) for entry in entries} <= {int, float}


def every(week: Week, number: int) -> list[dict[str, Any]]:
    return json.loads(week.city.answer(week.source(number), Ask("http://kota")).body)


def test_spellings_come_by_turns():
    names = {spelling("15.71.02.1004", turn) for turn in range(4)}
    assert names == {"Thehok", "THEHOK", "The Hok", "Tehok"}
