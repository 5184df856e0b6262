"""Excluded time stops the clock (F16): portal faults, approved exemptions, confirmed network faults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

NONE = timedelta()


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Time from an instant up to, and not with, another (F4)."""

    start: datetime
    end: datetime


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return intervals in order, with what touches or overlaps made one; empty ones are dropped."""
    found: list[Interval] = []
    for each in sorted(one for one in intervals if one.start < one.end):
        if found and each.start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return tuple(found)


def counted(start: datetime, end: datetime, excluded: Sequence[Interval]) -> timedelta:
    """Return the time in [start, end) that is not excluded; `excluded` is merged."""
    if end <= start:
        return NONE
    if not excluded:
        return end - start
    out = (min(each.end, end) - max(each.start, start) for each in excluded)
    return end - start - sum((each for each in out if each > NONE), NONE)


def reach(start: datetime, length: timedelta, excluded: Sequence[Interval]) -> datetime:
    """Return the instant at which the time since `start` that is not excluded reaches `length`."""
    at = start + length
    for each in excluded:
        if each.end <= start:
            continue
        if max(each.start, start) >= at:
            break
        at += each.end - max(each.start, start)
    return at
