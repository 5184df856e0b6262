"""The disk of the data folder: what counts as full, and whose words are believed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ckanext.jambi.launcher import disk
from ckanext.jambi.launcher.errors import DiskFullError


def test_i05_full_disk_is_refused_with_numbers(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match=r"5 MB free.*800 MB"):
        disk.check_room(tmp_path, disk.FIRST_START_BYTES, lambda _: 5_000_000)


def test_i05_disk_with_room_is_no_shortage(tmp_path: Path) -> None:
    assert disk.shortage(tmp_path, lambda _: disk.FULL_BYTES) == ""


def test_i05_disk_without_room_says_what_to_do(tmp_path: Path) -> None:
    said = disk.shortage(tmp_path, lambda _: disk.FULL_BYTES - 1)
    assert f"The disk of {tmp_path} is full: free some room" in said


def test_folder_that_is_not_there_yet_is_judged_by_the_disk_it_will_lie_on(tmp_path: Path) -> None:
    assert disk.free_bytes(tmp_path / "a" / "b") > 0


@pytest.mark.parametrize(
    "text",
    [
        'FATAL:  could not write lock file "postmaster.pid": No space left on device',
        "psycopg2.errors.DiskFull: could not extend file: No space left on device",
        "OSError: [Errno 122] Disk quota exceeded",
    ],
)
def test_i05_program_that_found_no_room_is_believed(text: str) -> None:
    assert disk.is_blamed(text)


def test_other_failure_is_not_blamed_on_the_disk() -> None:
    assert not disk.is_blamed("PANIC:  could not locate a valid checkpoint record")


@pytest.mark.parametrize(
    ("number", "full"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EACCES, False)]
)
def test_system_call_that_found_no_room(number: int, full: bool) -> None:
    assert disk.is_full(OSError(number, os.strerror(number))) is full
