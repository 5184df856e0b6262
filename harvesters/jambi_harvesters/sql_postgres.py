"""PostgreSQL as a source, through psycopg2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import psycopg2
from psycopg2 import errorcodes, extensions

from jambi_harvesters.errors import AuthFailedError, HarvesterError, SourceDownError
from jambi_harvesters.http import Client
from jambi_harvesters.sql_address import SqlAddress, is_public, untrusted
from jambi_harvesters.sql_database import FETCH_ROWS, NO_DATE, STATEMENT_SECONDS, Cursor, Database

_DATE_TYPES = {1082: extensions.PYDATE, 1114: extensions.PYDATETIME, 1184: extensions.PYDATETIMETZ}
_SETTINGS = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout=5s -c default_transaction_read_only=on"
    " -c idle_in_transaction_session_timeout=600s -c search_path=public"
)
_NO_ACCESS = ("password authentication failed", "no password supplied", "no pg_hba.conf entry")
_MAY_WRITE = """
SELECT (SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
    OR EXISTS (SELECT 1 FROM pg_roles
        WHERE rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
        AND pg_has_role(current_user, oid, 'MEMBER'))
    OR EXISTS (SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'f')
        AND (has_table_privilege(c.oid, 'DELETE, TRUNCATE')
            OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')))
"""


class Postgres(Database):
    """A session on PostgreSQL."""

    errors: ClassVar[tuple[type[Exception], ...]] = (psycopg2.Error,)
    quote: ClassVar[str] = '"'

    @classmethod
    def open(cls, address: SqlAddress, ips: Sequence[str], client: Client) -> Postgres:
        """Connect to one of the judged addresses; the name is used for the certificate only.

        Raises:
            SourceDownError, AuthFailedError.
        """
        failure: HarvesterError = SourceDownError(
            url=address.shown, reason="no address", alasan="tanpa alamat"
        )
        for ip in ips:
            try:
                connection = _connected(address, ip, client)
            except psycopg2.OperationalError as err:
                failure = _refusal(err, address)
                continue
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            for oid, cast in _DATE_TYPES.items():
                extensions.register_type(extensions.new_type((oid,), "DATES", _tolerant(cast)), connection)
            return cls(connection, address, client)
        raise failure

    def cursor(self, name: str) -> Cursor:
        """Return a cursor; a named one stays on the server."""
        cursor: Any = self.connection.cursor(name) if name else self.connection.cursor()
        cursor.itersize = FETCH_ROWS
        return cursor  # type: ignore[no-any-return]

    def require_reader(self) -> None:
        """Refuse a role with any right to write, in any schema of the database."""
        if self.one(_MAY_WRITE)[0]:
            raise self.may_write()

    def explained(self, err: Exception) -> HarvesterError:
        """Return what an error means."""
        code = getattr(err, "pgcode", None)
        if code == errorcodes.QUERY_CANCELED:
            return self.too_slow()
        if code == errorcodes.INSUFFICIENT_PRIVILEGE:
            return AuthFailedError(url=self.address.shown, answer=f"SQLSTATE {code}")
        if code is None or str(code).startswith(("08", "57P")):
            return self.down()
        return self.unreadable(code)


def _connected(address: SqlAddress, ip: str, client: Client) -> Any:
    policy = client.policy
    verified = is_public(ip) or bool(policy.ca_file)
    authorities = {"sslrootcert": policy.ca_file or "system"} if verified else {}
    return psycopg2.connect(
        host=address.host,
        hostaddr=ip,
        port=address.port,
        dbname=address.database,
        user=address.user,
        password=address.password,
        connect_timeout=max(2, round(min(policy.connect_timeout, client.time_left()))),
        application_name="ckanext-jambi",
        options=_SETTINGS,
        client_encoding="UTF8",
        gssencmode="disable",
        require_auth="" if verified else "!password",
        sslmode="verify-full" if verified else "prefer",
        **authorities,
    )


def _refusal(err: psycopg2.OperationalError, address: SqlAddress) -> HarvesterError:
    """Return what a failed connection means; libpq gives it no code."""
    if any(words in str(err) for words in _NO_ACCESS):
        return AuthFailedError(url=address.shown, answer="SQLSTATE 28P01")
    if "SSL" in str(err) or "certificate" in str(err):
        return untrusted(address)
    error = SourceDownError(
        url=address.shown, reason="the connection was refused", alasan="sambungan ditolak"
    )
    error.transient = True
    return error


def _tolerant(cast: Any) -> Any:
    """Return a reader of dates that leaves to the value readers what Python has no date for."""

    def read(value: str | None, cursor: Any) -> Any:
        if value is None:
            return None
        if "infinity" in value:
            return NO_DATE
        try:
            return cast(value, cursor)
        except (ValueError, OverflowError, psycopg2.Error):
            return value

    return read
