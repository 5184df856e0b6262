"""What is said of an organization: its index with all that belongs beside it (F24, F26)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from ckanext.jambi.freshness.promises.replay import retired
from ckanext.jambi.freshness.rules import index
from ckanext.jambi.freshness.rules.assessing import Assessed
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.index import Index, Weighed
from ckanext.jambi.freshness.rules.policy import Scoring

Figures = dict[str, Any]


def of_items(assessed: Sequence[Assessed], scoring: Scoring, now: datetime) -> Figures:
    """Return the figures of the items of an organization, or of the city, at `now`."""
    owed = [each for each in assessed if not retired(each.item, now)]
    counting = [each for each in owed if each.counts]
    weighed = [Weighed(each.score.total, each.item.terms(now).weight) for each in counting]
    obligations = [one for each in assessed for judged in each.judged for one in judged.obligations]
    tallied = index.tally(obligations, Interval(now - scoring.trailing, now))
    return {
        **_of_index(index.of_items(weighed, scoring), scoring),
        "on_time_rate": rounded(tallied.on_time_rate, 4),
        "met": tallied.met,
        "judged": tallied.judged,
        "skipped": tallied.skipped,
        "items": len(counting),
        "items_waiting": len(owed) - len(counting),
        "open_overdue": sum(one.is_open and one.duty.overdue_at <= now for one in obligations),
        "open_delinquent": sum(one.is_open and one.duty.delinquent_at <= now for one in obligations),
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
