"""Number the boundary operations of a run, and end the process at one of them.

An operation is one call of a database driver (a statement, a commit, a rollback, a savepoint, on any
engine of the process) or one exchange with a source (request sent, answer received). `Recorder` counts
those of the thread that installed it; told a number and a side, it ends the process there by
`os._exit(137)`, as SIGKILL would: no handler runs, no connection says goodbye.
"""

from __future__ import annotations

import http.client
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Engine

KILLED = 137
DRIVER_CALLS = (
    "do_execute",
    "do_execute_no_params",
    "do_executemany",
    "do_commit",
    "do_rollback",
    "do_savepoint",
    "do_release_savepoint",
    "do_rollback_to_savepoint",
)
EXCHANGES = ("endheaders", "getresponse")


@dataclass(frozen=True, slots=True)
class Kill:
    """Where the process ends: before or after the operation of this number (the first is 1)."""

    number: int
    after: bool


@dataclass
class Recorder:
    """Counts operations by kind; ends the process at `kill`, if that is given."""

    kill: Kill | None = None
    counts: Counter[str] = field(default_factory=Counter)
    number: int = 0
    _thread: int = field(default_factory=threading.get_ident)

    def install(self, *engines: Engine) -> None:
        """Watch these engines and all HTTP clients of the process."""
        for engine in engines:
            for name in DRIVER_CALLS:
                setattr(engine.dialect, name, self._watched(name, getattr(engine.dialect, name)))
        for name in EXCHANGES:
            setattr(http.client.HTTPConnection, name, self._watched_method(name))

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            number = self._begin(name)
            answer = call(*args, **kwargs)
            self._end_at(number, after=True)
            return answer

        return watched

    def _watched_method(self, name: str) -> Callable[..., Any]:
        original = getattr(http.client.HTTPConnection, name)

        def watched(connection: Any, *args: Any, **kwargs: Any) -> Any:
            return self._watched(name, original)(connection, *args, **kwargs)

        return watched

    def _begin(self, name: str) -> int:
        if threading.get_ident() != self._thread:
            return 0
        self.number += 1
        self.counts[name] += 1
        self._end_at(self.number, after=False)
        return self.number

    def _end_at(self, number: int, *, after: bool) -> None:
        if self.kill and number == self.kill.number and after == self.kill.after:
            os._exit(KILLED)
