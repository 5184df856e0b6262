"""Kind `datajson`: a catalogue in one document, a dataset a record (docs/sources/datajson.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import jmespath

from jambi_harvesters import documents
from jambi_harvesters.assembly import ListEnd, completed_fields, record_pages
from jambi_harvesters.canonical import content_hash
from jambi_harvesters.catalogues import Entry
from jambi_harvesters.errors import InvalidGuidError, UnexpectedContentError
from jambi_harvesters.http import Response
from jambi_harvesters.record import (
    JsonValue,
    Page,
    Position,
    Record,
    Warning_,
    guid_key,
    limited,
)
from jambi_harvesters.sources.base import DocumentConnector

LIST = "dataset"


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
            found: list[Warning_] = []
            records = self._records(self._entries(response), found)
            yield from record_pages(
                records, lambda: ListEnd(warnings=limited(found)), self.definition.guard.min_rows
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

    def _records(self, entries: Iterator[Any], found: list[Warning_]) -> Iterator[Record]:
        seen: set[str] = set()
        for index, raw in enumerate(entries):
            record = self._record(raw, index)
            if record is None:
                found.append(Warning_("unusable_entry", LIST, f"entry {index}"))
            elif guid_key(record.guid) in seen:
                found.append(Warning_("duplicate_guid", "identifier", f"entry {index}"))
            else:
                seen.add(guid_key(record.guid))
                yield record

    def _record(self, raw: Any, index: int) -> Record | None:
        if not isinstance(raw, Mapping):
            return None
        schema = self.definition.schema
        entry = Entry(raw, self.now, schema.timezone, self.resolvers)
        try:
            guid = entry.guid()
        except InvalidGuidError:
            return None
        own = entry.fields()
        fields = completed_fields(self.definition, own, entry.refused)
        return Record(
            guid=guid,
            fields=fields,
            source_modified_at=entry.modified_at(),
            source_period_end=entry.period_end(),
            content_hash=content_hash(fields, None, None, schema.ignore, (*schema.unordered, "tags")),
            position=Position(index=index),
            warnings=limited(list(dict.fromkeys(entry.warnings))),
        )
