"""The one state machine (F4, specification 4): boundaries, inclusive, and `now` give a state."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ckanext.jambi.freshness.rules.thresholds import DAY, Boundaries


class State(StrEnum):
    """JSON states of a dataset, best first."""

    FRESH = "fresh"
    DUE = "due"
    OVERDUE = "overdue"
    DELINQUENT = "delinquent"
    UNKNOWN = "unknown"


class Look(StrEnum):
    """What a badge shows: the states, and the two faces of `fresh` that have a label of their own."""

    FRESH = "fresh"
    SOON = "soon"
    DUE = "due"
    OVERDUE = "overdue"
    DELINQUENT = "delinquent"
    UNKNOWN = "unknown"
    ARCHIVE = "archive"


def state(boundaries: Boundaries | None, now: datetime) -> State:
    """Return the state at `now`; evidence dated after `now`, or no boundaries, cannot be judged."""
    if boundaries is None or now < boundaries.evidence_at:
        return State.UNKNOWN
    steps = (
        (boundaries.delinquent_at, State.DELINQUENT),
        (boundaries.overdue_at, State.OVERDUE),
        (boundaries.due_at, State.DUE),
    )
    return next((name for instant, name in steps if instant and now >= instant), State.FRESH)


def look(boundaries: Boundaries | None, now: datetime) -> Look:
    """Return what the badge shows at `now`: `archive` where nothing is ever due, `soon` from soon_at."""
    found = state(boundaries, now)
    if found is not State.FRESH or boundaries is None:
        return Look(found.value)
    if boundaries.soon_at is None:
        return Look.ARCHIVE
    return Look.SOON if now >= boundaries.soon_at else Look.FRESH


def days_late(boundaries: Boundaries | None, now: datetime) -> int:
    """Return the whole days since the deadline `overdue_at`; 0 before it."""
    if boundaries is None or boundaries.overdue_at is None or now < boundaries.overdue_at:
        return 0
    return (now - boundaries.overdue_at) // DAY
