"""The disk of the data folder: is there room, and was it its lack that made something fail?

A full disk looks like many other things: a server that does not start, a command that ends with a
traceback. It is asked for first, since the advice is the opposite: free some room, delete no portal.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

from ckanext.jambi.launcher.errors import DiskFullError

MEGABYTE = 1_000_000
FIRST_START_BYTES = 800 * MEGABYTE
LATER_START_BYTES = 100 * MEGABYTE
FULL_BYTES = 20 * MEGABYTE
"""Less is full: PostgreSQL takes room for its journal in pieces of 16 MB."""
FULL = {errno.ENOSPC, errno.EDQUOT}
SAID_BY_PROGRAMS = ("No space left on device", "Disk quota exceeded")


def free_bytes(folder: Path) -> int:
    """Return the room on the disk on which `folder` lies or will lie."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def check_room(folder: Path, needed: int, free: Callable[[Path], int] = free_bytes) -> None:
    """Refuse a disk with less than `needed` bytes free.

    Raises:
        DiskFullError: with the room that is missing.
    """
    found = free(folder)
    if found < needed:
        raise DiskFullError(
            f"The disk of {folder} has {found // MEGABYTE} MB free, a start needs {needed // MEGABYTE} MB: "
            "free some room, or put the portal on another disk by --data-dir."
        )


def shortage(folder: Path, free: Callable[[Path], int] = free_bytes) -> str:
    """Return a sentence that the disk of `folder` is full, empty if it is not."""
    return sentence(folder) if free(folder) < FULL_BYTES else ""


def is_blamed(text: str) -> bool:
    """Whether what a program said, or its log, blames a full disk."""
    return any(words in text for words in SAID_BY_PROGRAMS)


def sentence(folder: Path) -> str:
    """Return what happened and what to do."""
    return (
        f"The disk of {folder} is full: free some room, and the portal goes on where it was. "
        "A new portal can go to another disk by --data-dir."
    )


def is_full(error: OSError) -> bool:
    """Whether a system call failed because the disk is full."""
    return error.errno in FULL
