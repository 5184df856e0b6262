"""Kind `csv`: one text file, read as a stream (docs/sources/csv.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import ClassVar

from jambi_harvesters.assembly import table_pages
from jambi_harvesters.definition import Dialect
from jambi_harvesters.errors import UnreadableError
from jambi_harvesters.grids import Grid, Mapped, Numbered
from jambi_harvesters.http import Response
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import FILE_BYTES, DocumentConnector
from jambi_harvesters.tables import Mapper
from jambi_harvesters.texts import HEAD_BYTES, decoded_lines, sniff_delimiter, sniff_form

MAX_CELL = 1_000_000

csv.field_size_limit(MAX_CELL)


class CsvConnector(DocumentConnector):
    """Reads one CSV file; row errors carry the line of the file."""

    kind: ClassVar[str] = "csv"
    title: ClassVar[Mapping[str, str]] = {"en": "CSV file", "id": "Berkas CSV"}
    options: ClassVar[frozenset[str]] = frozenset({"schema.dialect"})
    max_bytes: ClassVar[int] = FILE_BYTES

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a CSV file."""
        if head.lstrip()[:1] in (b"{", b"[", b"<") or head.startswith(b"PK"):
            return 0.0
        named = 0.5 if url.partition("?")[0].casefold().endswith((".csv", ".tsv", ".txt")) else 0.0
        lines = head.decode("latin-1").splitlines()[:5]
        delimiter = sniff_delimiter("\n".join(lines))
        return named + (0.4 if lines and all(delimiter in line for line in lines[:2]) else 0.0)

    def grids(self, response: Response) -> Iterator[tuple[str, Iterator[Numbered]]]:
        """Yield the one table of the file."""
        yield "", _raw_rows(response, self.definition.schema.dialect)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the file's rows; the end of the file proves the list complete."""
        with self.document() as response:
            if response.body.size == 0:
                raise self.empty_answer("CSV")
            mapper = self.mapper()
            grid = Grid(_raw_rows(response, self.definition.schema.dialect), self.definition.schema.dialect)
            mapper.open(grid.headings)
            yield from table_pages(self.definition, self.mode, mapper, _judged(grid, mapper))


def _judged(grid: Grid, mapper: Mapper) -> Iterator[Mapped]:
    yield from grid.mapped(mapper)
    mapper.close()


def _raw_rows(response: Response, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    form = sniff_form(response.file.read(HEAD_BYTES), dialect)
    lines = decoded_lines(response.file, form)
    reader = csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        line = reader.line_num
        raise UnreadableError(
            what=f"Line {line} of the file",
            what_id=f"Baris {line} berkas",
            reason="a quote is not closed, or a cell is too long",
            alasan="tanda kutip tidak ditutup, atau selnya terlalu panjang",
        ) from None
