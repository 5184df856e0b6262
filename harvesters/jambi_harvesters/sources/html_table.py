"""Kind `html_table`: a table on a web page, or on each page of a list (docs/sources/html_table.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import ClassVar

import requests

from jambi_harvesters.assembly import ListEnd, table_pages
from jambi_harvesters.bodies import HEAD, looks_like_html, web_page_error
from jambi_harvesters.canonical import canonical_json
from jambi_harvesters.errors import (
    ContentError,
    HarvesterError,
    IncompleteListError,
    SchemaDriftError,
    UnexpectedContentError,
    UnreadableError,
)
from jambi_harvesters.grids import Grid, Mapped, Numbered
from jambi_harvesters.headings import SHEET_COLUMN, fold, locate
from jambi_harvesters.html_tables import Table, Tables
from jambi_harvesters.http import Response
from jambi_harvesters.paginators import Answer, Ask, Paginator, paginator_for
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import DocumentConnector, Probe
from jambi_harvesters.tables import Mapper
from jambi_harvesters.texts import HEAD_BYTES, decoded_blocks, sniff_form

_PROGRAM = re.compile(
    rb"<(?:div|main)\b[^>]*\bid\s*=\s*[\"']?(?:root|app|__next|__nuxt)\b|<noscript[^>]*>[^<]*javascript",
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"type\s*=\s*[\"']?password", re.IGNORECASE)


def not_supported(head: bytes) -> tuple[str, str] | None:
    """Return in both languages why a page cannot be read, judged by its first bytes; None if it may be."""
    if b"<table" in head.lower() or not _PROGRAM.search(head):
        return None
    return (
        "its table is made by JavaScript, which is not supported",
        "tabelnya dibuat JavaScript, belum didukung",
    )


class HtmlTableConnector(DocumentConnector):
    """Reads the table whose headings are the declared ones; nothing else of the page counts."""

    kind: ClassVar[str] = "html_table"
    title: ClassVar[Mapping[str, str]] = {"en": "Table on a web page", "id": "Tabel di halaman web"}
    options: ClassVar[frozenset[str]] = frozenset({"client.paginator", "schema.dialect"})
    paginators: ClassVar[tuple[str, ...]] = ("auto", "single_page", "page_number")
    content_types: ClassVar[tuple[str, ...]] = ("text/html", "application/xhtml+xml")

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a page with a table; one that needs JavaScript is none."""
        if not looks_like_html(head[:HEAD]) or not_supported(head):
            return 0.0
        return 0.7 if b"<table" in head.lower() else 0.1

    def grids(self, response: Response) -> Iterator[tuple[str, Iterator[Numbered]]]:
        """Yield the tables of the page."""
        form = sniff_form(response.file.read(HEAD_BYTES), self.definition.schema.dialect)
        tables = Tables(decoded_blocks(response.file, form))
        for table in tables:
            yield table.id or table.caption, tables.rows(table)

    def probe(self, markers: Mapping[str, JsonValue]) -> Probe:
        """Ask by markers only where one page is the whole list."""
        return Probe(unchanged=False) if self._walks else super().probe(markers)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the rows of the page, or of all pages of the list."""
        mapper = self.mapper()
        if not self._walks:
            yield from table_pages(self.definition, self.mode, mapper, self._one_page(mapper))
            return
        paginator = paginator_for(self.definition.client.paginator)
        rows = self._page_by_page(mapper, paginator)
        yield from table_pages(self.definition, self.mode, mapper, rows, lambda: _ending(paginator))

    @property
    def _walks(self) -> bool:
        return self.definition.client.paginator.get("type", "auto") not in ("auto", "single_page")

    def _one_page(self, mapper: Mapper) -> Iterator[Mapped]:
        with self.document() as response:
            yield from self._mapped(response, mapper)
        mapper.close()

    def _page_by_page(self, mapper: Mapper, paginator: Paginator) -> Iterator[Mapped]:
        mark, line = b"", 0
        for found in self._each_page(mapper, paginator):
            before, mark = mark, sha256(canonical_json([cells for _, cells, _ in found])).digest()
            if found and mark == before:
                paginator.stop("the last page repeats", "halaman terakhir berulang")
                break
            for _, cells, values in found:
                line += 1
                yield line, cells, values
        mapper.close()

    def _each_page(self, mapper: Mapper, paginator: Paginator) -> Iterator[list[Mapped]]:
        ask = paginator.first()
        for number in range(self.definition.polite.max_pages):
            found = self._page(ask, mapper, paginator, later=number > 0)
            if found is None:
                return
            yield found
            following = paginator.following(Answer(None, {}, self.url, len(found)))
            if following is None:
                return
            ask = following
        paginator.stop("polite.max_pages was reached", "polite.max_pages tercapai")

    def _page(self, ask: Ask, mapper: Mapper, paginator: Paginator, *, later: bool) -> list[Mapped] | None:
        """Return the rows of one page; None if there is no such page."""
        accept = (requests.codes.not_found,) if later else ()
        with self._get(ask, accept) as response:
            try:
                if response.status not in accept:
                    return list(self._mapped(response, mapper))
            except UnexpectedContentError:
                if not later:
                    raise
        paginator.stop("a page without the table came", "ada halaman tanpa tabel")
        return None

    def _get(self, ask: Ask, accept: tuple[int, ...]) -> Response:
        params = {**self.params, **ask.params}
        headers = self.definition.client.headers
        return self.client.get(self.url, params, headers, credentials=self.credentials, accept=accept)

    def _mapped(self, response: Response, mapper: Mapper) -> Iterator[Mapped]:
        dialect = self.definition.schema.dialect
        head = response.file.read(HEAD_BYTES)
        tables = Tables(decoded_blocks(response.file, sniff_form(head, dialect)))
        refused: list[ContentError] = []
        matched = False
        for table in tables:
            grid = self._grid(tables, table, refused)
            if grid is None:
                continue
            matched = True
            mapper.open(grid.headings)
            yield from grid.mapped(mapper)
            if dialect.sheets == "first":
                return
        if not matched:
            raise self._no_table(head, refused)

    def _grid(self, tables: Tables, table: Table, refused: list[ContentError]) -> Grid | None:
        """Return a table whose headings are the declared ones; the others say why they are not."""
        schema = self.definition.schema
        wanted = schema.dialect.sheet
        if wanted is not None and fold(wanted) not in (fold(table.id), fold(table.caption)):
            return None
        grid = Grid(tables.rows(table), schema.dialect, extra={SHEET_COLUMN: table.name}, padded=True)
        try:
            locate(grid.headings, schema)
        except (SchemaDriftError, UnreadableError) as err:
            refused.append(err)
            return None
        return grid

    def _no_table(self, head: bytes, refused: list[ContentError]) -> HarvesterError:
        url = self.client.redact(self.url)
        if _PASSWORD.search(head):
            return web_page_error(url, head[:HEAD])
        if refused:
            return min(refused, key=lambda err: len(getattr(err, "diff", ())))
        reasons = not_supported(head)
        if reasons:
            return UnreadableError(what=url, what_id=url, reason=reasons[0], alasan=reasons[1])
        return UnexpectedContentError(
            url=url,
            found="a web page without the table",
            found_id="halaman web tanpa tabelnya",
            expected="a table (schema.dialect.sheet names its caption or id)",
            expected_id="tabel (schema.dialect.sheet menyebut judul atau id-nya)",
        )


def _ending(paginator: Paginator) -> ListEnd:
    if paginator.proven:
        return ListEnd()
    return ListEnd(
        complete=False, problem=IncompleteListError(reason=paginator.reason, alasan=paginator.alasan)
    )
