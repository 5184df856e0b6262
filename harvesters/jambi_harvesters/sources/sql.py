"""Kind `sql`: one table or view of a database, read by its key (docs/sources/sql.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from jambi_harvesters import sql_address
from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.credentials import reveal
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import ColumnChange, IncompleteListError, PlaceLostError, SchemaDriftError
from jambi_harvesters.grids import Mapped
from jambi_harvesters.headings import fold, locate
from jambi_harvesters.places import Place
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import Connector, Probe
from jambi_harvesters.sql_database import Database, later, moved_back, plain, spelled
from jambi_harvesters.sql_mariadb import MariaDb
from jambi_harvesters.sql_postgres import Postgres
from jambi_harvesters.tables import Mapper

PAGE_ROWS = 5_000


class SqlConnector(Connector):
    """Reads a table on one snapshot, in the order of its key; the address comes from a secret."""

    kind: ClassVar[str] = "sql"
    title: ClassVar[Mapping[str, str]] = {"en": "Database table", "id": "Tabel basis data"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.path", "endpoint.incremental", "primary_key"})
    resumes: ClassVar[bool] = True
    markers: ClassVar[tuple[str, ...]] = ("max", "count")

    def __init__(self, definition: Definition, *args: Any, **options: Any) -> None:
        super().__init__(definition, *args, **options)
        stored = reveal(definition.client.base_url, options.get("secrets") or {})
        self._address = sql_address.parse(stored)
        self.url = f"{self._address.shown}/{definition.endpoint.path}"

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is the address of a database."""
        return 0.95 if url.partition("://")[0].casefold() in sql_address.DRIVERS and "://" in url else 0.0

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask for the highest mark of change and the number of rows.

        Where no column of change is named, only whether the table is there.
        """
        incremental = self.definition.endpoint.incremental
        with self._opened() as database:
            table = _Table(database, self.definition)
            if incremental is None:
                return Probe(unchanged=False)
            highest, count = table.marks(incremental.cursor_path)
        found = {"max": highest, "count": count, "definition": self.definition.hash}
        return Probe(unchanged=markers == found, markers=found)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the table's rows; as many as it counts prove the list complete."""
        with self._opened() as database:
            table, mapper = _Table(database, self.definition), self.mapper()
            mapper.open(table.headings)
            walk = _Walk(self, table, mapper, cursor)
            yield from table_pages(self.definition, self.mode, mapper, walk.mapped(), walk.end, walk.kept)

    def reach(self) -> None:
        """Open the database once, and look whether the table is there."""
        with self._opened() as database:
            database.columns(self.definition.endpoint.path)

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        address, client = self._address, self.client
        ends = client.clock.monotonic() + client.time_left()
        ips = sql_address.judged(address, client)
        client.wait_for_turn(address.host, ends)
        database: Database = (
            Postgres.open(address, ips, client)
            if address.driver == "postgresql"
            else MariaDb.open(address, ips, client, self.definition.schema.timezone)
        )
        with closing(database):
            database.require_reader()
            yield database


class _Table:
    """One table, its columns found."""

    def __init__(self, database: Database, definition: Definition) -> None:
        self._database = database
        self._schema = definition.schema
        self.name = definition.endpoint.path
        dropped = {fold(name) for name in definition.schema.drop}
        self.headings = [one for one in database.columns(self.name) if fold(one) not in dropped]
        paths = {field.name: field.path for field in definition.schema.fields}
        self.keys = [self.found(paths.get(key, key)) for key in definition.primary_key]

    def marks(self, column: str) -> tuple[str | None, int]:
        """Return the highest value of a column and the number of rows."""
        mark = self._database.column(self.found(column))
        highest, count = self._database.one(f"SELECT max({mark}), count(*) FROM {self._quoted}")  # noqa: S608
        return None if highest is None else spelled(plain(highest)), int(count)

    def count(self, since: Mapping[str, str], upto: Sequence[Any] = ()) -> int:
        """Return the number of rows, all of them or those up to a key."""
        where, values = self._where(since, "<=", upto)
        return int(self._database.one(f"SELECT count(*) FROM {self._quoted}{where}", values)[0])  # noqa: S608

    def wanted(self, cursor_path: str | None) -> list[int]:
        """Return the places of the columns that are read: declared ones, keys, the mark of change.

        New columns are read too where rows with a value in them are left out (`discard_row`).
        """
        if self._schema.contract.columns == "discard_row":
            return list(range(len(self.headings)))
        places = {*locate(self.headings, self._schema), *map(self.headings.index, self.keys)}
        if cursor_path is not None:
            places.add(self.headings.index(self.found(cursor_path)))
        return sorted(places)

    def page(
        self, places: Sequence[int], since: Mapping[str, str], after: Sequence[Any]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows behind a key, in the order of the key."""
        columns = ", ".join(self._database.column(self.headings[at]) for at in places)
        order = ", ".join(map(self._database.column, self.keys))
        where, values = self._where(since, ">", after)
        statement = f"SELECT {columns} FROM {self._quoted}{where} ORDER BY {order} LIMIT {PAGE_ROWS}"  # noqa: S608
        return self._database.rows(statement, values, name="jambi")

    def _where(self, since: Mapping[str, str], side: str, key: Sequence[Any]) -> tuple[str, list[Any]]:
        """Return the condition for rows since a mark, on one side of a key if one is given."""
        steps = [f"{self._database.column(self.found(name))} >= %s" for name in since]
        if key:
            keys = ", ".join(map(self._database.column, self.keys))
            steps.append(f"({keys}) {side} ({', '.join(['%s'] * len(key))})")
        return f" WHERE {' AND '.join(steps)}" if steps else "", [*since.values(), *key]

    @property
    def _quoted(self) -> str:
        return self._database.name(self.name)

    def found(self, name: str) -> str:
        """Return a column's own spelling.

        Raises:
            SchemaDriftError: if there is no such column.
        """
        found = next((one for one in self.headings if fold(one) == fold(name)), None)
        if found is None:
            raise SchemaDriftError([ColumnChange(name, "missing")])
        return found


class _Walk:
    """One reading of a table, in the order of its key; its place is the key of the last row.

    Attributes:
        kept: how many rows of it were kept so far.
    """

    def __init__(self, connector: SqlConnector, table: _Table, mapper: Mapper, place: JsonValue) -> None:
        spec, cursor = connector.definition, connector.cursor
        self._table = table
        self._mapper = mapper
        self._connector = connector
        self._client = connector.client
        self._host = connector._address.host
        self._most = spec.polite.max_pages
        self._mark = spec.endpoint.incremental
        replaces = connector.mode == "single" and spec.write.mode == "replace"
        stored = cursor.get("since") if isinstance(cursor, Mapping) and not replaces else None
        self._active = self._mark is not None and stored is not None
        self._since = self._lower_bound(stored)
        self._highest: Any = None
        self._before: str | None = None
        self._stored = stored
        self._total = table.count(self._since)
        self._number = self._received = self.kept = 0
        self._after: list[Any] = []
        self._cut = False
        if place is not None:
            self._go_on(place)

    def mapped(self) -> Iterator[Mapped | Place]:
        """Yield (number, cells, source values) of each row, places between; judge the table at its end."""
        headings, width = self._table.headings, len(self._table.headings)
        columns = self._table.wanted(self._mark.cursor_path if self._mark else None)
        for values in self._rows(columns):
            if isinstance(values, Place):
                yield values
                continue
            cells: list[Any] = [None] * width
            for at, value in zip(columns, values, strict=True):
                cells[at] = value
            row = self._mapper.row(cells, self._received)
            if row is not None:
                self.kept += 1
                yield self._received, row, dict(zip(headings, cells, strict=True))
        self._mapper.close()

    def end(self) -> ListEnd:
        """Return what is known of the table."""
        problem = None
        if self._cut or self._received != self._total:
            reason, alasan = self._reason()
            problem = IncompleteListError(reason=reason, alasan=alasan)
        return ListEnd(
            complete=problem is None and not self._active,
            problem=problem,
            total=self._total,
            next_cursor=None if problem else self._next_cursor(),
            incremental=self._active,
        )

    def _rows(self, columns: Sequence[int]) -> Iterator[list[Any] | Place]:
        headings = self._table.headings
        keys = [columns.index(headings.index(key)) for key in self._table.keys]
        mark = self._mark_column(columns)
        while self._number < self._most:
            before = self._received
            for raw in self._table.page(columns, self._since, self._after):
                self._received += 1
                self._see(None if mark is None else raw[mark])
                self._after = [raw[at] for at in keys]
                yield [plain(value) for value in raw]
            if self._received - before < PAGE_ROWS:
                return
            self._number += 1
            yield self._place()
            self._wait()
        self._cut = True

    def _place(self) -> Place:
        """Return the place behind the last row; a key or mark that is no number, text or day has none."""
        highest = self._highest
        if not all(isinstance(one, str | int | date) for one in self._after):
            return Place(None)
        if not isinstance(highest, int | float | Decimal | date | None):
            return Place(None)
        state = {
            "after": [one if isinstance(one, str | int) else spelled(one) for one in self._after],
            "walk": [self._number, self._received, self.kept],
            "highest": self._highest_mark(),
        }
        return self._connector.place_behind(state, self._mapper)

    def _go_on(self, place: Mapping[str, Any]) -> None:
        """Go on behind a key, if before it there are as many rows as came."""
        self._after = place["after"]
        self._number, self._received, self.kept = place["walk"]
        if self._table.count(self._since, self._after) != self._received:
            raise PlaceLostError
        self._before = place["highest"]
        self._mapper.go_on(place["mapper"])

    def _mark_column(self, columns: Sequence[int]) -> int | None:
        if self._mark is None:
            return None
        return columns.index(self._table.headings.index(self._table.found(self._mark.cursor_path)))

    def _wait(self) -> None:
        """Wait for the turn of a further statement; the first one has its turn by connecting."""
        client = self._client
        client.wait_for_turn(self._host, client.clock.monotonic() + client.time_left())

    def _see(self, value: Any) -> None:
        """Remember the highest mark of change; a text has no order that both sides agree on."""
        if value is None or isinstance(value, str):
            return
        if self._highest is None or value > self._highest:
            self._highest = value

    def _lower_bound(self, stored: str | None) -> dict[str, str]:
        if self._mark is None:
            return {}
        start = moved_back(stored, self._mark.lag) if stored else self._mark.initial_value
        return {self._mark.cursor_path: start} if start else {}

    def _next_cursor(self) -> JsonValue:
        if self._mark is None:
            return None
        highest = self._highest_mark() or self._stored
        return {"since": highest} if highest else None

    def _highest_mark(self) -> str | None:
        """Return the highest mark that came, also before the place where the table goes on."""
        own = None if self._highest is None else spelled(self._highest)
        return later(own, self._before) if own and self._before else own or self._before

    def _reason(self) -> tuple[str, str]:
        if self._cut:
            return "polite.max_pages was reached", "polite.max_pages tercapai"
        return (
            f"{self._received} of {self._total} rows came; primary_key is not unique or empty",
            f"{self._received} dari {self._total} baris yang datang; primary_key tidak unik atau kosong",
        )
