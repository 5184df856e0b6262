"""What is said of an organization: its index with all that belongs beside it (F24, F26)."""

from __future__ import annotations

from collections.abc import Sequence
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
    """What the figures of some items are made of; that of several lots is put `together`."""

    weighed: tuple[Weighed, ...] = ()
    tally: Tally = NONE
    waiting: int = 0
    open_overdue: int = 0
    open_delinquent: int = 0


def together(parts: Sequence[Gathered]) -> Gathered:
    """Return what all parts are made of together."""
    tallies = [each.tally for each in parts]
    return Gathered(
        tuple(one for each in parts for one in each.weighed),
        Tally(
            sum(each.met for each in tallies),
            sum(each.judged for each in tallies),
            sum(each.skipped for each in tallies),
        ),
        sum(each.waiting for each in parts),
        sum(each.open_overdue for each in parts),
        sum(each.open_delinquent for each in parts),
    )


def of_item(each: Assessed, scoring: Scoring, at: datetime) -> Gathered:
    """Return what one item that was judged at an instant adds to the figures."""
    owed = not retired(each.item, at)
    obligations = [one for judged in each.judged for one in judged.obligations]
    still_open = [one.duty for one in obligations if one.is_open]
    return Gathered(
        (Weighed(each.score.total, each.item.terms(at).weight),) if owed and each.counts else (),
        index.tally(obligations, Interval(at - scoring.trailing, at)),
        int(owed and not each.counts),
        sum(one.overdue_at <= at for one in still_open),
        sum(one.delinquent_at <= at for one in still_open),
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
