"""Rows that a system sent by itself (HV32), mapped as if its source had been asked.

A pushed row is an object (JSON, NDJSON) or a line (CSV) with the names of the source: the `path` of each
declared column. For a JSON API that is a JMESPath into the object, for tables the heading. What a kind does
to the items of its systems, leaving out what they do not publish, is done to pushed ones too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from jambi_harvesters import documents
from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.bodies import Body, take_in
from jambi_harvesters.definition import Definition, Dialect, Schema
from jambi_harvesters.errors import UnexpectedContentError, UnreadableError
from jambi_harvesters.grids import Grid, Mapped
from jambi_harvesters.http import Client
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources import connector_for, policy_for
from jambi_harvesters.sources.base import Probe
from jambi_harvesters.sources.rest_api import RestApiConnector
from jambi_harvesters.tables import Mapper
from jambi_harvesters.texts import HEAD_BYTES, decoded_lines, sniff_form
from jambi_harvesters.values import Resolvers

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
MEDIA_TYPES = (JSON, NDJSON, CSV)
MAX_BYTES = 10 * 10**6
_WHERE = "push"


def takes_part(definition: Definition) -> bool:
    """Whether a part of the rows can be pushed: where rows or datasets have keys and others stay."""
    mode = definition.dataset.mode or connector_for(definition).default_mode
    return mode == "per_record" or definition.write.mode in ("merge", "append")


class PushedConnector:
    """Reads a pushed body in place of the source.

    Args:
        partial: the body holds changes; what it does not name stays as it is.
    """

    resumes = False
    cursor: JsonValue = None

    def __init__(
        self,
        definition: Definition,
        media_type: str,
        body: bytes,
        *,
        partial: bool,
        now: datetime,
        resolvers: Resolvers | None = None,
        known_columns: Sequence[str] | None = None,
    ) -> None:
        self.definition = definition
        self.now = now
        self._kind = connector_for(definition)
        self._media_type = media_type
        self._body = body
        self._partial = partial
        self._mapper = Mapper(definition, resolvers or {}, known_columns)
        self._reader: RestApiConnector | None = None
        if issubclass(self._kind, RestApiConnector):
            options = {"now": now, "resolvers": resolvers, "known_columns": known_columns}
            self._reader = _silent(self._kind, definition, **options)
            self._mapper = self._reader.mapper()

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Say that there is something to read, and nothing to remember for the next question."""
        return Probe(unchanged=False)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the pushed rows page by page.

        Raises:
            ContentError: if the body cannot be read or must not be used.
        """
        mode = self.definition.dataset.mode or self._kind.default_mode
        yield from table_pages(self.definition, mode, self._mapper, self._mapped(), self._end)

    def _end(self) -> ListEnd:
        return ListEnd(complete=not self._partial, incremental=self._partial)

    def _mapped(self) -> Iterator[Mapped]:
        reader, is_csv = self._reader, self._media_type == CSV
        if reader and not (is_csv and type(reader).entry is RestApiConnector.entry):
            yield from self._of_items(reader, self._objects() if is_csv else self._items())
        elif is_csv:
            yield from self._of_grid(_csv_rows(_spooled(self._body)))
        else:
            yield from self._of_grid(_as_grid(self._items()))

    def _items(self) -> list[Any]:
        return _items(self._body, lines=self._media_type == NDJSON)

    def _objects(self) -> Iterator[Any]:
        """Yield the lines of a CSV body as objects, for kinds that look into their items."""
        grid = Grid(_csv_rows(_spooled(self._body)), Dialect())
        sieve = Mapper(replace(self.definition, schema=Schema()))
        yield from (values for _, _, values in grid.mapped(sieve))
        sieve.close()

    def _of_items(self, reader: RestApiConnector, items: Iterable[Any]) -> Iterator[Mapped]:
        self._mapper.open_items()
        for line, raw in enumerate(items, start=1):
            item = reader.entry(raw)
            row = None if item is None else self._mapper.item(item, line)
            if row is not None:
                yield line, row, self._mapper.without_dropped(item)
        self._mapper.close_items(partial=self._partial)

    def _of_grid(self, rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Mapped]:
        grid = Grid(rows, Dialect())
        self._mapper.open(grid.headings)
        yield from grid.mapped(self._mapper)
        self._mapper.close()


def _silent(kind: type[RestApiConnector], definition: Definition, **options: Any) -> RestApiConnector:
    """Return a connector of a kind that asks nobody, and so needs no secret."""
    open_to_all = replace(definition, client=replace(definition.client, auth={}))
    return kind(open_to_all, Client(policy_for(open_to_all, kind)), **options)


def _items(body: bytes, *, lines: bool) -> list[Any]:
    if lines:
        body = b"[" + b",\n".join(line for line in body.splitlines() if line.strip()) + b"]"
    read = documents.load(_spooled(body), _WHERE)
    found = read.get("rows") if isinstance(read, dict) else read
    if not isinstance(found, list):
        raise UnexpectedContentError(
            url=_WHERE,
            found="JSON without a list of rows",
            found_id="JSON tanpa daftar baris",
            expected='a list, or {"rows": [...]}',
            expected_id='daftar, atau {"rows": [...]}',
        )
    return found


def _as_grid(items: Sequence[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield headings, then rows: every key that any object has is a column; what is no object fits none."""
    names = list(dict.fromkeys(name for item in items if isinstance(item, Mapping) for name in item))
    yield 0, names
    for line, item in enumerate(items, start=1):
        is_row = isinstance(item, Mapping)
        yield line, [item.get(name) for name in names] if is_row else ["?"] * (len(names) + 1)


def _csv_rows(body: Body) -> Iterator[tuple[int, Sequence[Any]]]:
    form = sniff_form(body.file.read(HEAD_BYTES), Dialect())
    reader = csv.reader(
        decoded_lines(body.file, form), delimiter=form.delimiter, quotechar=form.quote, strict=True
    )
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        line = reader.line_num
        raise UnreadableError(
            what=f"Line {line} of the push",
            what_id=f"Baris {line} kiriman",
            reason="a quote is not closed, or a cell is too long",
            alasan="tanda kutip tidak ditutup, atau selnya terlalu panjang",
        ) from None


def _spooled(body: bytes) -> Body:
    blocks: Iterable[bytes] = (body,)
    return take_in(blocks, url=_WHERE, encoding="", max_bytes=2 * MAX_BYTES)
