"""Keep the portal's processes running: start, restart with back-off, end, and leave no orphan.

One thread, one loop. While a preparing command runs (`call`) or something is waited for (`wait`), the
other processes are tended all the same.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ckanext.jambi.launcher import child, disk, logs
from ckanext.jambi.launcher.errors import StepError
from ckanext.jambi.launcher.record import Entry, Record

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
LOOK_SECONDS = 0.2
LOG_SECONDS = 5.0
CALL_SECONDS = 900.0


def restart_delay(failures: int) -> float:
    """Return the seconds to wait before the start after `failures` failures in a row."""
    return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (failures - 1))


@dataclass
class Service:
    """A process that must run until the portal stops; a lower `layer` stops later."""

    command: child.Command
    layer: int
    address: str = ""
    before: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = None
    ticks: str | None = None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: float = 0.0
    restarts: int = 0
    failures: int = 0
    retry_at: float | None = None

    def entry(self) -> Entry:
        """Return this process for the record."""
        pid = self.process.pid if self.process else 0
        state = "waiting" if self.retry_at is not None else "running"
        since = self.since.isoformat(timespec="seconds")
        log = str(self.command.log)
        return Entry(self.command.name, pid, self.ticks, since, self.restarts, state, self.address, log)


class Supervisor:
    """The parent of all processes of one portal; `say` tells a person of restarts."""

    def __init__(self, record: Path, say: Callable[[str], None], launcher: int, address: str = "") -> None:
        self._path = record
        self._say = say
        self._launcher = launcher
        self._services: list[Service] = []
        self._call: Service | None = None
        self._logs_at = 0.0
        self._phase = "starting"
        self._address = address
        self._unwritten = False
        self._shortage = ""

    def open(self) -> None:
        """Become the parent of orphans, and let ended children wake the loop."""
        child.adopt_orphans()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        self._write()

    @property
    def phase(self) -> str:
        """What the portal is doing; recorded when it changes."""
        return self._phase

    @phase.setter
    def phase(self, phase: str) -> None:
        self._phase = phase
        self._write()

    def start(self, service: Service) -> None:
        """Start a service and keep it running."""
        self._services.append(service)
        self._launch(service)

    def call(
        self,
        command: child.Command,
        timeout_seconds: float = CALL_SECONDS,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Run one command to its end while the services are tended and `meanwhile` is called now and then.

        Raises:
            StepError: if it fails or takes too long, with the end of its log.
        """
        self._call = Service(command, layer=2)
        self._launch(self._call)
        process = self._call.process
        ended = self.wait(lambda: process is None or _ended(process, meanwhile), timeout_seconds)
        status = process.returncode if process and ended else None
        self._end([self._call])
        self._call = None
        self._write()
        if status != 0:
            problem = f"ended with status {status}" if ended else f"took more than {timeout_seconds:.0f} s"
            raise StepError(
                f"`{command.name}` {problem}. The end of {command.log}:\n{logs.last_lines(command.log)}"
            )

    def wait(self, until: Callable[[], bool], seconds: float | None = None) -> bool:
        """Tend the services until a condition holds or the time is over; whether it holds."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not until():
            if deadline is not None and time.monotonic() > deadline:
                return False
            signal.sigtimedwait({signal.SIGCHLD}, LOOK_SECONDS if deadline else 1.0)
            self._tend()
        return True

    def close(self) -> None:
        """End all processes, the portal's before the services they stand on, and every orphan."""
        self.phase = "stopping"
        running = [*self._services, *([self._call] if self._call else [])]
        for layer in sorted({service.layer for service in running}, reverse=True):
            self._end([service for service in running if service.layer == layer])
        child.end_orphans(set())
        self._services.clear()
        self._path.unlink(missing_ok=True)

    def _launch(self, service: Service) -> None:
        service.before()
        service.process = child.spawn(service.command)
        service.ticks = child.started_ticks(service.process.pid)
        service.since, service.started_at, service.retry_at = datetime.now(UTC), time.monotonic(), None
        self._write()

    def _tend(self) -> None:
        for service in self._services:
            if service.retry_at is not None:
                if time.monotonic() >= service.retry_at:
                    service.restarts += 1
                    self._launch(service)
            elif service.process and service.process.poll() is not None:
                self._plan_restart(service, service.process)
        if time.monotonic() - self._logs_at > LOG_SECONDS:
            self._logs_at = time.monotonic()
            self._keep_house()

    def _keep_house(self) -> None:
        """Do what must be done every few seconds; a full disk is told and outlived."""
        child.adopted(self._known())
        logs.rotate(service.command.log for service in self._services)
        if self._unwritten:
            self._write()
        shortage = disk.shortage(self._path.parent)
        if shortage != self._shortage:
            self._say(shortage or "The disk has room again")
        self._shortage = shortage

    def _plan_restart(self, service: Service, ended: subprocess.Popen[bytes]) -> None:
        if time.monotonic() - service.started_at > HEALTHY_SECONDS:
            service.failures = 0
        service.failures += 1
        delay = restart_delay(service.failures)
        service.retry_at = time.monotonic() + delay
        child.kill_group(ended.pid)
        name, log = service.command.name, service.command.log
        self._say(f"{name} ended with status {ended.returncode}; starting it again in {delay:g} s ({log})")
        self._write()

    def _end(self, services: list[Service]) -> None:
        """Ask all to end at once, then wait for each."""
        for act in (child.ask, child.finish):
            for service in services:
                if service.process:
                    act(service.process, service.command)

    def _known(self) -> set[int]:
        running = [*self._services, *([self._call] if self._call else [])]
        return {service.process.pid for service in running if service.process}

    def _write(self) -> None:
        running = [*self._services, *([self._call] if self._call else [])]
        entries = tuple(service.entry() for service in running)
        record = Record(self._phase, self._address, self._launcher, entries)
        try:
            record.write(self._path)
        except OSError as error:
            if not disk.is_full(error):
                raise
            self._unwritten = True  # the processes matter more than their list
        else:
            self._unwritten = False


def _ended(process: subprocess.Popen[bytes], meanwhile: Callable[[], object]) -> bool:
    meanwhile()
    return process.poll() is not None
