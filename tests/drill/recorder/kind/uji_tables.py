"""A kind of source as a third party would add it: one JSON document of datasets, each with a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from jambi_harvesters.canonical import content_hashes, rows_digest
from jambi_harvesters.record import JsonValue, Page, Position, Record, RowChunk
from jambi_harvesters.sources.base import Connector
from jambi_harvesters.tables import Mapper

PAGE = 10


class TablesConnector(Connector):
    """Reads `{"datasets": [{"id", "title", "rows": [[…], …]}, …]}`."""

    kind: ClassVar[str] = "uji_tables"
    title: ClassVar[Mapping[str, str]] = {"en": "Tables", "id": "Tabel"}
    default_mode: ClassVar[str] = "per_record"

    @classmethod
    def sniff(cls, url: str, head: bytes) -> float:
        """Never guess."""
        return 0.0

    def pages(self, cursor: JsonValue = None) -> Iterator[Page]:
        """Yield ten datasets a page; the end of the document proves the list complete."""
        with self.client.get(self.url) as response:
            listed = json.loads(response.read())["datasets"]
        mapper = self.mapper()
        records = [self._record(mapper, at, one) for at, one in enumerate(listed)]
        for start in range(0, len(records), PAGE):
            end = start + PAGE
            yield Page(tuple(records[start:end]), complete=end >= len(records), number=start // PAGE)

    def _record(self, mapper: Mapper, at: int, one: Mapping[str, Any]) -> Record:
        dataset = self.definition.dataset
        fields = {
            **dataset.fields,
            "title": one["title"],
            "name": f"tabel-{one['id']}",
            "notes": dataset.notes,
            "license_id": dataset.license_id,
            "tags": list(dataset.tags),
        }
        columns = mapper.columns
        rows = tuple(tuple(row) for row in one["rows"])
        digest = rows_digest(columns, rows)
        hashed, *older = content_hashes(fields, digest)
        return Record(
            guid=one["id"],
            fields=fields,
            rows=RowChunk(columns, rows),
            content_hash=hashed,
            older_hashes=tuple(older),
            rows_digest=digest,
            position=Position(page=at // PAGE, index=at % PAGE),
        )
