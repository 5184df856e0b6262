"""Workers as real processes, and waiting for what they do."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ckan import model
from ckanext.datastore.backend import postgres as datastore_backend

Found = TypeVar("Found")


def fork(work: Callable[[], Any]) -> int:
    """Run work in a child with connections of its own; return the child's id."""
    model.Session.remove()
    child = os.fork()
    if child == 0:
        try:
            model.meta.engine.dispose(close=False)
            datastore_backend._engines.clear()
            work()
        finally:
            os._exit(0)
    return child


@contextmanager
def running(*works: Callable[[], Any]) -> Iterator[list[int]]:
    """Run each work in a child for the length of the block; what is left then is killed."""
    children = [fork(work) for work in works]
    try:
        yield children
    finally:
        for child in children:
            end(child, signal.SIGKILL)


def end(child: int, number: int = signal.SIGTERM) -> float:
    """Send a signal to a child and return how many seconds it took to end; one that is gone is no error."""
    began = time.monotonic()
    try:
        os.kill(child, number)
        os.kill(child, signal.SIGCONT)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        return 0.0
    return time.monotonic() - began


def eventually(look: Callable[[], Found | None], seconds: float) -> Found:
    """Return what `look` finds, as soon as it finds something; errors of a database that is away are none."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = look()
        if found:
            return found
        select.select([], [], [], 0.02)
    raise AssertionError(f"Not within {seconds} s")
