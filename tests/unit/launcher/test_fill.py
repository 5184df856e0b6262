"""The fill of a new portal: four harvests before it serves, or one, and a year while it serves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ckanext.jambi import clock
from ckanext.jambi.launcher.child import Command
from ckanext.jambi.launcher.errors import LauncherError, StepError
from ckanext.jambi.launcher.fill import Fill
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.portal import Portal
from ckanext.jambi.launcher.progress import Progress
from ckanext.jambi.launcher.steps import Steps

PRESENT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Recorder:
    """Stands for the supervisor: keeps what it was asked to run, and at which instant of the clock."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.fail = ""

    def call(self, command: Command, seconds: float, meanwhile: Any) -> None:
        meanwhile()
        self.calls.append((command.name, f"{clock.now():%Y-%m-%d}"))
        if command.name == self.fail:
            raise StepError("it ended with status 1")


@pytest.fixture
def fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that begins a start of one portal."""
    monkeypatch.setattr("ckanext.jambi.launcher.web_check.datasets_found", lambda port: False)
    layout = Layout(tmp_path / "checkout", tmp_path)
    portal = Portal(layout, 5000, 5001, 5002)

    def begin(history: str = "year", wish: datetime | None = PRESENT) -> Fill:
        supervisor: Any = Recorder()
        found = Fill(portal, Steps(layout.state), supervisor, Progress(), wish, history)
        found.set_clock()
        return found

    yield begin
    clock.use(None)


def calls(found: Fill) -> list[tuple[str, str]]:
    return found.supervisor.calls  # type: ignore[attr-defined]


def test_a_brief_past_is_four_harvests(fill: Any) -> None:
    found = fill("brief")
    found.run(lambda: None)
    assert calls(found) == [
        ("harvest-120", "2026-07-27"),
        ("harvest-60", "2026-09-25"),
        ("harvest-30", "2026-10-25"),
        ("harvest-0", "2026-11-24"),
    ]
    assert not found.has_past_left


def test_people_are_greeted_a_year_before_the_present_and_the_year_follows(fill: Any) -> None:
    found, greeted = fill(), []
    found.run(lambda: greeted.append(clock.now().date().isoformat()))
    assert greeted == ["2025-11-24"]
    assert found.has_past_left
    found.replay()
    assert calls(found) == [
        ("harvest-365", "2025-11-24"),
        ("history", "2025-11-24"),
        ("harvest-0", "2026-11-24"),
    ]
    assert not found.has_past_left


def test_a_year_that_was_stopped_goes_on_where_the_clock_stands(fill: Any, tmp_path: Path) -> None:
    fill().run(lambda: None)
    clock.set_to(Layout(tmp_path, tmp_path).clock, PRESENT - timedelta(days=100))
    again = fill(wish=None)
    assert clock.now().date().isoformat() == "2026-08-16"
    again.run(lambda: None)
    assert calls(again) == []
    assert again.has_past_left


def test_the_kind_of_past_is_that_of_the_first_start(fill: Any) -> None:
    fill("brief").run(lambda: None)
    assert not fill("year", None).has_past_left


def test_a_year_that_breaks_is_told_and_tried_again_before_the_present_is_harvested(
    fill: Any, capsys: Any
) -> None:
    found = fill()
    found.run(lambda: None)
    found.supervisor.fail = "history"
    found.replay()
    assert [name for name, _ in calls(found)[1:]] == ["history"] * 3 + ["harvest-0"]
    assert "it ended with status 1" in capsys.readouterr().out


def test_the_clock_cannot_be_wished_back(fill: Any) -> None:
    fill("brief").run(lambda: None)
    with pytest.raises(LauncherError, match="cannot go back"):
        fill("brief", PRESENT - timedelta(days=3))
