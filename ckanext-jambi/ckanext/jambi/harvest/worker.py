"""The worker: takes runs that are due, one at a time a lane, and the portal's duties by the clock.

It polls PostgreSQL every two seconds, so that a Redis that is away, flushed or read-only delays
nothing (HV03). SIGTERM ends the batch in work and gives the lease back (HV18).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ckan import model
from flask import Flask, g
from sqlalchemy.engine import Engine

from ckanext.jambi import ticks
from ckanext.jambi.harvest import faults, probing, pushing, status, wake
from ckanext.jambi.harvest.errors import StopRequestedError
from ckanext.jambi.harvest.links import checking
from ckanext.jambi.harvest.queue import enqueue_due
from ckanext.jambi.harvest.runner import run_next
from ckanext.jambi.harvest.work import Stop

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
TICK_SECONDS = 10.0
WAIT_SECONDS = 0.2
_WHEN_IDLE = (probing.probe_next, checking.check_next)
"""What a lane does while no run is due: one request at a time, so that a run does not wait for it."""


class Worker:
    """One lane: one run at a time, in the process's main thread.

    Args:
        awaited: keeps itself free for what somebody waits for and what was cut: it begins no round of the
            clock, does no duty and asks for nothing while it is idle.
    """

    def __init__(self, app: Flask, owner: str | None = None, *, awaited: bool = False) -> None:
        self._app = app
        self._awaited = awaited
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}"
        self._ticked_at = float("-inf")
        self.stop = Stop()
        faults.limit_idle(model.meta.engine)

    def serve(self) -> None:
        """Work until SIGTERM or SIGINT."""
        with self._signals():
            while not self.stop.requested:
                if not self._step():
                    self._wait()

    def drain(self) -> list[str]:
        """Work on all runs that are due now and return their states."""
        states: list[str] = []
        with self._signals():
            self._enqueue()
            while not self.stop.requested and (state := self.run_next()):
                states.append(state)
        return states

    def run_next(self, run_id: str | None = None) -> str | None:
        """Work on one run as the site's own user; return its state, None if none is free."""
        with self._app.test_request_context():
            try:
                return run_next(model.meta.engine, self._owner, self.stop, run_id, awaited=self._awaited)
            finally:
                model.Session.remove()
                g.pop("_login_user", None)

    def see_through(self, run_id: str) -> None:
        """Work on one run until it has ended, or wait for the worker that has it."""
        while self.run_next(run_id) is None:
            with model.meta.engine.connect() as connection:
                if status.has_ended(connection, run_id):
                    return
            time.sleep(WAIT_SECONDS)

    def _step(self) -> bool:
        """Do one thing that is due; return whether there was one."""
        try:
            if not self._awaited:
                self._tick()
            self._enqueue()
            if self.run_next() is not None:
                return True
            return not self._awaited and any(map(self._ask, _WHEN_IDLE))
        except faults.ERRORS as err:
            log.warning("The database does not answer: %s", err.orig)
            return False

    def _ask(self, ask_next: Callable[[Engine], bool]) -> bool:
        """Ask one source that failed whether it answers again, or look at one linked file."""
        with self._app.test_request_context():
            try:
                with self.stop.interruptible():
                    return ask_next(model.meta.engine)
            except StopRequestedError:
                log.info("The worker was asked to stop")
                return False
            finally:
                model.Session.remove()

    def _wait(self) -> None:
        try:
            with self.stop.interruptible():
                wake.wait(POLL_SECONDS)
        except StopRequestedError:
            log.info("The worker was asked to stop")

    def _tick(self) -> None:
        if time.monotonic() - self._ticked_at < TICK_SECONDS:
            return
        self._ticked_at = time.monotonic()
        with self._app.test_request_context():
            ticks.run_due(ticks.registered())
            model.Session.remove()

    def _enqueue(self) -> None:
        with model.meta.engine.begin() as connection:
            pushing.enqueue_waiting(connection)
            enqueue_due(connection)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {
            number: signal.signal(number, self.stop.request) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
