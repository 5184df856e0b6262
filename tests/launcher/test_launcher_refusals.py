"""What cannot go well is refused with a sentence, and nothing is started."""

from __future__ import annotations

import socket

from launcher_rig import Rig

from ckanext.jambi.launcher import ports


def refusal(rig: Rig) -> str:
    launcher = rig.launch()
    said, _ = launcher.communicate(timeout=60)
    assert launcher.returncode == 1
    return said


def test_second_launcher_on_the_same_folder_is_refused(rig: Rig) -> None:
    first = rig.start()
    said = refusal(rig)
    assert f"already running in {rig.data} (process {first.pid})" in said
    assert rig.record().phase == "running"


def test_taken_port_is_refused_before_anything_starts(rig: Rig) -> None:
    with socket.create_server((ports.LOOPBACK, rig.port)):
        assert f"Port {rig.port} is taken by process" in refusal(rig)
    assert not (rig.data / "postgres").exists()


def test_torn_cluster_is_refused_and_left_as_it_is(rig: Rig) -> None:
    rig.start().terminate()
    assert rig.process
    rig.process.wait(30)
    (rig.data / "postgres" / "data" / "global" / "pg_control").unlink()
    assert "is not a whole PostgreSQL cluster" in refusal(rig)
    assert (rig.data / "postgres" / "data" / "PG_VERSION").exists()


def test_cluster_of_another_postgresql_is_named(rig: Rig) -> None:
    rig.start().terminate()
    assert rig.process
    rig.process.wait(30)
    (rig.data / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    assert "was made by PostgreSQL 17; this one is 18" in refusal(rig)
