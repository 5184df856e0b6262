"""Lanes: the processes of one worker, each with one run at a time. One that dies is replaced."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import time
from collections.abc import Callable
from types import FrameType

from ckan import model
from flask import Flask

from ckanext.jambi.harvest.worker import Worker

log = logging.getLogger(__name__)

# So that a lane which dies at once is not replaced a thousand times a second.
PAUSE_SECONDS = 1.0
PR_SET_PDEATHSIG = 1


def serve_lanes(app: Flask, number: int) -> None:
    """Serve with several lanes until SIGTERM or SIGINT."""
    if number <= 1:
        Worker(app).serve()
        return
    model.meta.engine.dispose()
    Lanes(lambda: Worker(app).serve(), number).serve()


class Lanes:
    """Processes that do the same work; they end with this one, whatever ends it."""

    def __init__(self, work: Callable[[], None], number: int) -> None:
        self._work = work
        self._number = number
        self._children: set[int] = set()
        self._stopping = False

    def serve(self) -> None:
        """Keep all lanes at work; return once a stop was asked for and all have ended."""
        wanted = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self._stop) for number in wanted}
        try:
            for _ in range(self._number):
                self._open()
            while self._children:
                self._ended(*os.wait())
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ended(self, child: int, status: int) -> None:
        if child not in self._children:
            return
        self._children.discard(child)
        if self._stopping:
            return
        log.error("A lane ended with %s and is replaced", os.waitstatus_to_exitcode(status))
        time.sleep(PAUSE_SECONDS)
        self._open()

    def _open(self) -> None:
        if self._stopping:
            return
        parent = os.getpid()
        child = os.fork()
        if child:
            self._children.add(child)
            if self._stopping:
                os.kill(child, signal.SIGTERM)
            return
        try:
            self._end_with(parent)
            self._work()
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
