"""Since when a source answered on each day: then a complete run says that nothing happened (F13). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from ckanext.jambi.freshness.rules.scoring import Look
from ckanext.jambi.working_days import ONE_DAY, civil_day, midnight

HOLDS = timedelta(hours=48)
"""A source that answered is taken to answer until it is seen not to, at most as long."""
ANSWERS_SINCE = "answers_since"
"""Where `detail` of a row of a complete run says since which day its source answered on every day."""


def since(looks: Sequence[Look], now: datetime) -> date | None:
    """Return the first of the days up to `now` on each of which a source answered; None if it does not today.

    `looks` say when it was seen to answer or not, as far back as one cares, in any order.
    """
    found = sorted(looks)
    day, first = civil_day(now), None
    while _answered(found, day, now):
        first, day = day, day - ONE_DAY
    return first


def _answered(looks: Sequence[Look], day: date, now: datetime) -> bool:
    """Whether a source answered at some instant of a day."""
    start, end = midnight(day), min(midnight(day + ONE_DAY), now)
    ends = [*(each.at for each in looks[1:]), end]
    return any(
        each.ok and each.at <= end and min(until, each.at + HOLDS) > start
        for each, until in zip(looks, ends, strict=False)
    )
