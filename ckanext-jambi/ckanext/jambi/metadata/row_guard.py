"""Decide whether a new version of a table lost too many of its rows (metadata.md M9, harvesting.md 8).

A pure function of counts and limit: the harvester asks it for harvested tables, the fast lane for
files that stewards upload.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class Limit:
    """How many rows may vanish: `count`, or `share` of the live rows where that is more."""

    count: int = 3
    share: Fraction | float = Fraction(1, 10)
    rolling: bool = False

    def allows(self, live: int) -> int:
        """Return the greatest number of rows that may vanish from a table with `live` rows."""
        return max(self.count, floor(Fraction(str(self.share)) * live))


@dataclass(frozen=True)
class Verdict:
    """Whether to hold the new version; `vanished` counts those of the last seven days too."""

    held: bool
    vanished: int
    allowed: int


def rows_vanished_too_many(vanished: int, live: int, opened_last_7_days: int, limit: Limit) -> Verdict:
    """Judge rows that are gone from a complete new version of a table.

    Args:
        vanished: rows of the live table that the new version does not have.
        live: rows of the live table before it; those opened in the last seven days are added back,
            so that the limit refers to the table at the start of that window.
        opened_last_7_days: rows that vanished in the seven days before and still count.
        limit: the table's limit; with `rolling` rows leave a moving window by design and none is held.
    """
    total = vanished + opened_last_7_days
    allowed = limit.allows(live + opened_last_7_days)
    held = not limit.rolling and vanished > 0 and total > allowed
    return Verdict(held, total, allowed)
