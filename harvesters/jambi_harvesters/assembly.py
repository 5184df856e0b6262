"""Assemble records from mapped rows: one dataset with all rows, or one dataset a row.

Both ways hold one page at a time (HV07) and know the hash only at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from jambi_harvesters.canonical import RowsHasher, canonical_json, content_hashes
from jambi_harvesters.dates import ZONES
from jambi_harvesters.definition import Definition
from jambi_harvesters.errors import EmptyListError, HarvesterError, InvalidGuidError
from jambi_harvesters.places import Place
from jambi_harvesters.record import (
    MAX_CHUNK_ROWS,
    MAX_PAGE_RECORDS,
    Cell,
    JsonValue,
    Page,
    Position,
    Record,
    Row,
    RowChunk,
    Warning_,
    clean_guid,
    guid_key,
)
from jambi_harvesters.tables import Mapper
from jambi_harvesters.values import column_text

_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Mapped = tuple[int, Row, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ListEnd:
    """What is known of a list once it has ended; see `record.Page`."""

    complete: bool = True
    problem: HarvesterError | None = None
    total: int | None = None
    next_cursor: JsonValue = None
    incremental: bool = False
    warnings: tuple[Warning_, ...] = ()


Outcome = Callable[[], ListEnd]


def table_pages(
    definition: Definition,
    mode: str,
    mapper: Mapper,
    rows: Iterable[Mapped | Place],
    outcome: Outcome | None = None,
    begun: int = 0,
) -> Iterator[Page]:
    """Yield the records of a table in the way of its mode.

    Args:
        rows: (line, cells, source values by name); their end raises what holds the run.
        outcome: asked after the last row what is known of the list; None means it is complete.
        begun: how many rows came before, where a list goes on; only one of a dataset a row can.
    """
    ends = outcome or ListEnd
    if mode == "single":
        whole = ((one[0], one[1]) for one in rows if not isinstance(one, Place))
        return single_pages(definition, mapper, whole, ends)
    return per_record_pages(definition, mapper, rows, ends, begun)


def single_pages(
    definition: Definition, mapper: Mapper, rows: Iterable[tuple[int, Row]], outcome: Outcome
) -> Iterator[Page]:
    """Yield one dataset as chunks of at most 1,000 rows; the last one carries the hash.

    Args:
        rows: (line, cells); their end raises what holds the run.
        outcome: asked after the last row what is known of the list.
    """
    fields = dataset_fields(definition, {})
    hasher = RowsHasher(mapper.columns, volatile=definition.schema.ignore)
    chunk, ahead = 0, iter(rows)
    part = _take(ahead, hasher)
    while True:
        following = _take(ahead, hasher) if len(part) == MAX_CHUNK_ROWS else []
        last = not following
        record = Record(
            guid=definition.id,
            fields=fields,
            rows=RowChunk(mapper.columns, tuple(part), chunk, last),
            position=Position(page=chunk),
            source_columns=mapper.source_columns,
        )
        if last:
            yield _last_page(definition, mapper, hasher, record, outcome)
            return
        yield Page(records=(record,), number=chunk)
        part, chunk = following, chunk + 1


def per_record_pages(
    definition: Definition,
    mapper: Mapper,
    rows: Iterable[Mapped | Place],
    outcome: Outcome,
    begun: int = 0,
) -> Iterator[Page]:
    """Yield one dataset a row, at most 500 a page.

    Args:
        rows: (line, cells, key values by name of `primary_key`).
    """
    records = _records(definition, mapper, rows)

    def ended() -> ListEnd:
        return replace(outcome(), warnings=mapper.ledger.warnings)

    yield from record_pages(records, ended, definition.guard.min_rows, begun)


def record_pages(
    records: Iterable[Record | Place], outcome: Outcome, min_rows: int, begun: int = 0
) -> Iterator[Page]:
    """Group records into pages, which end where the list can go on; the last one says whether it is complete.

    Args:
        begun: how many records came before.
    """
    number, count, page = 0, begun, list[Record]()
    for one in records:
        place = one.cursor if isinstance(one, Place) else None
        whole = len(page) == MAX_PAGE_RECORDS and isinstance(one, Record)
        if page and (whole or place is not None):
            yield Page(tuple(page), place=place, number=number)
            number, page = number + 1, []
        if isinstance(one, Record):
            page.append(one)
            count += 1
    yield _ended(tuple(page), number, outcome(), empty_problem(count, min_rows))


def empty_problem(count: int, min_rows: int) -> EmptyListError | None:
    """Return what is wrong with a list of that length."""
    return EmptyListError(count=count, minimum=min_rows) if count < min_rows else None


def dataset_fields(definition: Definition, values: Mapping[str, Cell]) -> dict[str, JsonValue]:
    """Return the dataset fields that a definition states, `{column}` replaced by values."""
    spec = definition.dataset
    stated: dict[str, Any] = {
        "title": spec.title,
        "notes": spec.notes,
        "name": spec.name,
        "license_id": spec.license_id,
        "tags": list(spec.tags),
        **spec.fields,
    }
    return {name: _filled(value, values) for name, value in stated.items() if value is not None}


def completed_fields(
    definition: Definition, own: Mapping[str, Any], refused: Collection[str]
) -> dict[str, JsonValue]:
    """Return what a catalogue states of a dataset, the definition filling what it leaves out.

    Args:
        refused: fields whose value at the source is unknown to us, so that no default may stand for it.
    """
    stated = {name: value for name, value in dataset_fields(definition, {}).items() if name not in refused}
    tags = [*own.get("tags", ()), *stated.pop("tags", ())]
    return {**stated, **own, "tags": list(dict.fromkeys(tags))}


def key_guid(definition: Definition, values: Mapping[str, Any]) -> str:
    """Return the guid of a row from its key fields.

    Raises:
        InvalidGuidError: if a key is empty.
    """
    keys = [values.get(name) for name in definition.primary_key]
    if any(key is None or str(key).strip() == "" for key in keys):
        raise InvalidGuidError(length=0)
    if len(keys) == 1:
        return clean_guid(column_text(keys[0]))
    zoned = [_zoned(key, definition.schema.timezone) for key in keys]
    return f"sha256:{sha256(canonical_json(zoned)).hexdigest()}"


def _zoned(key: Any, timezone: str) -> Any:
    """Return a key as it can be hashed: hours without a zone, as databases give them, are the source's."""
    local = isinstance(key, datetime) and key.tzinfo is None
    return key.replace(tzinfo=ZONES[timezone]) if local else key


def _take(rows: Iterator[tuple[int, Row]], hasher: RowsHasher) -> list[Row]:
    part = [row for _, row in islice(rows, MAX_CHUNK_ROWS)]
    for row in part:
        hasher.add(row)
    return part


def _last_page(
    definition: Definition, mapper: Mapper, hasher: RowsHasher, record: Record, outcome: Outcome
) -> Page:
    end = outcome()
    digest = hasher.digest()
    hasher.close()
    schema = definition.schema
    hashed, *older = content_hashes(record.fields, digest, None, schema.ignore, schema.unordered)
    sealed = replace(
        record,
        content_hash=hashed,
        older_hashes=tuple(older),
        rows_digest=digest,
        warnings=mapper.ledger.warnings,
        source_columns=mapper.source_columns,
    )
    empty = empty_problem(digest.count, definition.guard.min_rows)
    return _ended((sealed,), record.position.page, end, empty)


def _ended(records: tuple[Record, ...], number: int, end: ListEnd, empty: HarvesterError | None) -> Page:
    return Page(
        records=records,
        next_cursor=end.next_cursor,
        complete=end.complete,
        total=end.total,
        number=number,
        problem=end.problem or (None if end.incremental else empty),
        incremental=end.incremental,
        warnings=end.warnings,
    )


def _records(
    definition: Definition, mapper: Mapper, rows: Iterable[Mapped | Place]
) -> Iterator[Record | Place]:
    seen: set[str] = set()
    for one in rows:
        if isinstance(one, Place):
            yield one
            continue
        line, row, keys = one
        values = dict(zip(mapper.names, row, strict=True))
        try:
            guid = key_guid(definition, {**keys, **values})
        except InvalidGuidError:
            mapper.ledger.lost_row("no_key", line)
            continue
        if guid_key(guid) in seen:
            mapper.ledger.note("duplicate_guid", "", line)
            continue
        seen.add(guid_key(guid))
        yield _record(definition, guid, values, Position(index=line))


def _record(definition: Definition, guid: str, values: Mapping[str, Cell], position: Position) -> Record:
    fields = dataset_fields(definition, values)
    schema = definition.schema
    hashed, *older = content_hashes(fields, None, None, schema.ignore, schema.unordered)
    return Record(guid, fields, content_hash=hashed, older_hashes=tuple(older), position=position)


def _filled(value: Any, values: Mapping[str, Cell]) -> Any:
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: _fill_one(match, values), value)
    if isinstance(value, list):
        return [_filled(inner, values) for inner in value]
    return value


def _fill_one(match: re.Match[str], values: Mapping[str, Cell]) -> str:
    return column_text(values[match[1]]) if match[1] in values else match[0]
