"""What the detector says of a table or a text: rule, severity, place and count, and never a value."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

SHOWN = 20


class Severity(StrEnum):
    """What follows from a finding (metadata.md M12), the strictest first."""

    BLOCK = "block"
    WARN = "warn"
    RESTRICT = "restrict"
    SUPPRESS = "suppress"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that one column or field met.

    Attributes:
        rule: N1-N10 of metadata.md.
        column: name of the column, or path of the field ("resources.0.name").
        cause: why: `values`, `header`, `digits_lost`, `combination`, `small_cells`, `precise`, `row_level`.
        count: cells that met it; 0 where the header alone did.
        rows: numbers of the first such rows, counted from 1; empty for fields.
        hashes: keyed hashes of their values, in the same order: equal values have equal hashes.
    """

    rule: str
    severity: Severity
    column: str
    cause: str = "values"
    count: int = 0
    rows: tuple[int, ...] = ()
    hashes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as it is stored and shown."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "column": self.column,
            "cause": self.cause,
            "count": self.count,
            "rows": list(self.rows),
            "hashes": list(self.hashes),
        }


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the strictest severity, or None if nothing was found."""
    order = list(Severity)
    return min((finding.severity for finding in findings), key=order.index, default=None)


def keyed_hash(key: bytes, value: str) -> str:
    """Return the hash under which a value may be remembered; without the key nobody can try values."""
    return hmac.new(key, value.encode(), sha256).hexdigest()[:32]


@dataclass(slots=True)
class Tally:
    """Counts hits of one kind in one column; keeps the first rows and hashes only."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    def add(self, row: int | None, key: bytes, value: str) -> None:
        """Count one hit; its value is hashed for the first of them only, and forgotten."""
        self.count += 1
        if len(self.hashes) < SHOWN:
            self.hashes.append(keyed_hash(key, value))
            if row is not None:
                self.rows.append(row)
