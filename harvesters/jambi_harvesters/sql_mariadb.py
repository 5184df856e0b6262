"""MariaDB and MySQL as a source, through PyMySQL."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, ClassVar

import pymysql
from pymysql.constants import CR, ER
from pymysql.cursors import Cursor as PlainCursor
from pymysql.cursors import SSCursor

from jambi_harvesters.dates import ZONES
from jambi_harvesters.errors import AuthFailedError, HarvesterError, SourceDownError
from jambi_harvesters.http import Client
from jambi_harvesters.sql_address import SqlAddress, is_public, untrusted
from jambi_harvesters.sql_database import STATEMENT_SECONDS, Cursor, Database

MAY_READ = frozenset({"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES"})
SLOW_CODES = (1969, 3024)
"""A statement hit its limit: on MariaDB, on MySQL."""

_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<object>.+?) TO ", re.IGNORECASE)
_COLUMNS = re.compile(r"\([^)]*\)")
_NO_ACCESS = (ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.TABLEACCESS_DENIED_ERROR)
_DOWN = (CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST)


class MariaDb(Database):
    """A session on MariaDB or MySQL."""

    errors: ClassVar[tuple[type[Exception], ...]] = (pymysql.err.MySQLError, OSError)
    quote: ClassVar[str] = "`"

    @classmethod
    def open(cls, address: SqlAddress, ips: Sequence[str], client: Client, zone: str) -> MariaDb:
        """Connect to one of the judged addresses by a socket that we opened ourselves.

        Args:
            zone: in which instants are wanted that the database keeps in UTC (TIMESTAMP).

        Raises:
            SourceDownError, AuthFailedError.
        """
        failure: HarvesterError = SourceDownError(
            url=address.shown, reason="no address", alasan="tanpa alamat"
        )
        for ip in ips:
            try:
                database = cls(_connected(address, ip, client), address, client)
            except (pymysql.err.MySQLError, OSError) as err:
                failure = _refusal(err, address)
                continue
            database._begin(zone)
            return database
        raise failure

    def cursor(self, name: str) -> Cursor:
        """Return a cursor; with a name, one that leaves its rows on the server."""
        return self.connection.cursor(SSCursor if name else PlainCursor)  # type: ignore[no-any-return]

    def require_reader(self) -> None:
        """Refuse an account with any other right than to read; what a role grants cannot be judged."""
        for (line,) in self.rows("SHOW GRANTS"):
            grant = _GRANT.match(line)
            rights = _COLUMNS.sub("", grant["rights"]).split(",") if grant else ["?"]
            if {right.strip().upper() for right in rights} - MAY_READ or "WITH GRANT OPTION" in line.upper():
                raise self.may_write()

    def explained(self, err: Exception) -> HarvesterError:
        """Return what an error means."""
        code = err.args[0] if err.args and isinstance(err.args[0], int) else None
        if code in SLOW_CODES:
            return self.too_slow()
        if code in _NO_ACCESS:
            return AuthFailedError(url=self.address.shown, answer=f"MariaDB {code}")
        if code is None or code in _DOWN or isinstance(err, OSError):
            return self.down()
        return self.unreadable(code)

    def _begin(self, zone: str) -> None:
        offset = f"{datetime(2026, 1, 1, tzinfo=ZONES[zone]):%z}"
        limit = (
            f"max_statement_time={STATEMENT_SECONDS}"
            if "MariaDB" in str(self.connection.server_version)
            else f"max_execution_time={STATEMENT_SECONDS * 1_000}"
        )
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET SESSION {limit}")
                cursor.execute("SET SESSION time_zone = %s", (f"{offset[:3]}:{offset[3:]}",))
                cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        except self.errors as err:
            raise self.explained(err) from None


class _RefusePlain:
    """Never send a password in clear text, whatever the server asks for."""

    def __init__(self, connection: Any) -> None:
        del connection

    def authenticate(self, packet: Any) -> Any:
        """Give up."""
        raise pymysql.err.OperationalError(ER.ACCESS_DENIED_ERROR, "clear text password refused")


def _connected(address: SqlAddress, ip: str, client: Client) -> Any:
    policy = client.policy
    timeout = min(policy.connect_timeout, client.time_left())
    opened = (client.connect or socket.create_connection)((ip, address.port), timeout)
    verified = is_public(ip) or bool(policy.ca_file)
    connection = pymysql.connections.Connection(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        charset="utf8mb4",
        defer_connect=True,
        read_timeout=STATEMENT_SECONDS + 5,
        write_timeout=STATEMENT_SECONDS,
        ssl=ssl.create_default_context(cafile=policy.ca_file) if verified else None,
        ssl_disabled=not verified,
        auth_plugin_map={} if verified else {b"mysql_clear_password": _RefusePlain},
    )
    with ExitStack() as stack:
        stack.enter_context(opened)
        connection.connect(opened)
        stack.pop_all()
    return connection


def _refusal(err: Exception, address: SqlAddress) -> HarvesterError:
    code = err.args[0] if err.args else None
    if code in _NO_ACCESS:
        return AuthFailedError(url=address.shown, answer=f"MariaDB {code}")
    if code == CR.CR_SSL_CONNECTION_ERROR or "SSL" in str(err):
        return untrusted(address)
    error = SourceDownError(
        url=address.shown, reason="the connection was refused", alasan="sambungan ditolak"
    )
    error.transient = True
    return error
