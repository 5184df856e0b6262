"""Which clauses the sentence beside a badge has (F48); the portal puts them into words.

By the age of the data: "Data up to 31 Aug 2026 · checked today · 3 days late · last changed 11 Sep 2026 (file
changed)"; by the schedule: "... · data for September 3 working days late · ...".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ckanext.jambi.freshness.rules.credit import WIB
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.freshness.rules.states import Look, days_late, look
from ckanext.jambi.freshness.rules.thresholds import DAY, Boundaries


class Clause(StrEnum):
    """The clauses, each with the value it needs."""

    DATA_UP_TO = "data_up_to"  # date
    CHECKED_DAYS_AGO = "checked_days_ago"  # int, 0 = today
    UNREACHABLE = "unreachable"  # None
    NEXT_BY = "next_by"  # datetime
    DUE_SINCE = "due_since"  # datetime
    LATE_DAYS = "late_days"  # int
    OWED_BY = "owed_by"  # Owed
    OWED_SINCE = "owed_since"  # Owed
    OWED_LATE = "owed_late"  # Owed
    LAST_CHANGED = "last_changed"  # datetime, the evidence kind stands beside it (F20)
    NO_RESOURCE = "no_resource"  # None
    NO_FREQUENCY = "no_frequency"  # None
    NO_EVIDENCE = "no_evidence"  # None


@dataclass(frozen=True, slots=True)
class Owed:
    """The period that judges by the schedule, when it is due, and how many working days it is late."""

    span: Span
    due_at: datetime
    working_days_late: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the sentence is made of."""

    boundaries: Boundaries | None
    has_resource: bool = True
    evidence_at: datetime | None = None
    period_end: date | None = None
    checked_at: datetime | None = None
    reachable: bool | None = None
    owed: Owed | None = None


Value = date | datetime | int | Owed | None
Part = tuple[Clause, Value]


def parts(known: Known, now: datetime) -> list[Part]:
    """Return the clauses of the sentence at `now`, in order."""
    if not known.has_resource:
        return [(Clause.NO_RESOURCE, None)]
    return [*_covered(known), *_checked(known, now), *_judged(known, now), *_changed(known)]


def _covered(known: Known) -> Iterator[Part]:
    if known.period_end:
        yield Clause.DATA_UP_TO, known.period_end


def _checked(known: Known, now: datetime) -> Iterator[Part]:
    if known.reachable is False:
        yield Clause.UNREACHABLE, None
    elif known.checked_at:
        days = (now.astimezone(WIB).date() - known.checked_at.astimezone(WIB).date()).days
        yield Clause.CHECKED_DAYS_AGO, max(days, 0)


def _judged(known: Known, now: datetime) -> Iterator[Part]:
    if known.evidence_at is None:
        yield Clause.NO_EVIDENCE, None
    elif known.boundaries is None:
        yield Clause.NO_FREQUENCY, None
    else:
        yield from _time_left(known.boundaries, known.owed, now)


def _time_left(boundaries: Boundaries, owed: Owed | None, now: datetime) -> Iterator[Part]:
    shown = look(boundaries, now)
    if shown is Look.SOON:
        yield (Clause.OWED_BY, owed) if owed else (Clause.NEXT_BY, boundaries.due_at)
    elif shown is Look.DUE:
        yield (Clause.OWED_SINCE, owed) if owed else (Clause.DUE_SINCE, boundaries.due_at)
    elif shown in (Look.OVERDUE, Look.DELINQUENT):
        yield (Clause.OWED_LATE, owed) if owed else (Clause.LATE_DAYS, days_late(boundaries, now))


def _changed(known: Known) -> Iterator[Part]:
    if known.evidence_at:
        yield Clause.LAST_CHANGED, known.evidence_at


def shows_time(boundaries: Boundaries | None) -> bool:
    """Whether the data is promised more than once a day, so that a date alone says too little."""
    if boundaries is None or boundaries.due_at is None:
        return False
    return boundaries.due_at - boundaries.evidence_at < DAY
