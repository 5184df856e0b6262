"""Which events are told, and when digests are due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ckanext.jambi.notices.occasions import Occasion, day_of, is_wanted, occasion_of
from ckanext.jambi.notices.timing import BACK_OFF, back_off, days_since, digest_day


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("run.failed", {"code": "source_down"}, Occasion.FAILED),
        ("run.failed", {"code": "auth_failed"}, Occasion.AUTH_FAILED),
        ("run.failed", {"code": None}, Occasion.FAILED),
        ("quarantine.opened", {"reason": "empty"}, Occasion.QUARANTINED),
        ("quarantine.opened", {"reason": "personal_data_review"}, Occasion.PERSONAL_DATA),
        ("quarantine.decided", {}, None),
        ("source.down", {}, Occasion.DOWN),
        ("source.recovered", {}, Occasion.RECOVERED),
        ("dataset.changed", {}, None),
    ],
)
def test_hv29_occasion_of_an_event(kind: str, payload: dict[str, str], expected: Occasion | None) -> None:
    assert occasion_of(kind, payload) is expected


def test_personal_data_is_told_whatever_is_wanted() -> None:
    assert is_wanted(Occasion.PERSONAL_DATA, [])
    assert not is_wanted(Occasion.AUTH_FAILED, ["down"])
    assert is_wanted(Occasion.AUTH_FAILED, ["failed"])


def test_i06_the_day_is_that_of_jambi() -> None:
    assert day_of(datetime(2026, 11, 24, 16, 59, tzinfo=UTC)) == date(2026, 11, 24)
    assert day_of(datetime(2026, 11, 24, 17, 0, tzinfo=UTC)) == date(2026, 11, 25)


def test_digest_of_a_day_is_due_at_seven_in_jambi() -> None:
    assert digest_day(datetime(2026, 11, 23, 23, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert digest_day(datetime(2026, 11, 24, 0, 0, tzinfo=UTC)) == date(2026, 11, 24)


def test_days_that_were_missed_are_due_and_a_new_portal_is_not_greeted() -> None:
    today = date(2026, 11, 24)
    assert days_since(None, today) == []
    assert days_since(today, today) == []
    assert days_since(date(2026, 11, 22), today) == [date(2026, 11, 23), today]


def test_deliveries_wait_longer_each_time_up_to_six_hours() -> None:
    waits = [back_off(attempts) for attempts in range(1, 20)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), BACK_OFF[-1])
