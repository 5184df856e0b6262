"""The processes of the portal itself: how web, workers, demo city and `ckan` commands are started."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ckanext.jambi.launcher.child import Command
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.ports import LOOPBACK

WEB_WORKERS = 2
WEB_THREADS = 2


@dataclass(frozen=True)
class Portal:
    """One portal: its folders and its three ports on loopback."""

    layout: Layout
    port: int
    city_port: int
    live_port: int

    @property
    def url(self) -> str:
        """Where people find the portal."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def city_url(self) -> str:
        """Where the demo city answers."""
        return f"http://{LOOPBACK}:{self.city_port}"

    @property
    def events_url(self) -> str:
        """Where the event stream answers."""
        return f"http://{LOOPBACK}:{self.live_port}/events"

    def web(self) -> Command:
        """The web server; its control socket would lie in the home folder, so it has none."""
        argv = ["-m", "gunicorn", "--no-control-socket", "--bind", f"{LOOPBACK}:{self.port}"]
        argv += ["--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)]
        argv += ["--graceful-timeout", "10", "--timeout", "120", "--log-level", "warning"]
        return self._python("web", *argv, "ckanext.jambi.launcher.wsgi:application()")

    def city(self) -> Command:
        """The demo city."""
        argv = ["-m", "ckanext.jambi.demo_city", "--port", str(self.city_port), "--control"]
        argv += ["--clock-file", str(self.layout.clock), "--drop-folder", str(self.layout.drop)]
        return self._python("demo-city", *argv)

    def worker(self) -> Command:
        """The worker that harvests by the clock and runs the rooms' ticks."""
        return self.ckan("worker", "jambi", "harvest", "worker")

    def live(self) -> Command:
        """The live hub, which serves the event stream."""
        return self.ckan("live", "jambi", "live", "serve", "--port", str(self.live_port))

    def jobs(self) -> Command:
        """The worker of CKAN's own background jobs."""
        return self.ckan("jobs", "jobs", "worker")

    def upgrade(self, address: str) -> Command:
        """The command that makes and changes tables, as the role that `address` of the database names."""
        command = self.ckan("db-upgrade", "db", "upgrade", log="setup")
        return replace(command, environment=self._environment() | {"CKAN_SQLALCHEMY_URL": address})

    def ckan(self, name: str, *arguments: str, log: str | None = None) -> Command:
        """The `ckan` command with this portal's ini file."""
        return self._python(name, str(Path(sys.executable).parent / "ckan"), *arguments, log=log)

    def _python(self, name: str, *arguments: str, log: str | None = None) -> Command:
        return Command(
            name=name,
            argv=(sys.executable, "-P", *arguments),
            log=self.layout.log(log or name),
            environment=self._environment(),
            folder=self.layout.checkout,
        )

    def _environment(self) -> dict[str, str]:
        """Return our environment without what would override the ini file or slow each start."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CKAN") and name != "PYTHONDONTWRITEBYTECODE"
        }
        own = {
            "CKAN_INI": str(self.layout.ini),
            "TMPDIR": str(self.layout.data / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
        return kept | own
