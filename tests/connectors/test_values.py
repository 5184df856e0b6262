from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jambi_harvesters.bad_values import BadValueError
from jambi_harvesters.dates import MONTHS, is_date_form, is_zero_date, parse_day, parse_instant
from jambi_harvesters.definition import Field, Schema
from jambi_harvesters.numbers import parse_number
from jambi_harvesters.values import ValueReader, clean_text

WIB = "Asia/Jakarta"


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("1.234.567,89", "id-ID", "1234567.89"),
        ("1.204", "id-ID", "1204"),
        ("Rp 1.000.000,-", "id-ID", "1000000"),
        ("Rp1.000", "id-ID", "1000"),
        ("45,5 %", "id-ID", "45.5"),
        ("100 %", "id-ID", "100"),
        ("(1.000.000,00)", "id-ID", "-1000000"),
        ("-3,5", "id-ID", "-3.5"),
        ("\u22123,5", "id-ID", "-3.5"),
        ("1\u00a0", "id-ID", "1"),
        ("'12", "id-ID", "12"),
        ("1,234.50", "en-US", "1234.5"),
        ("12.84", "text", "12.84"),
        ("007", "text", "7"),
    ],
)
def test_s23_numbers_of_the_declared_locale(text: str, locale: str, value: str) -> None:
    assert parse_number(text, locale) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "locale", "code"),
    [
        ("1,234.56", "id-ID", "number_locale"),
        ("12.84", "id-ID", "number_locale"),
        ("1.234,56", "en-US", "number_locale"),
        ("1.234,56", "text", "number_locale"),
        ("n/a", "id-ID", "not_a_number"),
        ("-", "id-ID", "not_a_number"),
        ("", "id-ID", "not_a_number"),
        ("1.23.456", "id-ID", "not_a_number"),
        ("1 000", "id-ID", "not_a_number"),
        ("9" * 80, "id-ID", "not_a_number"),
        ("#DIV/0!", "id-ID", "not_a_number"),
    ],
)
def test_s23_other_numbers_are_never_guessed(text: str, locale: str, code: str) -> None:
    with pytest.raises(BadValueError) as caught:
        parse_number(text, locale)
    assert caught.value.code == code


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_s23_written_in_a_locale_and_read_back(value: Decimal) -> None:
    american = f"{value:,.2f}"
    indonesian = american.translate(str.maketrans(",.", ".,"))
    assert parse_number(american, "en-US") == value
    assert parse_number(indonesian, "id-ID") == value
    assert parse_number(f"Rp {indonesian}", "id-ID") == value


def test_decimal_sign_of_the_dialect_stands_for_a_locale() -> None:
    assert parse_number("3,5", "text", decimal=",") == Decimal("3.5")


def test_picture_of_a_number_asks_for_its_decimals() -> None:
    assert parse_number("12,84", "id-ID", picture="0,00") == Decimal("12.84")
    with pytest.raises(BadValueError):
        parse_number("1291", "id-ID", picture="0,00")


@pytest.mark.parametrize(
    ("text", "forms", "day"),
    [
        ("2024-02-29", (), date(2024, 2, 29)),
        ("2023-08-20T17:00:00.000000Z", (), date(2023, 8, 21)),
        ("17 Agustus 2023", ("d MMMM yyyy",), date(2023, 8, 17)),
        ("18 Agt 2023", ("d MMMM yyyy",), date(2023, 8, 18)),
        ("21 Nop 2023", ("d MMM yyyy",), date(2023, 11, 21)),
        ("Senin, 5 Januari 2026", ("EEEE, d MMMM yyyy",), date(2026, 1, 5)),
        ("19-08-23", ("dd-MM-yy",), date(2023, 8, 19)),
        ("20/08/2023", ("dd/MM/yyyy", "M/d/yyyy"), date(2023, 8, 20)),
        ("05/05/2026", ("dd/MM/yyyy", "M/d/yyyy"), date(2026, 5, 5)),
        ("45292", ("serial",), date(2024, 1, 1)),
        ("Agustus 2025", ("MMMM yyyy",), date(2025, 8, 1)),
        ("2025", ("yyyy",), date(2025, 1, 1)),
        ("1735689600", ("epoch_s",), date(2025, 1, 1)),
        ("1735689600000", ("epoch_ms",), date(2025, 1, 1)),
    ],
)
def test_s22_dates_of_the_declared_forms(text: str, forms: tuple[str, ...], day: date) -> None:
    assert parse_day(text, forms, WIB) == day


@pytest.mark.parametrize(
    ("text", "forms", "code"),
    [
        ("31/02/2026", ("dd/MM/yyyy",), "not_a_date"),
        ("2026-02-30", (), "not_a_date"),
        ("05/01/2026", (), "not_a_date"),
        ("05/01/2026", ("dd/MM/yyyy", "M/d/yyyy"), "ambiguous_date"),
        ("17 Agusto 2023", ("d MMMM yyyy",), "not_a_date"),
        ("kemarin", ("d MMMM yyyy",), "not_a_date"),
    ],
)
def test_s22_other_dates_are_refused(text: str, forms: tuple[str, ...], code: str) -> None:
    with pytest.raises(BadValueError) as caught:
        parse_day(text, forms, WIB)
    assert caught.value.code == code


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31)), st.sampled_from(sorted(MONTHS)))
def test_s22_written_with_a_month_name_and_read_back(day: date, name: str) -> None:
    day = day.replace(month=MONTHS[name], day=min(day.day, 28))
    assert parse_day(f"{day.day}  {name.title()} {day.year}", ("d MMMM yyyy",), WIB) == day
    assert parse_day(f"{day:%d.%m.%y}", ("dd.MM.yy",), WIB) == day


@pytest.mark.parametrize(
    "text", ["0000-00-00", "0000-00-00 00:00:00", "00-00-0000", "-000001-11-30T00:00:00Z"]
)
def test_s22_zero_date_is_no_date(text: str) -> None:
    assert is_zero_date(text)


def test_hv06_instants_without_a_zone_are_local() -> None:
    wanted = datetime(2026, 1, 1, 23, 0, tzinfo=UTC)
    for text in ("2026-01-02 06:00", "2026-01-02T06:00:00+07:00", "2026-01-01T23:00:00.000000Z"):
        assert parse_instant(text, (), WIB) == wanted


@pytest.mark.parametrize(
    ("form", "good"), [("d MMMM yyyy", True), ("serial", True), ("d d", False), ("x", False)]
)
def test_date_forms(form: str, good: bool) -> None:
    assert is_date_form(form) is good


@pytest.mark.parametrize(
    ("raw", "field", "cell"),
    [
        ("Ya", {"type": "boolean"}, True),
        ("0", {"type": "boolean"}, False),
        (Decimal("3"), {"type": "integer"}, 3),
        (3.0, {"type": "integer"}, 3),
        (0.1, {"type": "decimal"}, Decimal("0.1")),
        (12, {"type": "text"}, "12"),
        ("\u202eabc\x00\x07 ", {"type": "text"}, "abc"),
        ("'1571050", {"type": "text", "format": "##.##|#######"}, "1571050"),
        (None, {"type": "integer"}, None),
        ("-", {"type": "integer"}, None),
        ("#DIV/0!", {"type": "decimal"}, None),
        ("0000-00-00", {"type": "date"}, None),
        (
            {"type": "Point", "coordinates": [Decimal("103.60"), Decimal("-1.6")]},
            {"type": "geometry"},
            '{"coordinates":[103.6,-1.6],"type":"Point"}',
        ),
        ("The Hok", {"type": "area", "format": "kelurahan"}, "15.71.02.1004"),
        ("The Hok", {"type": "area", "format": "kelurahan:nama"}, "Thehok"),
        ("Atlantis", {"type": "area"}, None),
        ("Dinas PUPR", {"type": "organization"}, "dpupr"),
    ],
)
def test_cells_of_each_type(raw: object, field: dict[str, str], cell: object) -> None:
    resolvers = {
        "area": lambda text, level: "15.71.02.1004" if text == "The Hok" else None,
        "area_name": lambda code: "Thehok",
        "organization": lambda text: "dpupr",
    }
    reader = ValueReader(Field("x", "x", **field), Schema(missing=("", "-")), resolvers)
    found, _ = reader(raw)
    assert found == cell
    assert type(found) is type(cell)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ("mungkin", {"type": "boolean"}),
        ("1.5", {"type": "integer"}),
        (True, {"type": "integer"}),
        ("15.7", {"type": "text", "format": "##.##"}),
        ("{}", {"type": "geometry"}),
        ("[" * 5_000, {"type": "geometry"}),
        ('{"type": "Point", "coordinates": [NaN, 1]}', {"type": "geometry"}),
        ('{"type": "Point", "coordinates": [1e99999999999999999999, 1]}', {"type": "geometry"}),
        ('{"type": "P", "coordinates": ' + "[" * 900 + "]" * 900 + "}", {"type": "geometry"}),
        (float("nan"), {"type": "text"}),
        (Decimal("1E+400"), {"type": "decimal"}),
        ([], {"type": "date"}),
    ],
)
def test_bad_values_are_named(raw: object, field: dict[str, str]) -> None:
    with pytest.raises(BadValueError):
        ValueReader(Field("x", "x", **field), Schema(), {})(raw)


@given(st.text())
def test_s24_clean_text_is_clean(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not set(cleaned) & set("\x00\x07\u202e\u2066")
    cleaned.encode("utf-8")
