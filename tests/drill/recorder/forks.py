"""Run work in processes of their own, which tell what they found by a file."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

Subject = TypeVar("Subject")
# While one process waits for the database, another works.
AT_ONCE = (os.cpu_count() or 1) + 1
Found = dict[str, Any]
Work = Callable[[], Found]


def forked(work: Work) -> Found:
    """Run work in a process of its own and return what it found.

    Raises:
        RuntimeError: with the traceback, if the work raised anything.
    """
    pid, path = _fork(work)
    os.waitpid(pid, 0)
    answer = _read(path)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer


def side_by_side(works: Iterable[tuple[Subject, Work]]) -> Iterator[tuple[Subject, Found]]:
    """Run works, one more at a time than there are cores, and yield what each found as it ends.

    A work that raised has found `{"error": traceback}`.
    """
    waiting = iter(works)
    running: dict[int, tuple[Subject, Path]] = {}
    ended = False
    while running or not ended:
        while len(running) < AT_ONCE and not ended:
            subject, work = next(waiting, (None, None))
            if work is None:
                ended = True
                continue
            pid, path = _fork(work)
            running[pid] = (subject, path)
        if running:
            pid, _ = os.wait()
            subject, path = running.pop(pid)
            yield subject, _read(path) or {"error": "the process gave no answer"}


def _fork(work: Work) -> tuple[int, Path]:
    handle, name = tempfile.mkstemp(prefix="jambi-kill-")
    os.close(handle)
    path = Path(name)
    child = os.fork()
    if child == 0:
        try:
            path.write_text(json.dumps(work()), encoding="utf-8")
        except BaseException:  # noqa: BLE001 - the parent must hear of anything
            path.write_text(json.dumps({"error": traceback.format_exc()}), encoding="utf-8")
        finally:
            os._exit(0)
    return child, path


def _read(path: Path) -> Found:
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return json.loads(text) if text else {}
