"""Days and periods in words, by their shortest name."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.jambi import day_words


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "Oktober 2026"),
        (date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (date(2025, 1, 1), date(2026, 12, 31), "2025 – 2026"),
        (date(2026, 7, 1), date(2026, 12, 31), "Juli – Desember 2026"),
        (date(2026, 7, 1), date(2027, 6, 30), "Juli 2026 – Juni 2027"),
        (date(2026, 9, 7), date(2026, 9, 13), "7 Sep – 13 Sep 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 Des 2026 – 3 Jan 2027"),
        (date(2026, 9, 1), date(2026, 9, 1), "1 Sep 2026"),
    ],
)
def test_span_is_the_shortest_name_of_a_period(first: date, last: date, text: str) -> None:
    assert day_words.span(first, last, "id") == text


def test_span_is_written_out_in_letters() -> None:
    assert (
        day_words.span(date(2026, 9, 7), date(2026, 9, 13), "en", "long") == "7 September – 13 September 2026"
    )


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("long", "24 November 2026"),
        ("short", "24 Nov 2026"),
        ("full", "Selasa, 24 November 2026"),
        ("tick", "24 Nov"),
    ],
)
def test_day_has_four_styles(style: str, text: str) -> None:
    assert day_words.day(date(2026, 11, 24), "id", style) == text
