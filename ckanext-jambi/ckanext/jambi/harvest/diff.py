"""Compare what a source lists with what was imported from it: pure rules (harvesting.md 6, 8, HV17)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RETRY_AFTER = (timedelta(minutes=15), timedelta(hours=2), timedelta(days=1))


class Kind(StrEnum):
    """What one incoming record is, compared with the stored one."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    POSTPONED = "postponed"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Known:
    """The stored side of a record: `hash` of the imported content, its last failure if any, its dataset.

    `delta_hash` is of the last changes that an incremental reading found in a table.
    """

    hash: str | None
    failures: int = 0
    failed_hash: str | None = None
    retry_at: datetime | None = None
    missing: bool = False
    package_id: str | None = None
    delta_hash: str | None = None


def key(guid: str) -> str:
    """Return the form by which guids are compared: NFC, trimmed, case-folded."""
    return unicodedata.normalize("NFC", guid).strip().casefold()


def classify(
    content_hash: str, known: Known | None, now: datetime, *, force: bool = False, delta: bool = False
) -> Kind:
    """Return what is to be done with a record.

    A record whose very content failed before waits for its distance and is parked after the third
    retry; other content, or a person's own start (`force`), tries at once. A record that comes
    back after it vanished is changed even where its content is the same. `delta` content is the
    changes of a table, compared with the changes read before.
    """
    if known is None:
        return Kind.NEW
    before = known.delta_hash if delta else known.hash
    if before == content_hash and not known.missing:
        return Kind.UNCHANGED
    if known.failed_hash == content_hash and not force:
        if known.failures > len(RETRY_AFTER):
            return Kind.PARKED
        if known.retry_at is not None and now < known.retry_at:
            return Kind.POSTPONED
    return Kind.NEW if known.hash is None else Kind.CHANGED


def retry_distance(failures: int) -> timedelta | None:
    """Return how long to wait after the given number of failures; None means parked."""
    return RETRY_AFTER[failures - 1] if failures <= len(RETRY_AFTER) else None


def rename_pairs(vanished: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pair vanished and new guids (guid -> content hash) of equal content, each used once."""
    free: dict[str, list[str]] = {}
    for guid, content_hash in sorted(new.items()):
        free.setdefault(content_hash, []).append(guid)
    pairs = []
    for guid, content_hash in sorted(vanished.items()):
        if free.get(content_hash):
            pairs.append((guid, free[content_hash].pop(0)))
    return pairs


def vanished(live: Iterable[str], seen: set[str]) -> list[str]:
    """Return the live guids that a complete list no longer names, in order."""
    return sorted(guid for guid in live if guid not in seen)
