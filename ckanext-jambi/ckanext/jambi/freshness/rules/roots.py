"""Merkle roots of the days of a log, and the check of a log against roots that others hold (F32, F35).

A root stands for all row hashes that were recorded on one civil day (WIB), as RFC 6962, 2.1, builds it. Who
holds the roots of yesterday sees if the rows of yesterday are others today, or fewer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ckanext.jambi.freshness.rules.chain import Check, Damage
from ckanext.jambi.working_days import ONE_DAY, civil_day

EMPTY = hashlib.sha256(b"").digest()
_LEAF, _NODE = b"\x00", b"\x01"
_HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Root:
    """The root of a day; a day without rows has `last_seq` one below `first_seq`, and the root of nothing."""

    day: date
    first_seq: int
    last_seq: int
    merkle_root: bytes


class Tree:
    """A Merkle tree that takes leaf after leaf and keeps one hash a level (RFC 6962, 2.1)."""

    def __init__(self) -> None:
        self._levels: list[bytes | None] = []

    def add(self, leaf: bytes) -> None:
        """Take the next leaf."""
        carried = hashlib.sha256(_LEAF + leaf).digest()
        for level, waiting in enumerate(self._levels):
            if waiting is None:
                self._levels[level] = carried
                return
            carried = hashlib.sha256(_NODE + waiting + carried).digest()
            self._levels[level] = None
        self._levels.append(carried)

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        found: bytes | None = None
        for waiting in self._levels:
            if waiting is not None:
                found = hashlib.sha256(_NODE + waiting + found).digest() if found else waiting
        return found or EMPTY


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Return the Merkle tree hash of `leaves` (RFC 6962, 2.1)."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def of_days(
    rows: Iterable[tuple[int, bytes, datetime]], next_seq: int, first: date, until: date
) -> Iterator[Root]:
    """Yield the root of each day from `first` on and before `until`.

    Args:
        rows: number, hash and recorded instant of the rows from `next_seq` on, in order.
        next_seq: number of the first row that no earlier day holds.
    """
    day, seq, tree = first, next_seq, Tree()
    start = seq
    for number, row_hash, recorded_at in rows:
        while day < min(civil_day(recorded_at), until):
            yield Root(day, start, seq - 1, tree.root())
            day, start, tree = day + ONE_DAY, seq, Tree()
        if day >= until:
            return
        tree.add(row_hash)
        seq = number + 1
    while day < until:
        yield Root(day, start, seq - 1, tree.root())
        day, start, tree = day + ONE_DAY, seq, Tree()


class Watch:
    """Look at a log as it is checked and say which published root it does not give."""

    def __init__(self, published: Iterable[Root]) -> None:
        self._roots: Sequence[Root] = sorted(published, key=lambda root: root.day)
        self._at = 0
        self._tree = Tree()
        self._seen = 0
        self.errors: list[Damage] = []

    def lines(self, log: Iterable[bytes]) -> Iterator[bytes]:
        """Pass on the lines of a log; a line is looked at once its chain was found sound."""
        for line in log:
            yield line
            self._see(bytes.fromhex(line[:_HASH_DIGITS].decode("ascii")))

    def checked(self, found: Check) -> Check:
        """Return the outcome of the chain together with what is wrong with the roots."""
        if not found.ok:
            return found
        self._close()
        return Check(found.rows, found.first_seq, found.last_seq, found.root, tuple(self._faults()))

    def _see(self, row_hash: bytes) -> None:
        self._close()
        self._seen += 1
        if self._at < len(self._roots) and self._seen >= self._roots[self._at].first_seq:
            self._tree.add(row_hash)

    def _close(self) -> None:
        while self._at < len(self._roots) and self._roots[self._at].last_seq <= self._seen:
            root, self._at = self._roots[self._at], self._at + 1
            if self._tree.root() != root.merkle_root:
                said = f"the rows of {root.day} ({root.first_seq} to {root.last_seq})"
                self.errors.append(Damage(root.first_seq, f"{said} do not give its published root"))
            self._tree = Tree()

    def _faults(self) -> Iterator[Damage]:
        yield from self.errors
        if self._at < len(self._roots):
            root = self._roots[-1]
            said = f"row {self._seen + 1} and those after it are missing"
            yield Damage(self._seen + 1, f"{said}: the root of {root.day} covers rows up to {root.last_seq}")
