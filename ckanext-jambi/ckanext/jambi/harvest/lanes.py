"""Lanes: the processes of one worker, each with one run at a time. One that dies is replaced.

Beside those that do all work there is one that takes only what somebody waits for, so that a push is public
within seconds whatever long run or duty the others are at (HV33).
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType

from flask import Flask

from ckanext.jambi.harvest import engines
from ckanext.jambi.harvest.worker import Worker

log = logging.getLogger(__name__)

# So that a lane which dies at once is not replaced a thousand times a second.
PAUSE_SECONDS = 1.0
PR_SET_PDEATHSIG = 1


def serve_lanes(app: Flask, number: int) -> None:
    """Serve with so many lanes, and the one for what somebody waits for, until SIGTERM or SIGINT."""
    for engine in engines.every():
        engine.dispose()
    Lanes([partial(_serve, app)] * number + [partial(_serve, app, awaited=True)]).serve()


def _serve(app: Flask, *, awaited: bool = False) -> None:
    Worker(app, awaited=awaited).serve()


class Lanes:
    """Processes that each do one of the `works`; they end with this one, whatever ends it."""

    def __init__(self, works: Sequence[Callable[[], None]]) -> None:
        self._works = works
        self._children: dict[int, Callable[[], None]] = {}
        self._stopping = False

    def serve(self) -> None:
        """Keep all lanes at work; return once a stop was asked for and all have ended."""
        wanted = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self._stop) for number in wanted}
        try:
            for work in self._works:
                self._open(work)
            while self._children:
                self._ended(*os.wait())
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ended(self, child: int, status: int) -> None:
        work = self._children.pop(child, None)
        if work is None or self._stopping:
            return
        log.error("A lane ended with %s and is replaced", os.waitstatus_to_exitcode(status))
        time.sleep(PAUSE_SECONDS)
        self._open(work)

    def _open(self, work: Callable[[], None]) -> None:
        if self._stopping:
            return
        parent = os.getpid()
        child = os.fork()
        if child:
            self._children[child] = work
            if self._stopping:
                os.kill(child, signal.SIGTERM)
            return
        try:
            self._end_with(parent)
            work()
        finally:
            os._exit(0)

    @staticmethod
    def _end_with(parent: int) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(0)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        for child in self._children:
            os.kill(child, signal.SIGTERM)
