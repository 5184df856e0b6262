from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ckanext.jambi import clock


@pytest.fixture(autouse=True)
def _server_time_afterwards():
    yield
    clock.use(None)


def test_without_a_file_the_clock_is_the_servers() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_set_clock_runs_on_from_its_instant(tmp_path) -> None:
    instant = datetime(2026, 7, 1, 7, 10, tzinfo=clock.WIB)
    clock.set_to(tmp_path / "clock.json", instant)
    clock.use(tmp_path / "clock.json")

    first, second = clock.now(), clock.now()

    assert instant <= first <= second < instant + timedelta(seconds=5)
    assert first.tzinfo is UTC
    assert clock.today().hour == 7


def test_file_that_is_gone_means_the_servers_time(tmp_path) -> None:
    clock.use(tmp_path / "clock.json")

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_instant_without_offset_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="offset"):
        clock.set_to(tmp_path / "clock.json", datetime(2026, 7, 1))


def test_a_clock_that_goes_through_a_past_says_how_far_it_is(tmp_path) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    past = clock.Replay(since, since + timedelta(days=200))
    clock.set_to(tmp_path / "clock.json", since + timedelta(days=50), past)
    clock.use(tmp_path / "clock.json")
    assert clock.replay() == past
    assert past.share(clock.now()) == 25
    assert (past.share(since - timedelta(days=1)), past.share(past.until)) == (0, 100)


def test_a_clock_that_shows_the_present_goes_through_no_past(tmp_path) -> None:
    assert clock.replay() is None
    clock.use(tmp_path / "clock.json")
    assert clock.replay() is None
    clock.set_to(tmp_path / "clock.json", datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.replay() is None
