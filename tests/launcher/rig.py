"""A launcher of a small portal: real PostgreSQL and Valkey, and children that behave badly.

Usage: python rig.py DATA PORT      (the same session, lock, supervisor and services as `jambi up`)
"""

from __future__ import annotations

import sys
from pathlib import Path

from ckanext.jambi.launcher import session
from ckanext.jambi.launcher.child import Command
from ckanext.jambi.launcher.errors import LauncherError
from ckanext.jambi.launcher.layout import Layout
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.progress import Progress
from ckanext.jambi.launcher.supervisor import Service, Supervisor
from ckanext.jambi.launcher.valkey import Valkey

CHECKOUT = Path(__file__).parents[2]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
PARENT = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1], 'grandchild'],"
    " start_new_session=True); time.sleep(600)"
)


class SmallPortal:
    """Two services, a child that is deaf to SIGTERM, and one whose child has a session of its own."""

    def __init__(self, layout: Layout, supervisor: Supervisor) -> None:
        self.layout = layout
        self.supervisor = supervisor
        self.postgres = Postgres(layout.data / "postgres", superuser="postgres")
        self.valkey = Valkey(layout.data / "valkey")

    def run(self) -> None:
        """Start all, say so, and tend them."""
        self.postgres.create()
        command = self.postgres.command(self.layout.log("postgres"))
        self.supervisor.start(Service(command, 0, before=self.postgres.prepare))
        command = self.valkey.command(self.layout.log("valkey"))
        self.supervisor.start(Service(command, 0, before=self.valkey.prepare))
        if not self.supervisor.wait(self.postgres.answers, 30):
            raise LauncherError("PostgreSQL does not answer")
        self.supervisor.start(Service(self._python("deaf", DEAF, stop_seconds=0.5), 1))
        self.supervisor.start(Service(self._python("parent", PARENT), 1))
        self.supervisor.phase = "running"
        self.supervisor.wait(lambda: False)

    def close(self) -> None:
        """End all, as the real portal does."""
        self.supervisor.close()
        self.postgres.remove_socket()
        self.valkey.remove_socket()

    def _python(self, name: str, program: str, stop_seconds: float = 10.0) -> Command:
        argv = (sys.executable, "-c", program, str(self.layout.data), name)
        return Command(name, argv, self.layout.log(name), stop_seconds=stop_seconds)


def main(data: str, port: str) -> int:
    """Run until a signal comes."""
    layout = Layout(CHECKOUT, Path(data))
    try:
        session.run(layout, int(port), Progress(), lambda supervisor: SmallPortal(layout, supervisor))
    except LauncherError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
