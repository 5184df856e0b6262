"""The command's own words: no portal is started here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ckanext.jambi.launcher.cli import NOT_RUNNING, main


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(tmp_path / "data")


def test_status_of_a_stopped_portal(data: str) -> None:
    result = CliRunner().invoke(main, ["status", "--data-dir", data])
    assert result.exit_code == NOT_RUNNING
    assert "Portal stopped" in result.output


def test_status_for_programs(data: str) -> None:
    result = CliRunner().invoke(main, ["status", "--json", "--data-dir", data])
    assert json.loads(result.output) == {
        "phase": "stopped",
        "address": "",
        "launcher": 0,
        "processes": [],
        "data_dir": data,
    }


def test_down_without_a_portal_says_so(data: str) -> None:
    result = CliRunner().invoke(main, ["down", "--data-dir", data])
    assert result.exit_code == 0
    assert "No portal is running" in result.output


def test_reset_asks_first(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}")
    result = CliRunner().invoke(main, ["reset", "--data-dir", str(tmp_path)], input="n\n")
    assert result.exit_code == 1
    assert (tmp_path / "state.json").exists()


def test_reset_deletes_after_yes(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}")
    result = CliRunner().invoke(main, ["reset", "--yes", "--data-dir", str(tmp_path)])
    assert result.exit_code == 0
    assert not tmp_path.exists()


def test_reset_without_a_portal_is_a_sentence(data: str) -> None:
    result = CliRunner().invoke(main, ["reset", "--yes", "--data-dir", data])
    assert result.exit_code == 1
    assert "holds no portal" in result.output


def test_wrong_clock_shows_how_to_write_it() -> None:
    result = CliRunner().invoke(main, ["up", "--clock", "kemarin"])
    assert result.exit_code == 2
    assert "2026-11-24T07:10:00+07:00" in result.output


def test_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "processes.json").mkdir()
    result = CliRunner().invoke(main, ["down", "--data-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert f"jambi: {tmp_path}/processes.json: Is a directory" in result.output


def test_damaged_record_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "processes.json").write_text("{ torn")
    result = CliRunner().invoke(main, ["down", "--data-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert "jambi reset" in result.output
