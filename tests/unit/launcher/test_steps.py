"""Done steps, atomic files, and the delay of restarts."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.jambi.launcher import jsonfile
from ckanext.jambi.launcher.steps import Steps, boot_id, fingerprint
from ckanext.jambi.launcher.supervisor import FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, restart_delay


def test_finished_step_is_known_to_the_next_start(tmp_path: Path) -> None:
    Steps(tmp_path / "state.json").finish("schema", "a1")
    later = Steps(tmp_path / "state.json")
    assert later.is_done("schema", "a1")
    assert not later.is_done("schema", "b2")
    assert not later.is_done("seed")


def test_noted_value_survives(tmp_path: Path) -> None:
    Steps(tmp_path / "state.json").note("city_port", 5001)
    assert Steps(tmp_path / "state.json").noted("city_port") == 5001


def test_fingerprint_sees_names_and_content(tmp_path: Path) -> None:
    one, two = tmp_path / "a.yaml", tmp_path / "b.yaml"
    one.write_text("x")
    two.write_text("y")
    marks = {fingerprint([one]), fingerprint([two]), fingerprint([one, two]), fingerprint("p", [one, two])}
    assert len(marks) == 4
    assert fingerprint([one, two]) == fingerprint([two, one])


def test_boot_id_stays_within_one_boot() -> None:
    assert boot_id() == boot_id() != ""


def test_written_file_is_private_and_leaves_no_draft(tmp_path: Path) -> None:
    jsonfile.write(tmp_path / "x.json", {"a": 1})
    assert stat.S_IMODE((tmp_path / "x.json").stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.json"]
    assert jsonfile.read(tmp_path / "x.json") == {"a": 1}


@given(st.integers(min_value=1, max_value=500))
def test_restart_delay_grows_to_a_limit(failures: int) -> None:
    assert (
        FIRST_DELAY_SECONDS <= restart_delay(failures) <= restart_delay(failures + 1) <= LONGEST_DELAY_SECONDS
    )


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (7, 30.0)])
def test_restart_delay_doubles(failures: int, seconds: float) -> None:
    assert restart_delay(failures) == seconds
