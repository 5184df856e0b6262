"""End a child process before an operation of the database, as a power cut would."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from ckan import model

KILLED = 137


def killed_before(number: int, work: Callable[[], object], *, only: str = "") -> bool:
    """Run `work` in a child that dies before its n-th statement (or commit); return whether it died.

    Args:
        only: count only statements that contain this text, and no commits.
    """
    model.Session.remove()
    model.meta.engine.dispose()
    child = os.fork()
    if child == 0:
        _die_before(number, only)
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def _die_before(number: int, only: str) -> None:
    seen = 0

    def count(text: str) -> None:
        nonlocal seen
        seen += only in text
        if seen == number:
            os._exit(KILLED)

    def statement(_: Any, __: Any, text: str, parameters: object, *___: object) -> None:
        count(f"{text} {parameters}")

    sa.event.listen(model.meta.engine, "before_cursor_execute", statement)
    sa.event.listen(model.meta.engine, "commit", lambda _: count("" if not only else "-"))
