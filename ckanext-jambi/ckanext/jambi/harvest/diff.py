"""Compare what a source lists with what was imported from it: pure rules (harvesting.md 6, 8, HV17)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jambi_harvesters.record import guid_key

RETRY_AFTER = (timedelta(minutes=15), timedelta(hours=2), timedelta(days=1))


class Kind(StrEnum):
    """What one incoming record is, compared with the stored one."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REHASHED = "rehashed"
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

    def compared(self, *, delta: bool) -> str | None:
        """Return the hash that content, or (`delta`) the changes of a table, is compared with."""
        return self.delta_hash if delta else self.hash

    @property
    def differing(self) -> Kind:
        """What other content than the stored one is."""
        return Kind.NEW if self.hash is None else Kind.CHANGED

    def waits(self, now: datetime) -> Kind | None:
        """Return why content that failed before is not tried again at this moment."""
        if self.failures > len(RETRY_AFTER):
            return Kind.PARKED
        early = self.retry_at is not None and now < self.retry_at
        return Kind.POSTPONED if early else None


def key(guid: str) -> str:
    """Return the form by which guids are compared: NFC, trimmed, case-folded."""
    return guid_key(unicodedata.normalize("NFC", guid).strip())


def classify(
    content_hash: str,
    known: Known | None,
    now: datetime,
    *,
    older: Collection[str] = (),
    force: bool = False,
    delta: bool = False,
) -> Kind:
    """Return what is to be done with a record.

    A record whose very content failed before waits for its distance and is parked after the third
    retry; other content, or a person's own start (`force`), tries at once. A record that comes
    back after it vanished is changed even where its content is the same. `delta` content is the
    changes of a table, compared with the changes read before. `older` are the hashes of the same content
    by older versions: one that equals the stored hash means that only the hash is to be written anew (HV05).
    """
    if known is None:
        return Kind.NEW
    before = known.compared(delta=delta)
    same = (content_hash, *older)
    if before in same and not known.missing:
        return Kind.UNCHANGED if before == content_hash else Kind.REHASHED
    waits = known.waits(now) if known.failed_hash in same and not force else None
    return waits or known.differing


def retry_distance(failures: int) -> timedelta | None:
    """Return how long to wait after the given number of failures; None means parked."""
    return RETRY_AFTER[failures - 1] if failures <= len(RETRY_AFTER) else None


def rename_pairs(vanished: Mapping[str, str], new: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Pair guids of equal content, each used once; a new one is known by its hash of every version."""
    free: dict[str, list[str]] = {}
    for guid, hashes in sorted(new.items(), reverse=True):
        for content_hash in hashes:
            free.setdefault(content_hash, []).append(guid)
    pairs, used = [], set()
    for guid, content_hash in sorted(vanished.items()):
        candidates = free.get(content_hash, [])
        while candidates and candidates[-1] in used:
            candidates.pop()
        if candidates:
            used.add(candidates[-1])
            pairs.append((guid, candidates.pop()))
    return pairs


def vanished(live: Iterable[str], seen: set[str]) -> list[str]:
    """Return the live guids that a complete list no longer names, in order."""
    return sorted(guid for guid in live if guid not in seen)
