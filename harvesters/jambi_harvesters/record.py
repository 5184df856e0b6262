"""The records that connectors yield and the engine imports (harvesting.md 3).

Everything here is a frozen value: a connector builds it once, the engine only reads it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jambi_harvesters.canonical import RowsDigest
from jambi_harvesters.errors import HarvesterError, InvalidGuidError

JsonValue = Any
Cell = str | int | Decimal | bool | date | datetime | None
Row = tuple[Cell, ...]

MAX_CHUNK_ROWS = 1_000
MAX_GUID_LENGTH = 255
MAX_PAGE_RECORDS = 500
MAX_RECORD_WARNINGS = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column of a table, with what the data dictionary says of it.

    Attributes:
        name: column id in the table.
        type: one of text, integer, decimal, boolean, date, timestamp, geometry, area, organization.
        public: whether the owner declared that the column may be published.
    """

    name: str
    type: str = "text"
    unit: str | None = None
    pii: str | None = None
    public: bool = False
    label: str | None = None
    definition: str | None = None
    concept: str | None = None
    reference_code: str | None = None


@dataclass(frozen=True, slots=True)
class RowChunk:
    """At most 1,000 rows of one table; a long table comes as chunks 0, 1, 2 … of one guid."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    chunk: int = 0
    last: bool = True


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that the engine fetches by itself: address, declared media type, declared size in bytes."""

    url: str
    media_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 - Warning is Python's
    """What a steward should know of a record; `detail` never quotes a value from the data."""

    code: str
    field: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the source's list a record stood; for error texts and for resuming."""

    page: int = 0
    index: int = 0
    cursor: JsonValue = None


@dataclass(frozen=True, slots=True)
class Record:
    """One dataset as the source states it.

    Attributes:
        guid: stable at the source; see `clean_guid`.
        fields: dataset fields after mapping, before scheming validation.
        content_hash: stored form, "1:<64 hex>"; set with the last chunk only.
        older_hashes: the same content by older versions of the hash (`canonical.content_hashes`).
        rows_digest: digest and number of all rows of the table; set with the last chunk only.
        source_columns: names of the columns seen at the source, declared or not (drift is judged by them).
        source_modified_at: the source's claim; shown as such and never input to a score.
    """

    guid: str
    fields: Mapping[str, JsonValue]
    rows: RowChunk | None = None
    file: FileRef | None = None
    source_modified_at: datetime | None = None
    source_period_end: date | None = None
    content_hash: str | None = None
    older_hashes: tuple[str, ...] = ()
    rows_digest: RowsDigest | None = None
    position: Position = field(default_factory=Position)
    warnings: tuple[Warning_, ...] = ()
    source_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """At most 500 records, and what is known of the list so far.

    Attributes:
        next_cursor: on the last page, what the next reading of changes starts from.
        place: where the list goes on behind this page, JSON of at most 4 kB (`Connector.pages`); None at its
            end, and where it can only be read from its start.
        complete: True only on the page that proves the end of the whole list.
        total: number of records that the source claims, where it claims one.
        problem: why the list is not proven complete, or looks wrong (empty, cut); for the guard.
        incremental: the page answers "what changed since"; such a list never proves that a record vanished.
        warnings: what a steward should know of the list itself (on the last page), such as doubled ids.
    """

    records: tuple[Record, ...]
    next_cursor: JsonValue = None
    place: JsonValue = None
    complete: bool = False
    total: int | None = None
    number: int = 0
    problem: HarvesterError | None = None
    incremental: bool = False
    warnings: tuple[Warning_, ...] = ()


def clean_guid(text: object) -> str:
    """Return the stored form of a source's identifier: NFC, trimmed, 1-255 characters.

    Raises:
        InvalidGuidError: if nothing or too much is left.
    """
    guid = unicodedata.normalize("NFC", str(text)).strip()
    if not 1 <= len(guid) <= MAX_GUID_LENGTH:
        raise InvalidGuidError(length=len(guid))
    return guid


def guid_key(guid: str) -> str:
    """Return the form by which two guids are compared: the very same text where it has that form.

    A hundred thousand ids that are kept twice then take their memory once.
    """
    folded = guid.casefold()
    return guid if folded == guid else folded


def limited(warnings: list[Warning_], total: int | None = None) -> tuple[Warning_, ...]:
    """Return at most 100 warnings, the last one a count of the rest."""
    total = len(warnings) if total is None else total
    if total <= MAX_RECORD_WARNINGS:
        return tuple(warnings)
    kept = warnings[: MAX_RECORD_WARNINGS - 1]
    return (*kept, Warning_("more_warnings", detail=f"{total - len(kept)} more"))
