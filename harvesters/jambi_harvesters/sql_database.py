"""What the connector `sql` needs of a database, whichever it is; one subclass a driver.

A session is one read-only transaction on one snapshot, its statements limited to 30 seconds, under a role
that cannot write. Statements are made of quoted names and bound values only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Protocol

from jambi_harvesters.errors import (
    DeadlineError,
    HarvesterError,
    SourceDownError,
    UnreadableError,
    WriteAccessError,
)
from jambi_harvesters.http import Attempt, Client
from jambi_harvesters.sql_address import SqlAddress

STATEMENT_SECONDS = 30
FETCH_ROWS = 500
NO_DATE = "0000-00-00"


class Cursor(Protocol):
    """A DB-API cursor."""

    @property
    def description(self) -> Any: ...

    def execute(self, statement: str, values: Any = None) -> Any: ...

    def fetchmany(self, size: int) -> Sequence[Any]: ...

    def close(self) -> Any: ...


class Database(ABC):
    """One open session.

    Args:
        connection: a DB-API connection to a judged address.
    """

    errors: ClassVar[tuple[type[Exception], ...]]
    quote: ClassVar[str]

    def __init__(self, connection: Any, address: SqlAddress, client: Client) -> None:
        self.connection = connection
        self.address = address
        self.client = client

    def rows(
        self, statement: str, values: Sequence[Any] = (), *, name: str = ""
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement, fetched in parts.

        Args:
            name: of the server-side cursor; "" for a small result.

        Raises:
            HarvesterError: what the driver's error means.
        """
        started = self.client.clock.monotonic()
        outcome = "ok"
        try:
            with closing(self.cursor(name)) as cursor:
                cursor.execute(statement, tuple(values))
                while part := cursor.fetchmany(FETCH_ROWS):
                    yield from map(tuple, part)
        except self.errors as err:
            found = self.explained(err)
            outcome = found.code
            raise found from None
        finally:
            self._record(started, outcome)

    def one(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Return the only row of a small result."""
        return next(iter(list(self.rows(statement, values))), ())

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns.

        Raises:
            UnreadableError: if there is no such table or view.
        """
        try:
            with closing(self.cursor("")) as cursor:
                cursor.execute(f"SELECT * FROM {self.name(table)} LIMIT 0", ())  # noqa: S608 - a quoted name
                return [str(one[0]) for one in cursor.description]
        except self.errors as err:
            raise self.explained(err) from None

    def name(self, name: str) -> str:
        """Return a quoted table; a dot parts schema and table."""
        return ".".join(map(self.column, name.split(".")))

    def column(self, name: str) -> str:
        """Return a quoted column, whatever its name holds; drivers read a doubled % as one."""
        doubled = name.replace(self.quote, self.quote * 2).replace("%", "%%")
        return f"{self.quote}{doubled}{self.quote}"

    def close(self) -> None:
        """End the session."""
        self.connection.close()

    @abstractmethod
    def cursor(self, name: str) -> Cursor:
        """Return a cursor; with a name, one that leaves its rows on the server."""

    @abstractmethod
    def require_reader(self) -> None:
        """Refuse a role that may change anything.

        Raises:
            WriteAccessError.
        """

    @abstractmethod
    def explained(self, err: Exception) -> HarvesterError:
        """Return what an error of the driver means; its own words stay out."""

    def may_write(self) -> WriteAccessError:
        """Return the error for a role that could change data."""
        return WriteAccessError(url=self.address.shown)

    def too_slow(self) -> DeadlineError:
        """Return the error for a statement that hit its limit."""
        return DeadlineError(url=self.address.shown, seconds=STATEMENT_SECONDS)

    def down(self) -> SourceDownError:
        """Return the error for a database that does not answer."""
        return SourceDownError(
            url=self.address.shown, reason="the connection ended", alasan="sambungan terputus"
        )

    def unreadable(self, code: object) -> UnreadableError:
        """Return the error for a table that cannot be read; only the database's own code is named."""
        return UnreadableError(
            what=f"The table at {self.address.shown}",
            what_id=f"Tabel di {self.address.shown}",
            reason=f"the database says {code}",
            alasan=f"basis data menjawab {code}",
        )

    def _record(self, started: float, outcome: str) -> None:
        if self.client.recorder is not None:
            spent = round((self.client.clock.monotonic() - started) * 1_000)
            self.client.recorder.record(Attempt(self.address.shown, None, 0, spent, outcome))


def plain(value: Any) -> Any:
    """Return a value of a driver as the value readers know it; bytes become hexadecimal digits."""
    if isinstance(value, memoryview | bytes | bytearray):
        return bytes(value).hex()
    known = value is None or isinstance(value, str | int | float | Decimal | date | list | dict)
    return value if known else str(value)


def spelled(value: Any) -> str:
    """Return a mark of change as it is stored between runs."""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def later(one: str, other: str) -> str:
    """Return the later of two stored marks of one column, which are numbers or instants."""
    return max(one, other, key=_order)


def _order(mark: str) -> Any:
    try:
        return Decimal(mark)
    except InvalidOperation:
        return datetime.fromisoformat(mark)


def moved_back(mark: str, lag: timedelta) -> str:
    """Return a stored mark less the overlap; a mark that is no instant stays."""
    try:
        return (datetime.fromisoformat(mark) - lag).isoformat(sep=" ") if not mark.isdecimal() else mark
    except ValueError:
        return mark
