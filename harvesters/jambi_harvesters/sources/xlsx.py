"""Kind `xlsx`: one workbook; its cells are hashed, never its bytes (docs/sources/xlsx.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from jambi_harvesters.assembly import table_pages
from jambi_harvesters.definition import Dialect
from jambi_harvesters.grids import Grid, Mapped, Numbered
from jambi_harvesters.headings import SHEET_COLUMN
from jambi_harvesters.http import Response
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import DocumentConnector
from jambi_harvesters.tables import Mapper
from jambi_harvesters.workbook import read_workbook


class XlsxConnector(DocumentConnector):
    """Reads the first sheet of a workbook, a named one, or all of them stacked."""

    kind: ClassVar[str] = "xlsx"
    title: ClassVar[Mapping[str, str]] = {"en": "Excel workbook", "id": "Berkas Excel (XLSX)"}
    options: ClassVar[frozenset[str]] = frozenset({"schema.dialect"})

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a workbook."""
        if not head.startswith(b"PK\x03\x04"):
            return 0.0
        named = url.partition("?")[0].casefold().endswith((".xlsx", ".xlsm"))
        return 0.95 if named or b"xl/" in head or b"[Content_Types].xml" in head else 0.3

    def grids(self, response: Response) -> Iterator[tuple[str, Iterator[Numbered]]]:
        """Yield the sheets."""
        for sheet in read_workbook(response.file, Dialect(sheets="stack")):
            yield sheet.name, sheet.rows

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the rows of the sheets; the end of the workbook proves the list complete."""
        with self.document() as response:
            if response.body.size == 0:
                raise self.empty_answer("XLSX")
            mapper = self.mapper()
            yield from table_pages(self.definition, self.mode, mapper, self._rows(response, mapper))

    def _rows(self, response: Response, mapper: Mapper) -> Iterator[Mapped]:
        dialect = self.definition.schema.dialect
        for sheet in read_workbook(response.file, dialect):
            grid = Grid(sheet.rows, dialect, extra={SHEET_COLUMN: sheet.name}, padded=True)
            mapper.open(grid.headings)
            yield from grid.mapped(mapper)
        mapper.close()
