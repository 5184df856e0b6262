"""Kind `datajson`: a catalogue in one document, a dataset a record (docs/sources/datajson.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import jmespath

from jambi_harvesters import documents
from jambi_harvesters.assembly import ListEnd, record_pages
from jambi_harvesters.entry_records import LIST, EntryReader
from jambi_harvesters.errors import UnexpectedContentError
from jambi_harvesters.http import Response
from jambi_harvesters.record import JsonValue, Page
from jambi_harvesters.sources.base import DocumentConnector


class DataJsonConnector(DocumentConnector):
    """Reads a data.json catalogue; above 8 MB as a stream."""

    kind: ClassVar[str] = "datajson"
    title: ClassVar[Mapping[str, str]] = {"en": "data.json catalogue", "id": "Katalog data.json"}
    options: ClassVar[frozenset[str]] = frozenset({"endpoint.data_selector"})
    default_mode: ClassVar[str] = "per_record"

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Say how likely this is a catalogue."""
        if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
            return 0.0
        named = 0.3 if "data.json" in url.casefold() else 0.0
        marks = (b"project-open-data", b"dcat:Dataset", b"dcat:Catalog", b'"accrualPeriodicity"')
        return named + (0.6 if any(mark in head for mark in marks) else 0.0)

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield the catalogue's datasets; the end of the document proves the list complete."""
        with self.document() as response:
            if response.body.size == 0:
                raise self.empty_answer("JSON")
            reader = EntryReader(self.definition, self.now, self.resolvers)
            records = (record for raw in self._entries(response) for record in reader.records(raw))
            yield from record_pages(
                records, lambda: ListEnd(warnings=reader.warnings), self.definition.guard.min_rows
            )

    def _entries(self, response: Response) -> Iterator[Any]:
        path = self.definition.endpoint.data_selector or LIST
        if response.body.size > documents.STREAM_BYTES:
            return self._streamed(response, path)
        document = documents.load(response.body, self.client.redact(self.url), lenient=True)
        found = document if isinstance(document, list) else jmespath.search(path, document)
        if not isinstance(found, list):
            raise self._no_list(path)
        return iter(found)

    def _streamed(self, response: Response, path: str) -> Iterator[Any]:
        entries = documents.stream_items(response.body, path)
        first = next(entries, None)
        if first is None:
            raise self._no_list(path)
        yield first
        yield from entries

    def _no_list(self, path: str) -> UnexpectedContentError:
        return UnexpectedContentError(
            url=self.client.redact(self.url),
            found=f"JSON without a list {path}",
            found_id=f"JSON tanpa daftar {path}",
            expected="data.json",
        )
