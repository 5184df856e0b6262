"""Turn the entries of a catalogue into records: one a dataset, doubles and unusable ones noted (S18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jambi_harvesters.assembly import completed_fields
from jambi_harvesters.canonical import content_hashes
from jambi_harvesters.catalogues import Entry
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import InvalidGuidError
from jambi_harvesters.record import Position, Record, Warning_, guid_key, limited
from jambi_harvesters.values import Resolvers

LIST = "dataset"


class EntryReader:
    """Reads the entries of one catalogue in their order.

    Attributes:
        distinct: how many entries came, doubles counted once.
    """

    def __init__(self, definition: Definition, now: datetime, resolvers: Resolvers) -> None:
        self._definition = definition
        self._now = now
        self._resolvers = resolvers
        self._seen: set[str] = set()
        self._found: list[Warning_] = []
        self._index = -1
        self.distinct = 0

    @property
    def warnings(self) -> tuple[Warning_, ...]:
        """What a steward should know of the list itself."""
        return limited(self._found)

    def records(self, raw: Any) -> Iterator[Record]:
        """Yield the record of an entry, or nothing."""
        self._index += 1
        record = self._record(raw)
        if record is not None and guid_key(record.guid) in self._seen:
            self._found.append(Warning_("duplicate_guid", "identifier", f"entry {self._index}"))
            return
        self.distinct += 1
        if record is None:
            self._found.append(Warning_("unusable_entry", LIST, f"entry {self._index}"))
            return
        self._seen.add(guid_key(record.guid))
        yield record

    def _record(self, raw: Any) -> Record | None:
        if not isinstance(raw, Mapping):
            return None
        schema = self._definition.schema
        entry = Entry(raw, self._now, schema.timezone, self._resolvers)
        try:
            guid = entry.guid()
        except InvalidGuidError:
            return None
        fields = completed_fields(self._definition, entry.fields(), entry.refused)
        hashed, *older = content_hashes(fields, None, None, schema.ignore, (*schema.unordered, "tags"))
        return Record(
            guid=guid,
            fields=fields,
            source_modified_at=entry.modified_at(),
            source_period_end=entry.period_end(),
            content_hash=hashed,
            older_hashes=tuple(older),
            position=Position(index=self._index),
            warnings=limited(list(dict.fromkeys(entry.warnings))),
        )
