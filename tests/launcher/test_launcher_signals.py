"""However a launcher ends, no process and no damage is left (I1)."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from launcher_rig import Rig, eventually

from ckanext.jambi.launcher import child, down
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.record import Entry, end_leftovers


def postgres_of(rig: Rig) -> Postgres:
    return Postgres(rig.data / "postgres", superuser="postgres")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_i01_asked_to_stop_leaves_no_process_and_no_record(rig: Rig, number: signal.Signals) -> None:
    launcher = rig.start()
    launcher.send_signal(number)
    assert launcher.wait(30) == 0
    assert rig.living() == []
    assert not (rig.data / "processes.json").exists()
    assert not (rig.data / "postgres" / "data" / "postmaster.pid").exists()


def test_i01_down_returns_when_the_last_process_is_gone(rig: Rig) -> None:
    rig.start()
    assert down.stop(Layout(rig.data.parent, rig.data))
    assert rig.living() == []
    assert not down.stop(Layout(rig.data.parent, rig.data))


def test_i01_grandchild_with_a_session_of_its_own_is_ended_too(rig: Rig) -> None:
    launcher = rig.start()
    assert eventually(lambda: any("grandchild" in words for words in rig.living()))
    launcher.terminate()
    launcher.wait(30)
    assert rig.living() == []


def test_i01_sigkill_of_the_launcher_ends_the_services_and_keeps_their_data(rig: Rig) -> None:
    launcher = rig.start()
    postgres_of(rig).sql("CREATE TABLE kept AS SELECT 1 AS one")
    services = [rig.entry("postgres"), rig.entry("valkey")]
    launcher.kill()
    launcher.wait()
    assert eventually(lambda: not any(entry.alive for entry in services))
    assert not (rig.data / "postgres" / "data" / "postmaster.pid").exists(), "a clean shutdown removes it"


def test_i01_start_after_sigkill_ends_leftovers_and_finds_its_data(rig: Rig) -> None:
    launcher = rig.start()
    postgres_of(rig).sql("CREATE TABLE kept AS SELECT 1 AS one")
    deaf = rig.entry("deaf")
    launcher.kill()
    launcher.wait()
    end_leftovers(rig.record().processes, seconds=5.0)
    assert not deaf.alive
    rig.start()
    assert postgres_of(rig).sql("SELECT one FROM kept") == "1"


@pytest.mark.parametrize("name", ["postgres", "valkey", "parent"])
def test_i01_killed_child_is_started_again(rig: Rig, name: str) -> None:
    rig.start()
    before = rig.entry(name)
    os.kill(before.pid, signal.SIGKILL)
    assert eventually(lambda: rig.entry(name).restarts == 1 and rig.entry(name).alive)
    assert rig.entry(name).pid != before.pid
    if name == "postgres":
        assert eventually(postgres_of(rig).answers)


def test_killed_while_it_starts_leaves_no_half_cluster(rig: Rig) -> None:
    launcher = rig.launch()
    assert eventually(lambda: list((rig.data / "postgres").glob("data.new.*")))
    launcher.kill()
    launcher.wait()
    rig.start()
    assert postgres_of(rig).sql("SELECT 1") == "1"
    assert list((rig.data / "postgres").glob("data.new.*")) == []


def test_leftover_that_ends_by_itself_is_not_killed(tmp_path: Path) -> None:
    command = child.Command("short", ("sleep", "0.2"), tmp_path / "log")
    process = child.spawn(command)
    entry = Entry("short", process.pid, child.started_ticks(process.pid), "", 0, "running")
    assert end_leftovers([entry], seconds=5.0) == []


def test_pid_of_another_process_is_never_taken_for_ours() -> None:
    stranger = Entry("web", os.getpid(), "1", "", 0, "running")
    start = time.monotonic()
    assert end_leftovers([stranger], seconds=5.0) == []
    assert time.monotonic() - start < 1.0
