"""Bring a portal up: the order of the steps, what a second start skips, and what runs at the end."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ckanext.jambi import append_only
from ckanext.jambi.launcher import accounts, databases, ini, logs, ports, web_check
from ckanext.jambi.launcher.child import Command
from ckanext.jambi.launcher.errors import ServiceError, StepError
from ckanext.jambi.launcher.fill import Fill
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.portal import Portal
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.progress import Progress
from ckanext.jambi.launcher.steps import Steps, boot_id, fingerprint
from ckanext.jambi.launcher.supervisor import Service, Supervisor
from ckanext.jambi.launcher.valkey import Valkey

SERVICES, PORTAL = 0, 1
READY_SECONDS = 120.0
MANY_FAILURES = 4
PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Wishes:
    """What the person who starts the portal asks for."""

    port: int
    clock: datetime | None = None
    history: str = "year"


class Boot:
    """One start of one portal; `ready` is called once people can look."""

    def __init__(
        self,
        layout: Layout,
        wishes: Wishes,
        supervisor: Supervisor,
        progress: Progress,
        ready: Callable[[], None],
    ) -> None:
        self.layout = layout
        self.wishes = wishes
        self.supervisor = supervisor
        self.ready = ready
        self.progress = progress
        self.steps = Steps(layout.state)
        self.postgres = Postgres(layout.data / "postgres", superuser="postgres")
        self.valkey = Valkey(layout.data / "valkey")
        city = self._port("city_port", wishes.port + 1)
        self.portal = Portal(layout, wishes.port, city, self._port("live_port", city + 1))

    def run(self) -> None:
        """Start everything and tend it until a signal ends us.

        The web server starts while organizations and sources are still being made.
        """
        self._start_services()
        self._prepare_databases()
        wishes = self.wishes
        fill = Fill(self.portal, self.steps, self.supervisor, self.progress, wishes.clock, wishes.history)
        fill.set_clock()
        self._start(self.portal.city(), self.portal.city_url)
        self._make_tables()
        web = self._start(self.portal.web(), self.portal.url)
        self._seed()
        fill.apply_sources()
        self._await_web(web)
        self.supervisor.phase = "filling"
        fill.run(self._welcome)
        self._start(self.portal.worker())
        self._start(self.portal.jobs())
        self._start(self.portal.live(), self.portal.events_url)
        if fill.has_past_left:
            self.supervisor.phase = "replaying"
            fill.replay()
        self.supervisor.phase = "running"
        self.supervisor.wait(lambda: False)

    def close(self) -> None:
        """End all processes and remove what lies outside the data folder."""
        self.supervisor.close()
        self.postgres.remove_socket()
        self.valkey.remove_socket()

    def _start_services(self) -> None:
        self._drop_unsafe_cluster()
        self.progress.step("PostgreSQL and Valkey")
        if self.postgres.create():
            self.steps.note("made_in_boot", boot_id())
        command = self.postgres.command(self.layout.log("postgres"))
        service = Service(command, SERVICES, str(self.postgres.socket), self.postgres.prepare)
        self.supervisor.start(service)
        command = self.valkey.command(self.layout.log("valkey"))
        self.supervisor.start(Service(command, SERVICES, str(self.valkey.socket), self.valkey.prepare))
        self._await_postgres(service)

    def _await_postgres(self, service: Service) -> None:
        if not self._await(service, self.postgres.answers):
            log = service.command.log
            raise ServiceError(
                f"PostgreSQL does not start on {self.postgres.data}; nothing was changed. "
                f"The end of {log}:\n{logs.last_lines(log)}"
            )

    def _drop_unsafe_cluster(self) -> None:
        """Throw away a cluster whose making was cut off by a loss of power: its files may be torn."""
        made_in = self.steps.noted("made_in_boot")
        if made_in and made_in != boot_id() and not self.steps.is_done("durable"):
            shutil.rmtree(self.postgres.data)
            self.steps.note("steps", {})

    def _prepare_databases(self) -> None:
        self._once("databases", "", "Databases and roles", lambda: databases.make(self.postgres))
        ini.write(self.portal, self.postgres, self.valkey)

    def _make_tables(self) -> None:
        guard_mark = fingerprint([PACKAGE / "append_only.py"])
        self._once("logs", guard_mark, "Owner of the logs", lambda: databases.guard_logs(self.postgres))
        migrate = self.portal.upgrade(self.postgres.url(databases.MAIN, append_only.UPGRADER))
        self._once("schema", self._schema_mark(), "Tables", lambda: self.supervisor.call(migrate))
        self._once("grants", "", "DataStore permissions", lambda: databases.grant(self.postgres))

    def _seed(self) -> None:
        seed = accounts.seed_command(self.portal, self.steps.noted("filled_from"))
        text = "Organizations, vocabularies, accounts"
        self._once("seed", self._seed_mark(), text, lambda: self.supervisor.call(seed))
        self._once("durable", "", "Everything onto the disk", self.postgres.make_durable)

    def _await_web(self, web: Service) -> None:
        self.progress.step("Waiting for the web server")
        log = web.command.log
        if not self._await(web, lambda: web_check.answers(self.wishes.port)):
            raise StepError(f"The web server does not answer. The end of {log}:\n{logs.last_lines(log)}")

    def _await(self, service: Service, answers: Callable[[], bool]) -> bool:
        """Wait until a service answers; False if it ends again and again, or takes too long."""
        started = self.supervisor.wait(lambda: service.failures >= MANY_FAILURES or answers(), READY_SECONDS)
        return started and service.failures < MANY_FAILURES

    def _welcome(self) -> None:
        """Tell where the portal is, who may log in, and how it is stopped."""
        layout = self.layout
        self.progress.step(f"The portal answers at {self.portal.url}")
        self.progress.line(f"Demo city:    {self.portal.city_url} (simulated data)")
        self.progress.line(f"Drop folder:  {layout.drop} (a file laid there is served by the demo city)")
        self.progress.line(f"Logs:         {layout.log('web').parent}")
        self.progress.line(f"Commands:     {layout.ckan_hint} jambi --help")
        for line in accounts.show_once(self.portal):
            self.progress.line(line)
        self.ready()

    def _start(self, command: Command, address: str = "") -> Service:
        service = Service(command, PORTAL, address)
        self.supervisor.start(service)
        return service

    def _once(self, step: str, mark: str, text: str, action: Callable[[], None]) -> None:
        if self.steps.is_done(step, mark):
            return
        self.progress.step(text)
        action()
        self.steps.finish(step, mark)

    def _schema_mark(self) -> str:
        revisions = (PACKAGE / "migration").glob("*/versions/*.py")
        packages = (importlib.metadata.version(name) for name in ("ckan", "ckanext-harvest"))
        return fingerprint(*packages, revisions, [self.layout.template])

    def _seed_mark(self) -> str:
        return fingerprint(
            [self.layout.checkout / "config" / "opd.yaml"], (PACKAGE / "launcher").glob("seed*.py")
        )

    def _port(self, name: str, start: int) -> int:
        """Return a port of ours: that of the last start if it is free, since sources and pages name it."""
        known = self.steps.noted(name)
        port = known if known and ports.is_free(known) else ports.first_free(start)
        self.steps.note(name, port)
        return port
