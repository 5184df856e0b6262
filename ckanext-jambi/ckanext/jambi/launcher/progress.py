"""Tell the person who waits what is being done, with the seconds since the start."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path


class Progress:
    """Lines on standard output; a reader that went away disturbs nothing."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def step(self, text: str) -> None:
        """Print what begins now."""
        self.line(f"[{self.seconds:6.1f} s] {text}")

    def line(self, text: str = "") -> None:
        """Print one line as it is."""
        with suppress(OSError, ValueError):
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def move_to(self, log: Path) -> None:
        """Go on in a log: whoever started us may leave now."""
        sys.stdout.flush()
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(handle, stream)
        os.close(handle)
