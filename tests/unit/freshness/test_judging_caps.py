"""What an attestation leaves of the present credit (F19), and shares to the microsecond (F21)."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from promises import content, item, judged, wib

from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.judging import share

TICK = timedelta(microseconds=1)


def test_f19_a_later_period_with_data_ends_the_cap_however_late_its_row_was_written() -> None:
    events = [
        content(1, wib(2026, 9, 1)),
        Event(2, Act.UNCHANGED, wib(2026, 11, 3)),  # September
        content(3, wib(2026, 11, 2), date(2026, 10, 31)),
    ]
    found = judged(item(since=wib(2026, 8, 31)), events, wib(2026, 11, 25)).judged[0].standing
    assert found
    assert found.present == 1


def test_f21_a_share_is_exact() -> None:
    assert share(TICK, 3 * TICK) == Fraction(1, 3)
