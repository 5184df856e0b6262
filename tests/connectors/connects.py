"""The socket recorder (HV09, P11): every address that this process or a child of it connects to.

Python tells of each connect by an audit event, in children too (`recorder/sitecustomize.py`). What libpq opens
it does not see: there the peer of the open session is asked for.
"""

from __future__ import annotations

import os
import socket
import sys
from ast import literal_eval
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

RECORDER = Path(__file__).parent / "recorder"
Address = tuple[str, int]


@dataclass
class Watch:
    """What one reading did.

    Attributes:
        seen: the addresses connected to, in this process and in its children.
        looked_up: names that somebody asked the system for.
        judged: the addresses that were given out after they were judged.
        children: how many children were watched.
    """

    seen: list[Address] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    judged: set[Address] = field(default_factory=set)
    children: int = 0

    def resolver(self, answers: Callable[[str], Sequence[str]]) -> Callable[[str, int], Sequence[str]]:
        """Return a resolver; whatever it names is what will be judged."""

        def resolve(host: str, port: int) -> Sequence[str]:
            found = answers(host)
            self.judged |= {(one, port) for one in found}
            return found

        return resolve

    @property
    def unjudged(self) -> list[Address]:
        """The addresses that nobody judged."""
        return [one for one in self.seen if one not in self.judged]


TOTALS: dict[str, Watch] = {}
"""What each kind did in this session, for the summary."""
_active: list[Watch] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _active:
        return
    if event == "socket.getaddrinfo":
        _active[-1].looked_up.append(str(arguments[0]))
    elif event in ("socket.connect", "socket.sendto") and arguments[0].family != socket.AF_UNIX:
        _active[-1].seen.append((str(arguments[1][0]), int(arguments[1][1])))


sys.addaudithook(_hear)


@contextmanager
def watching(kind: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Watch this process and the children that it starts, and add to what is known of a kind."""
    watch, log = Watch(), folder / "connects.log"
    patch.setenv("JAMBI_CONNECTS", str(log))
    patch.setenv("PYTHONPATH", os.pathsep.join([str(RECORDER), os.environ.get("PYTHONPATH", "")]))
    original = psycopg2.connect

    def connect(*args: Any, **options: Any) -> Any:
        session = original(*args, **options)
        with socket.socket(fileno=os.dup(session.fileno())) as peer:
            if peer.family != socket.AF_UNIX:
                watch.seen.append(peer.getpeername()[:2])
        return session

    patch.setattr(psycopg2, "connect", connect)
    _active.append(watch)
    try:
        yield watch
    finally:
        _active.remove(watch)
        _read(log, watch)
        _add(kind, watch)


def _read(log: Path, watch: Watch) -> None:
    for line in log.read_text("utf-8").splitlines() if log.exists() else ():
        _, event, said = line.split("\t", 2)
        if event == "start":
            watch.children += 1
        elif event == "socket.getaddrinfo":
            watch.looked_up.append(str(literal_eval(said)))
        else:
            watch.seen.append(tuple(literal_eval(said)[:2]))
    log.unlink(missing_ok=True)


def _add(kind: str, watch: Watch) -> None:
    total = TOTALS.setdefault(kind, Watch())
    total.seen += watch.seen
    total.judged |= watch.judged
    total.children += watch.children


def summary() -> str:
    """Return what was seen of all kinds."""
    seen = sum(len(watch.seen) for watch in TOTALS.values())
    others = sum(len(watch.unjudged) for watch in TOTALS.values())
    children = sum(watch.children for watch in TOTALS.values())
    return (
        f"socket recorder: {len(TOTALS)} kinds, {children} children watched, {seen} connects seen,"
        f" {seen - others} of them to judged addresses, {others} to others"
    )
