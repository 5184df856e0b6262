"""Judge what a source's list did to the records that are public: pure rules (harvesting.md 8).

An empty answer never deletes, an unproven list never deletes, and many deletions, in one run or
summed over seven days, wait for a steward. Called by the runner and by dry runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

WINDOW = timedelta(days=7)


class Reason(StrEnum):
    """Why a change set is held."""

    EMPTY = "empty"
    MASS_DELETION = "mass_deletion"
    POSSIBLE_RENAME = "possible_rename"
    ROWS_VANISHED = "rows_vanished"
    SCHEMA_DRIFT = "schema_drift"
    BAD_ROWS = "too_many_bad_rows"
    PERSONAL_DATA = "personal_data"
    PERSONAL_DATA_REVIEW = "personal_data_review"


@dataclass(frozen=True, slots=True)
class Limit:
    """How many may go at once: the greater of a count and a share of what is live."""

    count: int = 3
    share: Fraction = Fraction(1, 10)

    def exceeded(self, gone: int, live: int) -> bool:
        """Return whether `gone` of `live` is more than max(count, share of live)."""
        return gone > max(Fraction(self.count), self.share * live)


@dataclass(frozen=True, slots=True)
class Facts:
    """A finished gather: `live` counts public records before it, `buried` the tombstones of 7 days."""

    complete: bool
    seen: int
    live: int
    vanished: int = 0
    buried: int = 0
    renamed: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """One held part of the change set and the figures that led to it.

    Attributes:
        gone: records or rows that would leave; `live`: how many there were.
        guids: the records that are held, once they are known.
        detail: what else tells a steward what happened; no value of the data.
    """

    reason: Reason
    gone: int = 0
    live: int = 0
    guids: tuple[str, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may go on: import of new and changed records, tombstones for vanished ones."""

    imports: bool
    buries: bool
    holds: tuple[Hold, ...] = ()


def judge(facts: Facts, limit: Limit, min_rows: int = 1) -> Verdict:
    """Return what the run may do.

    The seven-day sum is judged against the live count at the start of that window, which is the
    present one plus the tombstones opened since.
    """
    if facts.complete and facts.live and facts.seen < max(min_rows, 1):
        return Verdict(False, False, (Hold(Reason.EMPTY, facts.live - facts.seen, facts.live),))
    if not facts.complete:
        return Verdict(True, False)
    holds = []
    if facts.renamed:
        holds.append(Hold(Reason.POSSIBLE_RENAME, facts.renamed, facts.live))
    gone, summed = facts.vanished, facts.vanished + facts.buried
    if limit.exceeded(gone, facts.live) or (gone and limit.exceeded(summed, facts.live + facts.buried)):
        holds.append(Hold(Reason.MASS_DELETION, summed, facts.live + facts.buried))
        return Verdict(True, False, tuple(holds))
    return Verdict(True, True, tuple(holds))
