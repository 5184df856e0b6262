"""Real databases as sources: PostgreSQL from its wheel, MariaDB where Debian's package is installed.

Both are reached through a forwarder on loopback that counts its connections.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pymysql

from ckanext.jambi.launcher.postgres import Postgres
from jambi_harvesters.http import Target

HOST = "basisdata.test"
PASSWORD = "sandi-pembaca-7"
DATABASE = "pelayanan"
SEARCHED = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
MARIADBD = shutil.which("mariadbd", path=SEARCHED)
MARIADB_INSTALL = shutil.which("mariadb-install-db", path=SEARCHED)
HAS_MARIADB = bool(MARIADBD and MARIADB_INSTALL and shutil.which("my_print_defaults", path=SEARCHED))


class Forwarder:
    """Forwards loopback connections to a Unix socket, as a database on the network would answer."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._target))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65536):
            sink.sendall(block)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Server:
    """A database that a test fills as its owner and a connector reads as `pembaca`."""

    driver: str
    naive: str
    forwarder: Forwarder

    @property
    def target(self) -> Target:
        """The allowlist row of this database."""
        return Target("uji-db", HOST, "127.0.0.0/8", self.forwarder.port, "/")

    def address(self, user: str = "pembaca", password: str = PASSWORD, database: str = DATABASE) -> str:
        """Return what a secret would hold."""
        return f"{self.driver}://{user}:{password}@{HOST}:{self.forwarder.port}/{database}"

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        raise NotImplementedError

    def fresh(self) -> None:
        """Leave an empty database that `pembaca` and `penulis` may read."""
        raise NotImplementedError

    def fill(self, rows: Sequence[str]) -> None:
        """Make the usual table."""
        self.run(
            "CREATE TABLE izin (kode varchar(20) PRIMARY KEY, nama varchar(200), jumlah integer,"
            f" nik varchar(20), diubah {self.naive} NULL)",
            *(f"INSERT INTO izin VALUES ({row})" for row in rows),
        )

    def stop(self) -> None:
        """End the server."""
        raise NotImplementedError


class PostgresServer(Server):
    """PostgreSQL, its statements logged."""

    driver = "postgresql"
    naive = "timestamp"

    def __init__(self, folder: Path) -> None:
        self._server = Postgres(folder / "pg")
        self._server.create()
        hba = self._server.data / "pg_hba.conf"
        hba.write_text(f"local all pembaca,penulis scram-sha-256\n{hba.read_text()}")
        self._server.start()
        self.log = folder / "pg" / "postgres.log"
        self._server.sql(f"CREATE DATABASE {DATABASE}")
        for role in ("pembaca", "penulis"):
            self._server.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        self._server.sql(f"ALTER DATABASE {DATABASE} SET log_statement = 'all'")
        self.forwarder = Forwarder(self._server.socket / ".s.PGSQL.5432")

    def run(self, *statements: str) -> None:
        with closing(psycopg2.connect(self._server.url(DATABASE))) as connection, connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def fresh(self) -> None:
        self.run(
            "DROP SCHEMA IF EXISTS public CASCADE",
            "DROP SCHEMA IF EXISTS lain CASCADE",
            "CREATE SCHEMA public",
            "CREATE SCHEMA lain",
            "GRANT USAGE ON SCHEMA public, lain TO pembaca, penulis",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pembaca, penulis",
        )

    def stop(self) -> None:
        self.forwarder.close()
        self._server.stop()


class MariaServer(Server):
    """MariaDB of Debian's package."""

    driver = "mysql"
    naive = "datetime"

    def __init__(self, folder: Path) -> None:
        data, self._socket = folder / "maria", folder / "maria.sock"
        user = [f"--user={'root' if os.getuid() == 0 else os.environ.get('USER', '')}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        install = [str(MARIADB_INSTALL), "--no-defaults", f"--datadir={data}", *user]
        subprocess.run(
            [*install, "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, **quiet
        )
        options = ["--skip-networking", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M"]
        options.append("--innodb-flush-log-at-trx-commit=0")
        started = [str(MARIADBD), "--no-defaults", f"--datadir={data}", f"--socket={self._socket}", *user]
        self._process = subprocess.Popen([*started, *options], **quiet)
        self._wait()
        self.run(f"CREATE DATABASE {DATABASE}", use=False)
        for role in ("pembaca", "penulis"):
            self.run(f"CREATE USER {role} IDENTIFIED BY '{PASSWORD}'", use=False)
        self.forwarder = Forwarder(self._socket)

    def run(self, *statements: str, use: bool = True) -> None:
        with closing(self._owner(DATABASE if use else None)) as connection:
            for statement in statements:
                connection.cursor().execute(statement)
            connection.commit()

    def fresh(self) -> None:
        self.run(f"DROP DATABASE {DATABASE}", f"CREATE DATABASE {DATABASE}", use=False)
        for role in ("pembaca", "penulis"):
            self.run(f"REVOKE ALL, GRANT OPTION FROM {role}", f"GRANT SELECT ON {DATABASE}.* TO {role}")

    def stop(self) -> None:
        self.forwarder.close()
        self._process.terminate()
        self._process.wait(30)

    def _owner(self, database: str | None) -> Any:
        mode = "SET sql_mode = 'ANSI_QUOTES'"
        return pymysql.connect(
            unix_socket=str(self._socket), user="root", database=database, init_command=mode
        )

    def _wait(self) -> None:
        ends = time.monotonic() + 60
        while time.monotonic() < ends and self._process.poll() is None:
            with suppress(pymysql.err.MySQLError):
                self._owner(None).close()
                return
            self._process_pause()
        raise RuntimeError("MariaDB did not start")

    def _process_pause(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.1)


def started(kind: str, folder: Path) -> Iterator[Any]:
    """Yield a running server, and end it."""
    server = {"postgresql": PostgresServer, "mysql": MariaServer}[kind](folder)
    yield server
    server.stop()
