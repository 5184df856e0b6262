"""Values as clerks write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.clock import WIB
from ckanext.jambi.demo_city import dress

DAY = date(2026, 11, 9)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (dress.thousands(1234567), "1.234.567"),
        (dress.thousands(Decimal("1234.5"), 2), "1.234,50"),
        (dress.thousands(None, blank="-"), "-"),
        (dress.comma(Decimal("22.5")), "22,5"),
        (dress.bracketed(Decimal("-1250000")), "(1.250.000,00)"),
        (dress.bracketed(None), "-"),
        (dress.long_date(DAY), "9 November 2026"),
        (dress.short_date(DAY), "9 Nop 2026"),
        (dress.iso_midnight(DAY), "2026-11-09T00:00:00.000000Z"),
        (dress.mixed_date(None, 3), "0000-00-00"),
    ],
)
def test_values_are_written_as_offices_write_them(written, expected):
    assert written == expected


def test_six_dates_in_a_row_have_six_styles():
    assert {dress.mixed_date(DAY, turn) for turn in range(6)} == {
        "9 November 2026",
        "9 Nop 2026",
        "09-11-26",
        "09/11/2026",
        "2026-11-09T00:00:00.000000Z",
        "2026-11-09",
    }


def test_four_amounts_in_a_row_have_four_forms_and_nothing_is_a_hyphen():
    forms = [dress.rupiah(Decimal(1000000), turn) for turn in range(4)]
    assert forms == ["1.000.000,00", "Rp 1.000.000,-", 1000000, "1.000.000"]
    assert dress.rupiah(None, 0) == "-"


@given(st.integers(0, 10**9))
def test_two_zones_tell_one_instant(seconds):
    instant = datetime(2020, 1, 1, tzinfo=WIB) + timedelta(seconds=seconds)
    one, other = (datetime.fromisoformat(dress.two_zones(instant, turn)) for turn in (0, 1))
    assert one == other
    assert one.utcoffset() != other.utcoffset()
    assert one.utcoffset() == timedelta(hours=7)
