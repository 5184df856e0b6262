"""Whose word counts, and until when an archive needs no new look (F25)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from promises import changed, content, item, judged, wib

from ckanext.jambi.freshness.rules.assessing import Docket, is_lenient, reviewed_until
from ckanext.jambi.freshness.rules.closing import Act, Event

NOW = wib(2026, 10, 1)


@pytest.mark.parametrize(
    ("promised", "lenient", "counts"),
    [
        ("insidental", True, True),
        ("insidental", False, False),
        ("sekali", True, False),
        ("bulanan", True, False),
    ],
)
def test_f25_a_persons_word_counts_of_data_as_needed_alone(
    promised: str, lenient: bool, counts: bool
) -> None:
    assert Docket(item(promised), lenient=lenient).takes_word(NOW) is counts


def test_f25_no_item_is_lenient_unless_it_is_said() -> None:
    assert not Docket(item("insidental")).takes_word(NOW)


@pytest.mark.parametrize(
    ("promised", "lenient"), [("insidental", True), ("sekali", False), ("tidak_diketahui", True)]
)
def test_f25_only_an_archive_has_to_be_reviewed(promised: str, lenient: bool) -> None:
    one = Docket(item(promised, since=wib(2024, 1, 1)), lenient=True)
    assert is_lenient(one, NOW) is lenient


def test_f25_a_review_holds_for_a_year_from_the_last_change_of_the_item() -> None:
    one = changed(item("sekali", since=wib(2025, 1, 1)), wib(2026, 3, 1), "sekali")
    assert reviewed_until(one) == wib(2026, 3, 1) + timedelta(days=365)
    assert reviewed_until(replace(one, reviewed_at=NOW)) == NOW + timedelta(days=365)


def test_f29_what_lies_ahead_has_not_happened_unless_it_is_a_pardon() -> None:
    stated = Event(2, Act.UNCHANGED, wib(2026, 10, 2))
    (found,) = judged(item(since=wib(2026, 8, 31)), [content(1, wib(2026, 9, 1)), stated], NOW).judged
    assert [each.is_open for each in found.obligations] == [True, True]
