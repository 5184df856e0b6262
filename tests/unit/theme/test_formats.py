"""Numbers, dates and times as the pages write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.theme import formats


@pytest.mark.parametrize(
    ("value", "decimals", "indonesian", "english"),
    [
        ("1234.5", None, "1.234,5", "1,234.5"),
        (1234567, None, "1.234.567", "1,234,567"),
        (Decimal("13.6"), 2, "13,60", "13.60"),
        (0, 1, "0,0", "0.0"),
        (-1500, None, "-1.500", "-1,500"),
        (None, None, "", ""),
        ("kurang dari 5", None, "kurang dari 5", "kurang dari 5"),
    ],
)
def test_number_has_the_separators_of_the_language(value, decimals, indonesian, english):
    assert formats.number(value, "id", decimals) == indonesian
    assert formats.number(value, "en", decimals) == english


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_number_can_be_read_back(value):
    written = formats.number(value, "id", 3)
    assert Decimal(written.replace(".", "").replace(",", ".")) == value


@given(st.text(max_size=40))
def test_any_text_in_a_cell_is_shown_and_never_raises(text):
    for kind in ("teks", "bilangan", "desimal", "tanggal", "waktu", "ya_tidak"):
        assert isinstance(formats.cell(text, kind), str)


def test_percent_keeps_one_decimal_and_a_space():
    assert formats.percent(719, 1000) == "71,9 %"
    assert formats.percent(1, 1) == "100 %"
    assert formats.percent(1, 0) == ""


def test_time_without_offset_is_utc():
    assert formats.day(datetime(2026, 11, 23, 23, 0)) == "24 November 2026"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2026-10", "Oktober 2026"),
        ("2026-11-24", "24 November 2026"),
        ("2026-11-23T23:00:00", "24 November 2026, 06.00 WIB"),
        ("2026-S1", "2026-S1"),
        ("2026/2027", "2026/2027"),
        ("2026", "2026"),
        (date(2026, 1, 2), "2 Januari 2026"),
        (None, ""),
    ],
)
def test_period_column_is_written_for_people(value, written):
    assert formats.period(value) == written


def test_code_that_looks_like_a_number_stays_a_code():
    assert formats.cell("15.71", "kode") == "15.71"
    assert formats.cell("007", "teks") == "007"


def test_decimals_line_up_within_a_column():
    assert formats.decimals(["12.7", "13.68", None, "13"]) == 2
    assert formats.decimals(["100", "20"]) == 0
    assert formats.decimals([]) == 0


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, ""), (None, ""), (500, "500 B"), (9_600, "9,6 KB"), (96_000, "96 KB"), (3 * 10**9, "3 GB")],
)
def test_size_is_short(count, written):
    assert formats.size(count) == written
