"""One launcher a data folder: a file lock that the kernel frees when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from ckanext.jambi.launcher.errors import AlreadyRunningError


class FolderLock:
    """The lock of a data folder; the file holds the process id of its holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def __enter__(self) -> FolderLock:
        """Take the lock.

        Raises:
            AlreadyRunningError: if another launcher holds it.
        """
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _taken(handle, attempts=5):
            os.close(handle)
            raise AlreadyRunningError(
                f"A portal is already running in {self.path.parent} (process {holder(self.path)})."
            )
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the lock."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None


def holder(path: Path, patience_seconds: float = 1.0) -> int | None:
    """Return the process id of the launcher that holds the lock at `path`; None if it is free.

    A launcher that has just taken it needs a moment to write its number.
    """
    deadline = time.monotonic() + patience_seconds
    while _is_held(path):
        text = path.read_text(encoding="ascii").strip()
        if text:
            return int(text)
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)
    return None


def _is_held(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _taken(handle, attempts=1)
    finally:
        os.close(handle)


def _taken(handle: int, attempts: int) -> bool:
    """Try to lock an open file; again after a moment, since one who looks holds it that long."""
    for attempt in range(attempts):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05 if attempt + 1 < attempts else 0)
        else:
            return True
    return False
