"""Number the boundary operations of a run, and do something to it at one of them.

An operation is one call of a database driver (a statement, a COPY, a commit, a rollback, a savepoint, on
any engine of the process), one exchange with a source (request sent, answer received), one command to
Redis, or one thing done to a file (a write to a spool, a rename, a wait for the disk). `Recorder` counts
those of the thread that installed it; given a blow, it strikes at its number.
"""

from __future__ import annotations

import http.client
import os
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import redis.connection
import sqlalchemy as sa
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class that psycopg2 writes small
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
METHODS = (
    (http.client.HTTPConnection, "endheaders"),
    (http.client.HTTPConnection, "getresponse"),
    (redis.connection.AbstractConnection, "send_packed_command"),
    (tempfile.SpooledTemporaryFile, "write"),
    (os, "rename"),
    (os, "replace"),
    (os, "fsync"),
)
COPY = "copy_expert"
STATEMENT = "do_execute"
REQUEST = "endheaders"
CUT = "cut"
RAISE = "DO $$ BEGIN RAISE EXCEPTION 'uji' USING ERRCODE = '{}'; END $$"
TERMINATE = "SELECT pg_terminate_backend(pg_backend_pid())"


class Blow(Protocol):
    """What is done to a run, before or after the operation of a number (the first is 1)."""

    @property
    def number(self) -> int:
        """Return the number of the operation."""

    @property
    def after(self) -> bool:
        """Return whether the operation is done before."""

    def strike(self, subject: Any) -> None:
        """Do it; `subject` is what the operation was called on."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The process ends as by SIGKILL: no handler runs, no connection says goodbye."""

    number: int
    after: bool

    def strike(self, subject: Any) -> None:
        """End the process."""
        os._exit(KILLED)


@dataclass(frozen=True, slots=True)
class Pause:
    """The process sleeps until somebody wakes it."""

    number: int
    after: bool

    def strike(self, subject: Any) -> None:
        """Stop the process."""
        os.kill(os.getpid(), signal.SIGSTOP)


@dataclass(frozen=True, slots=True)
class Fault:
    """The server refuses a statement with an SQLSTATE, or (`CUT`) ends the connection."""

    number: int
    code: str
    after: bool = False

    def strike(self, subject: Any) -> None:
        """Let the server raise on the statement's own cursor, inside its transaction."""
        statement = TERMINATE if self.code == CUT else RAISE.format(self.code)
        if hasattr(subject, "exec_driver_sql"):  # a savepoint, of SQLAlchemy's connection
            subject.exec_driver_sql(statement)
        elif hasattr(subject, "execute"):
            subject.execute(statement)
        else:  # a commit, of the driver's connection
            subject.cursor().execute(statement)


@dataclass
class Recorder:
    """Counts operations by kind; strikes once, if a blow is given."""

    blow: Blow | None = None
    counts: Counter[str] = field(default_factory=Counter)
    number: int = 0
    statements: list[int] = field(default_factory=list)
    _thread: int = field(default_factory=threading.get_ident)

    def install(self, *engines: Engine) -> None:
        """Watch these engines, and all HTTP clients, Redis connections and files of the process."""
        for engine in engines:
            for name in DRIVER_CALLS:
                setattr(engine.dialect, name, self._watched(name, getattr(engine.dialect, name)))
            sa.event.listen(engine, "connect", self._watch_copies)
        for owner, name in METHODS:
            setattr(owner, name, self._watched_method(owner, name))

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(subject: Any, *args: Any, **kwargs: Any) -> Any:
            number = self._begin(name, subject)
            answer = call(subject, *args, **kwargs)
            self._strike(number, subject, after=True)
            return answer

        return watched

    def _watch_copies(self, connection: Any, _: object) -> None:
        """COPY is asked of the driver's own cursor, past SQLAlchemy."""
        watched = self._watched(COPY, Cursor.copy_expert)
        connection.cursor_factory = type("WatchedCursor", (Cursor,), {COPY: watched})

    def _watched_method(self, owner: Any, name: str) -> Callable[..., Any]:
        original = getattr(owner, name)
        label = "redis" if name == "send_packed_command" else name
        return self._watched(label, original)

    def _begin(self, name: str, subject: Any) -> int:
        if threading.get_ident() != self._thread:
            return 0
        self.number += 1
        self.counts[name] += 1
        if name == STATEMENT:
            self.statements.append(self.number)
        self._strike(self.number, subject, after=False)
        return self.number

    def _strike(self, number: int, subject: Any, *, after: bool) -> None:
        if self.blow and number == self.blow.number and after == self.blow.after:
            self.blow.strike(subject)
