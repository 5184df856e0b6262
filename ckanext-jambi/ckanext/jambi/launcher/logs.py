"""Keep the logs small: a log that has grown too large is copied aside and emptied in place.

The processes keep writing to the same open file, so that none must be told; the few lines that come
between copying and emptying are lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from ckanext.jambi.launcher import disk

LIMIT_BYTES = 10_000_000
KEPT = 3
LONGEST_LINE = 300


def rotate(paths: Iterable[Path], limit_bytes: int = LIMIT_BYTES, kept: int = KEPT) -> None:
    """Move the content of each log larger than `limit_bytes` to NAME.1, older ones to NAME.2 and on."""
    for path in paths:
        if path.exists() and path.stat().st_size > limit_bytes:
            _rotate(path, kept)


def last_lines(path: Path, count: int = 12) -> str:
    """Return the end of a log, for an error message; of long lines the beginning."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 8_000))
        lines = log.read().decode(errors="replace").splitlines()
    return "\n".join(line[:LONGEST_LINE] for line in lines[-count:])


def _rotate(path: Path, kept: int) -> None:
    for number in range(kept - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    copy = path.with_name(f"{path.name}.1")
    try:
        shutil.copyfile(path, copy)
    except OSError as error:
        if not disk.is_full(error):
            raise
        copy.unlink()
        return  # a later turn finds room again
    with path.open("r+b") as log:
        log.truncate(0)
