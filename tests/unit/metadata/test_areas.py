from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.metadata import areas

SHAPES = {"kota": r"15\.71", "kecamatan": r"15\.71\.\d{2}", "kelurahan": r"15\.71\.\d{2}\.\d{4}"}


def test_m4_city_has_11_kecamatan_and_68_kelurahan() -> None:
    assert {level: len(areas.areas(level)) for level in areas.LEVELS} == {
        "kota": 1,
        "kecamatan": 11,
        "kelurahan": 68,
    }


@pytest.mark.parametrize("area", areas.areas(), ids=lambda area: area.code)
def test_m4_codes_are_text_of_the_right_shape(area: areas.Area) -> None:
    assert isinstance(area.code, str)
    assert isinstance(area.bps, str)
    assert re.fullmatch(SHAPES[area.level], area.code)
    assert area.code.startswith(area.parent)


def test_m4_bps_codes_of_the_six_kelurahan_of_2023_stay_empty() -> None:
    assert len([one for one in areas.areas("kelurahan") if not one.bps]) == 6
    assert areas.bps_code("15.71.09.1001") == "1571011001"
    assert next(areas.bps_code(one.code) for one in areas.areas("kelurahan") if not one.bps) is None


@pytest.mark.parametrize(
    ("text", "level", "code"),
    [
        ("15.71.02.1004", None, "15.71.02.1004"),
        ("15.71.02.1004", "kecamatan", None),
        ("Thehok", None, "15.71.02.1004"),
        ("The Hok", None, "15.71.02.1004"),
        ("KEL. TEHOK", None, "15.71.02.1004"),
        ("Pal Lima", None, "15.71.07.1004"),
        ("Kota Jambi", None, "15.71"),
        ("Kota Baru", None, "15.71.07"),
        ("Kec. Kotabaru", None, "15.71.07"),
        ("Telanaipura", None, None),
        ("Telanaipura", "kelurahan", "15.71.01.1004"),
        ("Kecamatan Telanaipura", None, "15.71.01"),
        ("Kecamatan Telanaipura", "kelurahan", None),
        ("Jelutung", "kecamatan", "15.71.08"),
        ("1571011001", None, None),
        ("157101", None, None),
        ("Muaro Jambi", None, None),
        ("", None, None),
    ],
)
def test_m4_names_and_codes_are_matched_without_guessing(
    text: str, level: str | None, code: str | None
) -> None:
    assert areas.area_code(text, level) == code


def test_m4_bps_code_is_looked_up_never_derived() -> None:
    assert areas.from_bps("1571011001") == "15.71.09.1001"
    assert areas.from_bps("1571050") == "15.71.01"
    assert areas.from_bps("15.71.01") is None
    assert areas.from_bps("") is None


@given(st.text())
def test_any_text_gives_a_known_code_or_nothing(text: str) -> None:
    found = areas.area_code(text)

    assert found is None or areas.area(found)


@pytest.mark.parametrize("area", areas.areas(), ids=lambda area: area.code)
def test_every_spelling_is_found_at_its_level(area: areas.Area) -> None:
    for name in (area.name, *area.aliases):
        assert areas.area_code(name, area.level) == area.code
    assert areas.area_code(area.label, area.level) == area.code


def test_what_is_too_long_for_a_name_is_not_remembered() -> None:
    before = areas._area_code.cache_info().currsize
    assert areas.area_code("Telanaipura " * 20) is None
    assert areas._area_code.cache_info().currsize == before
