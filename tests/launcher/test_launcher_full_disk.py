"""A disk that fills, at the start or later, is told as such; nothing is damaged and nothing is left (I5)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from launcher_rig import Rig, eventually

from ckanext.jambi.launcher import ports
from ckanext.jambi.launcher.errors import DiskFullError
from ckanext.jambi.launcher.postgres import Postgres

JAMBI = [sys.executable, "-P", "-m", "ckanext.jambi.launcher"]
ROOMY = "1g"
PAGE = 4096


class Disk:
    """A disk of its own, in memory, that can be made full and roomy again."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self) -> None:
        """Leave no room: the disk becomes as large as what lies on it."""
        self.resize(str((shutil.disk_usage(self.place).used + PAGE) // PAGE * PAGE))

    def free(self) -> None:
        """Make room again."""
        self.resize(ROOMY)

    def resize(self, size: str) -> None:
        """Give the disk this size, or the least that holds what is on it."""
        while subprocess.run(["mount", "-o", f"remount,size={size}", self.place], check=False).returncode:
            size = str(shutil.disk_usage(self.place).used + 64 * PAGE)  # it grew meanwhile


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    tmp_path.chmod(0o711)
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=711,size={ROOMY}", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk, where mounting is allowed")
    yield Disk(place)
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def crowded(disk: Disk) -> Iterator[Rig]:
    rig = Rig(disk.place / "data")
    yield rig
    if rig.process and rig.process.poll() is None:
        rig.process.terminate()
        rig.process.wait(30)


def test_i05_full_disk_while_the_cluster_is_made_is_a_sentence(disk: Disk) -> None:
    disk.resize("8m")
    with pytest.raises(DiskFullError, match="--data-dir"):
        Postgres(disk.place / "pg").create()
    assert not (disk.place / "pg" / "data").exists()


@pytest.mark.parametrize("moment", ["postgres/data.new.*/base", "postgres/data/PG_VERSION", "portal.ini"])
def test_i05_disk_that_fills_during_the_first_start_is_told_and_nothing_is_left(
    disk: Disk, moment: str
) -> None:
    data = disk.place / "data"
    port = str(ports.first_free(5650))
    command = [*JAMBI, "up", "--port", port, "--data-dir", str(data)]
    launcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert eventually(lambda: list(data.glob(moment)), 60)
    disk.fill()
    said, _ = launcher.communicate(timeout=120)
    assert launcher.returncode == 1
    assert re.search(rf"The disk of {data}\S* is full: free some room", said)
    assert "reset" not in said
    assert Rig(data).living() == []


def test_i05_disk_that_fills_while_running_is_told_and_outlived(disk: Disk, crowded: Rig) -> None:
    crowded.start()
    postgres = Postgres(crowded.data / "postgres", superuser="postgres")
    postgres.make_durable()
    postgres.sql("CREATE TABLE kept AS SELECT 1 AS one")
    disk.fill()
    os.kill(crowded.entry("postgres").pid, signal.SIGKILL)
    crowded.hear(f"The disk of {crowded.data} is full: free some room")
    disk.free()
    crowded.hear("The disk has room again")
    assert eventually(postgres.answers, 60)
    assert postgres.sql("SELECT one FROM kept") == "1"
    crowded.end()
    assert crowded.living() == []


def test_i05_full_disk_does_not_keep_a_portal_from_stopping(disk: Disk, crowded: Rig) -> None:
    crowded.start()
    disk.fill()
    said = crowded.end()
    assert "Stopped" in said
    assert crowded.living() == []
