"""Days, instants and periods as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

from ckanext.jambi import day_words

NOON = datetime(2026, 11, 24, 5, 10, tzinfo=UTC)


def test_instant_is_shown_in_wib() -> None:
    assert day_words.moment(NOON, "id") == "24 November 2026, 12.10 WIB"
    assert day_words.moment(NOON, "en", "short") == "24 Nov 2026, 12:10 WIB"


def test_time_without_offset_is_utc() -> None:
    assert day_words.clock_time(datetime(2026, 11, 23, 23, 0), "id") == "06.00 WIB"
