"""Rows that a system sent by itself (HV32), mapped as if its source had been asked.

A pushed row is an object (JSON, NDJSON) or a line (CSV) with the names of the source: the `path` of each
declared column. For a JSON API that is a JMESPath into the object, for tables the heading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from jambi_harvesters import documents
from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.bodies import Body, take_in
from jambi_harvesters.definition import Definition, Dialect
from jambi_harvesters.errors import UnexpectedContentError, UnreadableError
from jambi_harvesters.grids import Grid, Mapped
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources import connector_for
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
        if self._media_type == CSV:
            yield from self._of_grid(_csv_rows(_spooled(self._body)))
            return
        items = _items(self._body, lines=self._media_type == NDJSON)
        if issubclass(self._kind, RestApiConnector):
            yield from self._of_items(items)
        else:
            yield from self._of_grid(_as_grid(items))

    def _of_items(self, items: Sequence[Any]) -> Iterator[Mapped]:
        self._mapper.open_items()
        for line, item in enumerate(items, start=1):
            row = self._mapper.item(item, line)
            if row is not None:
                yield line, row, self._mapper.without_dropped(item)
        self._mapper.close_items(partial=self._partial)

    def _of_grid(self, rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Mapped]:
        grid = Grid(rows, Dialect())
        self._mapper.open(grid.headings)
        yield from grid.mapped(self._mapper)
        self._mapper.close()


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
    """Yield headings, then rows: every key that any object has is a column."""
    objects = [item if isinstance(item, Mapping) else {} for item in items]
    names = list(dict.fromkeys(name for item in objects for name in item))
    yield 0, names
    for line, item in enumerate(objects, start=1):
        yield line, [item.get(name) for name in names]


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
