"""The fewest steps that lift an OPD into its next band (F51). Pure.

For each item the best score with one step, two steps and so on is reckoned; `fewest` looks for the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import combinations

from ckanext.jambi.freshness.rules.assessing import Docket, Track
from ckanext.jambi.freshness.rules.fewest import Ladder, Rung, fewest, value
from ckanext.jambi.freshness.rules.index import Band, next_band
from ckanext.jambi.freshness.rules.judging import ONE
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.remedies import CHECKS, Outlook, Remedy, renewal

BEST = Fraction(100)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Steps by item that reach a band; `minimal` where it is proven that no fewer do."""

    band: Band
    index: Fraction
    steps: tuple[tuple[Ladder, Rung], ...]
    minimal: bool


def shortest(dockets: Sequence[Docket], law: Law, now: datetime) -> Shortcut | None:
    """Return the fewest steps into the next band; None in the best one, and where no steps reach it.

    `dockets` are all items that are owed; those that do not count yet are left out.
    """
    scoring = law.policy_at(now).scoring
    ladders = [each for docket in dockets if (each := _ladder(docket, law, now))]
    before = value(ladders, {}, scoring)
    ahead = next_band(before, scoring) if ladders else None
    found = fewest(ladders, before + ahead[1], scoring) if ahead else None
    if ahead is None or found is None:
        return None
    chosen, minimal = found
    steps = tuple((ladders[n], ladders[n].rungs[at]) for n, at in sorted(chosen.items()))
    return Shortcut(ahead[0], value(ladders, chosen, scoring), steps, minimal)


def _ladder(docket: Docket, law: Law, now: datetime) -> Ladder | None:
    outlook = Outlook(docket, law, now)
    one = outlook.present
    if not one.counts:
        return None
    rungs = [Rung(one.score.total)]
    options = _options(outlook, now) if one.score.total < BEST else ()
    for each in sorted(options, key=lambda each: (len(each.remedies), -each.score)):
        if each.score > rungs[-1].score:
            rungs.append(each)
    return Ladder(docket.item.id, docket.item.code, outlook.weight, tuple(rungs))


def _options(outlook: Outlook, now: datetime) -> Iterator[Rung]:
    """Yield what the item would score after each set of steps that differ in what they bring."""
    for remedies in _sets(outlook.tracks, _useful(outlook, now)):
        yield Rung(outlook.score(outlook.changed(remedies)), remedies)


def _useful(outlook: Outlook, now: datetime) -> list[Remedy]:
    """Return which steps beside the checks may bring anything; what was never late gets no fresher."""
    tracks, standings = outlook.tracks, [each.standing for each in outlook.present.judged]
    shown = outlook.changed([Remedy.PUBLISH])
    useful = {
        Remedy.PUBLISH: any(then is not each for then, each in zip(shown, tracks, strict=True)),
        renewal(outlook.docket, now): any(each is None or each.freshness < ONE for each in standings),
        Remedy.STORE: not all(each.facts.stored for each in tracks),
    }
    return [each for each, brings in useful.items() if brings]


def _sets(tracks: Sequence[Track], others: Sequence[Remedy]) -> Iterator[tuple[Remedy, ...]]:
    """Yield sets of steps in their order; where one dataset fails several checks, each is worth the same."""
    failing = [each for each in CHECKS if not all(getattr(one.facts.checks, each.value) for one in tracks)]
    several = range(len(failing) + 1)
    checks = (
        [tuple(failing[:n]) for n in several]
        if len(tracks) == 1
        else [each for n in several for each in combinations(failing, n)]
    )
    for n in range(len(others) + 1):
        for first in combinations(others, n):
            yield from ((*first, *rest) for rest in checks if first or rest)
