"""Run a reader of hostile files as a child process, which may die instead of us."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO

BLOCK = 1024 * 1024
KILLED = -9


def run_child(
    module: str, arguments: Sequence[str], file: IO[bytes], output: IO[bytes], *, seconds: float
) -> int:
    """Give a file to a module on its standard input, keep what it writes and return how it ended.

    Args:
        output: an open file of the system.
        seconds: the child is killed after that time.

    Returns:
        0 if it ended well, 1 if it raised an error, else what killed it.
    """
    with tempfile.TemporaryFile(prefix="jambi-child-") as source:
        file.seek(0)
        while block := file.read(BLOCK):
            source.write(block)
        source.flush()
        os.lseek(source.fileno(), 0, os.SEEK_SET)
        try:
            done = subprocess.run(
                [sys.executable, "-m", module, *arguments],
                stdin=source,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return KILLED
    return done.returncode
