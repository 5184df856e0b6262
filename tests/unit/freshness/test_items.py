"""By which rule an item is judged when, and how changes take over from each other (F10, F25)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from promises import PLAIN, changed, item, wib

from ckanext.jambi.freshness.rules.items import Item, reigns
from ckanext.jambi.freshness.rules.obligations import owed

AUGUST = wib(2026, 8, 31)  # what is recorded then counts from 1 September
Found = list[tuple[str | None, datetime, datetime]]


def made(*versions: tuple[datetime, str]) -> Item:
    """Return an item with these versions, by when they were recorded."""
    (since, promised), *later = versions
    one = item(promised, since=since)
    for at, promised in later:
        one = changed(one, at, promised)
    return one


FASTER = made((AUGUST, "P30D"), (wib(2026, 9, 20), "P5D"), (wib(2026, 10, 10), "P1.5D"))
SLOWER = made((AUGUST, "P5D"), (wib(2026, 9, 20), "P10D"))


@pytest.mark.parametrize(
    ("one", "now", "found"),
    [
        (
            FASTER,
            wib(2026, 11, 1),
            [
                ("P30D", wib(2026, 9, 1), wib(2026, 9, 21)),
                ("P5D", wib(2026, 9, 21), wib(2026, 10, 11)),
                ("P1.5D", wib(2026, 10, 11), wib(2026, 11, 1)),
            ],
        ),
        (  # what begins tomorrow rules nothing today
            FASTER,
            wib(2026, 10, 10, 23),
            [
                ("P30D", wib(2026, 9, 1), wib(2026, 9, 21)),
                ("P5D", wib(2026, 9, 21), wib(2026, 10, 10, 23)),
            ],
        ),
        (  # what begins at this instant has ruled no time yet
            FASTER,
            wib(2026, 10, 11),
            [
                ("P30D", wib(2026, 9, 1), wib(2026, 9, 21)),
                ("P5D", wib(2026, 9, 21), wib(2026, 10, 11)),
            ],
        ),
        (  # the older one goes on for an interval of the slower one
            SLOWER,
            wib(2026, 10, 5),
            [("P5D", wib(2026, 9, 1), wib(2026, 10, 1)), ("P10D", wib(2026, 10, 1), wib(2026, 10, 5))],
        ),
        (  # as needed is slower than all else: the older one goes on for a year
            made((AUGUST, "bulanan"), (wib(2026, 9, 20), "insidental")),
            wib(2027, 10, 1),
            [("P1M", wib(2026, 9, 1), wib(2027, 9, 21)), (None, wib(2027, 9, 21), wib(2027, 10, 1))],
        ),
        (  # two schedules are one reign, with the later terms
            made((AUGUST, "bulanan"), (wib(2026, 10, 6), "mingguan")),
            wib(2026, 11, 1),
            [("P1W", wib(2026, 9, 1), wib(2026, 11, 1))],
        ),
        (
            made((AUGUST, "bulanan"), (wib(2026, 10, 6), "P5D"), (wib(2026, 10, 20), "harian")),
            wib(2026, 11, 1),
            [
                ("P1M", wib(2026, 9, 1), wib(2026, 10, 7)),
                ("P5D", wib(2026, 10, 7), wib(2026, 10, 21)),
                ("P1D", wib(2026, 10, 21), wib(2026, 11, 1)),
            ],
        ),
        (  # a later schedule takes over from the one before it and from no other
            made((AUGUST, "P5D"), (wib(2026, 9, 20), "harian"), (wib(2026, 10, 6), "mingguan")),
            wib(2026, 12, 1),
            [("P5D", wib(2026, 9, 1), wib(2026, 9, 21)), ("P1W", wib(2026, 9, 21), wib(2026, 12, 1))],
        ),
        (  # and not before its time
            made((AUGUST, "P5D"), (wib(2026, 9, 20), "harian"), (wib(2026, 10, 6), "mingguan")),
            wib(2026, 10, 5),
            [("P5D", wib(2026, 9, 1), wib(2026, 9, 21)), ("P1D", wib(2026, 9, 21), wib(2026, 10, 5))],
        ),
        (  # what was corrected before it began parts no schedules
            made((AUGUST, "bulanan"), (wib(2026, 10, 6), "P5D"), (wib(2026, 10, 6, 5), "harian")),
            wib(2026, 11, 1),
            [("P1D", wib(2026, 9, 1), wib(2026, 11, 1))],
        ),
        (  # what is corrected before it begins leaves no trace
            made((wib(2026, 9, 10), "P5D"), (wib(2026, 9, 10, 5), "P30D"), (wib(2026, 9, 10, 6), "P2D")),
            wib(2026, 9, 15),
            [("P2D", wib(2026, 9, 11), wib(2026, 9, 15))],
        ),
        (  # not begun
            made((wib(2026, 9, 10), "bulanan")),
            wib(2026, 9, 12),
            [("P1M", wib(2026, 9, 12), wib(2026, 9, 12))],
        ),
    ],
)
def test_f25_each_version_judges_its_own_time(one: Item, now: datetime, found: Found) -> None:
    assert [(each.terms.promised.iso8601, each.start, each.end) for each in reigns(one, now)] == found


def test_f25_daily_data_is_owed_through_the_first_month_of_a_monthly_promise() -> None:
    one = made((AUGUST, "harian"), (wib(2026, 9, 10), "bulanan"))
    duties = owed(one, PLAIN, wib(2026, 12, 1))
    assert [each.span.end for each in duties if each.code == "harian"][-1] == date(2026, 10, 31)
    assert [each.span.start.month for each in duties if each.code == "bulanan"] == [10, 11, 12]


def test_f25_live_data_is_judged_by_its_age_through_the_first_month_of_a_monthly_promise() -> None:
    one = made((AUGUST, "realtime"), (wib(2026, 9, 10), "bulanan"))
    assert [each.start for each in reigns(one, wib(2026, 12, 1))] == [wib(2026, 9, 1), wib(2026, 11, 1)]


def test_f10_the_terms_are_those_of_the_rule_that_holds() -> None:
    assert FASTER.terms(wib(2026, 9, 10)).promised.iso8601 == "P30D"
    assert FASTER.terms(wib(2026, 11, 1)).promised.iso8601 == "P1.5D"


def test_f24_access_holds_from_its_record_on_and_before_the_first_as_it_was_first() -> None:
    one = changed(item("bulanan", since=AUGUST), wib(2026, 9, 20), "bulanan", access="terbatas")
    found = [one.access(wib(2026, month, 1)) for month in (7, 9, 10)]
    assert found == ["terbuka", "terbuka", "terbatas"]
