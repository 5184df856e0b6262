"""What is said of an organization: its index with all that belongs beside it (F24, F26)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from ckanext.jambi.freshness.promises.replay import retired
from ckanext.jambi.freshness.rules import index
from ckanext.jambi.freshness.rules.assessing import Assessed
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.index import Index, Tally, Weighed
from ckanext.jambi.freshness.rules.policy import Scoring

Figures = dict[str, Any]
NONE = Tally(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the figures of some items are made of; those of several organizations may be added."""

    weighed: tuple[Weighed, ...] = ()
    tally: Tally = NONE
    waiting: int = 0
    open_overdue: int = 0
    open_delinquent: int = 0

    def __add__(self, other: Gathered) -> Gathered:
        """Return what both are made of together."""
        return Gathered(
            self.weighed + other.weighed,
            Tally(
                self.tally.met + other.tally.met,
                self.tally.judged + other.tally.judged,
                self.tally.skipped + other.tally.skipped,
            ),
            self.waiting + other.waiting,
            self.open_overdue + other.open_overdue,
            self.open_delinquent + other.open_delinquent,
        )


def of_items(assessed: Sequence[Assessed], scoring: Scoring, now: datetime) -> Figures:
    """Return the figures of the items of an organization, or of the city, at `now`."""
    return of(gather(assessed, scoring, now), scoring)


def gather(assessed: Sequence[Assessed], scoring: Scoring, now: datetime) -> Gathered:
    """Return what the figures of items at `now` are made of."""
    owed = [each for each in assessed if not retired(each.item, now)]
    counting = [each for each in owed if each.counts]
    weighed = (Weighed(each.score.total, each.item.terms(now).weight) for each in counting)
    obligations = [one for each in assessed for judged in each.judged for one in judged.obligations]
    still_open = [one.duty for one in obligations if one.is_open]
    return Gathered(
        tuple(weighed),
        index.tally(obligations, Interval(now - scoring.trailing, now)),
        len(owed) - len(counting),
        sum(each.overdue_at <= now for each in still_open),
        sum(each.delinquent_at <= now for each in still_open),
    )


def of(found: Gathered, scoring: Scoring) -> Figures:
    """Return the figures that are made of `found`."""
    return {
        **_of_index(index.of_items(found.weighed, scoring), scoring),
        "on_time_rate": rounded(found.tally.on_time_rate, 4),
        "met": found.tally.met,
        "judged": found.tally.judged,
        "skipped": found.tally.skipped,
        "items": len(found.weighed),
        "items_waiting": found.waiting,
        "open_overdue": found.open_overdue,
        "open_delinquent": found.open_delinquent,
    }


def _of_index(found: Index | None, scoring: Scoring) -> Figures:
    ahead = index.next_band(found.value, scoring) if found else None
    return {
        "index": rounded(found.value if found else None, 6),
        "mean": rounded(found.mean if found else None, 6),
        "weakest": rounded(found.weakest if found else None, 6),
        "stars": rounded(found.stars if found else None, 3),
        "band": found.band.value if found else None,
        "next_band": {"band": ahead[0].value, "points": rounded(ahead[1], 6)} if ahead else None,
        "distribution": list(found.distribution) if found else [0] * index.CLASSES,
    }


def rounded(value: Fraction | None, places: int) -> float | None:
    """Return an exact value for people and JSON."""
    return None if value is None else float(round(value, places))


def by_organization(assessed: Iterable[Assessed]) -> dict[str, list[Assessed]]:
    """Return judged items by their organization."""
    found: dict[str, list[Assessed]] = {}
    for each in assessed:
        found.setdefault(each.item.organization_id, []).append(each)
    return found
