"""The fewest steps that lift an OPD into its next band (F51). Pure.

For each item the best score with one step, two steps and so on is reckoned from two judgements: as it is, and
with its data delivered. The steps are then taken greedily, and a search below that number proves that fewer
do not reach the band.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import accumulate, combinations

from ckanext.jambi.freshness.rules.assessing import Assessed, Docket, Judged, Track, assess
from ckanext.jambi.freshness.rules.exclusions import merged
from ckanext.jambi.freshness.rules.index import Band, Weighed, next_band, of_items
from ckanext.jambi.freshness.rules.judging import ZERO
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.remedies import CHECKS, Remedy, after, delivered
from ckanext.jambi.freshness.rules.scoring import NOTHING, Score, availability, of_dataset, of_item

SLACK = 1e-6
MOST_TRIES, MOST_LOOKS = 4_000, 100_000
"""How many sets are tried, and items looked at, before the proof that none is smaller is given up."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What an item would score after some steps."""

    score: Fraction
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """An item with its best score by number of steps; the first rung is how it stands."""

    item_id: str
    code: str
    weight: int
    rungs: tuple[Rung, ...]


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
    found = of_items(_weighed(ladders, [0] * len(ladders)), scoring)
    ahead = next_band(found.value, scoring) if found else None
    if found is None or ahead is None:
        return None
    goal = found.value + ahead[1]
    greedy = _greedily(ladders, goal, scoring)
    if greedy is None:
        return None
    chosen, minimal = _fewer(ladders, greedy, goal, scoring)
    reached = _value(ladders, chosen, scoring)
    steps = tuple((each, each.rungs[at]) for each, at in zip(ladders, chosen, strict=True) if at)
    return Shortcut(ahead[0], reached, steps, minimal)


def _ladder(docket: Docket, law: Law, now: datetime) -> Ladder | None:
    tracks = tuple(docket.tracks or (Track(""),))
    one = assess(replace(docket, tracks=tracks), law, now)
    if not one.counts:
        return None
    rungs = [Rung(one.score.total)]
    options = _options(docket, tracks, one, law, now)
    for each in sorted(options, key=lambda each: (len(each.remedies), -each.score)):
        if each.score > rungs[-1].score:
            rungs.append(each)
    item = docket.item
    return Ladder(item.id, item.code, item.terms(now).weight, tuple(rungs))


def _options(
    docket: Docket, tracks: Sequence[Track], one: Assessed, law: Law, now: datetime
) -> Iterator[Rung]:
    """Yield what the item would score after each set of steps that differ in what they bring."""
    all_delivered = tuple(delivered(each, now) for each in tracks)
    other = assess(replace(docket, tracks=all_delivered), law, now)
    for remedies in _sets(tracks):
        after_all = [_after_all(each, remedies, docket, now) for each in tracks]
        scores = [
            _score(track, (one if track.events is before.events else other).judged[n], docket, law, now)
            for n, (before, track) in enumerate(zip(tracks, after_all, strict=True))
        ]
        yield Rung(of_item(scores).total, remedies)


def _after_all(track: Track, remedies: Sequence[Remedy], docket: Docket, now: datetime) -> Track:
    for each in remedies:
        track = after(track, each, docket, now)
    return track


def _score(track: Track, judged: Judged, docket: Docket, law: Law, now: datetime) -> Score:
    if judged.standing is None:
        return NOTHING
    scoring = law.policy_at(now).scoring
    linked = availability(track.looks, now, scoring, merged([*docket.faults, *docket.exempt]))
    return of_dataset(judged.standing, track.facts, docket.item.terms(now).access, scoring, linked)


def _sets(tracks: Sequence[Track]) -> Iterator[tuple[Remedy, ...]]:
    """Yield sets of steps in their order; where one dataset fails several checks, each is worth the same."""
    failing = [each for each in CHECKS if not all(getattr(one.facts.checks, each.value) for one in tracks)]
    several = range(len(failing) + 1)
    checks = (
        [tuple(failing[:n]) for n in several]
        if len(tracks) == 1
        else [each for n in several for each in combinations(failing, n)]
    )
    others = (Remedy.PUBLISH, Remedy.DELIVER, Remedy.STORE)
    for n in range(len(others) + 1):
        for first in combinations(others, n):
            yield from ((*first, *rest) for rest in checks if first or rest)


def _weighed(ladders: Sequence[Ladder], chosen: Sequence[int]) -> list[Weighed]:
    return [Weighed(each.rungs[at].score, each.weight) for each, at in zip(ladders, chosen, strict=True)]


def _value(ladders: Sequence[Ladder], chosen: Sequence[int], scoring: Scoring) -> Fraction:
    found = of_items(_weighed(ladders, chosen), scoring)
    return found.value if found else ZERO


def _cost(each: Ladder, at: int) -> int:
    return len(each.rungs[at].remedies)


def _quick(ladders: Sequence[Ladder], chosen: Sequence[int], scoring: Scoring) -> float:
    """Return the index in floating point, to try many sets; what counts is `_value`."""
    scores = sorted(
        (float(each.rungs[at].score), each.weight) for each, at in zip(ladders, chosen, strict=True)
    )
    weight = sum(each for _, each in scores)
    enough, gathered = float(scoring.weakest_share) * weight - SLACK, accumulate(each for _, each in scores)
    weakest = next(score for (score, _), reached in zip(scores, gathered, strict=True) if reached >= enough)
    mean = sum(score * each for score, each in scores) / weight
    return float(scoring.mean) * mean + float(scoring.weakest) * weakest


def _greedily(ladders: Sequence[Ladder], goal: Fraction, scoring: Scoring) -> list[int] | None:
    """Take the rung that brings most for each further step, until the goal is reached; None if it is not."""
    chosen = [0] * len(ladders)
    while _value(ladders, chosen, scoring) < goal:
        tried = [
            (
                _quick(ladders, _with(chosen, n, at), scoring),
                _cost(each, chosen[n]) - _cost(each, at),
                -n,
                -at,
            )
            for n, each in enumerate(ladders)
            for at in range(chosen[n] + 1, len(each.rungs))
        ]
        if not tried:
            return None
        now = _quick(ladders, chosen, scoring)
        _, _, n, at = max(tried, key=lambda one: ((now - one[0]) / one[1], *one[1:]))
        chosen = _with(chosen, -n, -at)
    return chosen


def _with(chosen: Sequence[int], n: int, at: int) -> list[int]:
    return [*chosen[:n], at, *chosen[n + 1 :]]


def _fewer(
    ladders: Sequence[Ladder], greedy: list[int], goal: Fraction, scoring: Scoring
) -> tuple[list[int], bool]:
    """Return a set of fewer steps if there is one, and whether it is proven that none has fewer."""
    most = sum(_cost(each, at) for each, at in zip(ladders, greedy, strict=True))
    tries, most_tries = 0, min(MOST_TRIES, MOST_LOOKS // len(ladders))
    for total in range(1, most):
        for chosen in _choices(ladders, total):
            tries += 1
            if tries > most_tries:
                return greedy, False
            promising = _quick(ladders, chosen, scoring) >= goal - SLACK
            if promising and _value(ladders, chosen, scoring) >= goal:
                return chosen, True
    return greedy, True


def _choices(ladders: Sequence[Ladder], total: int) -> Iterator[list[int]]:
    """Yield every way to spend `total` steps on the items."""
    if not ladders:
        if total == 0:
            yield []
        return
    first, rest = ladders[0], ladders[1:]
    for at in range(len(first.rungs)):
        if _cost(first, at) <= total:
            yield from ([at, *others] for others in _choices(rest, total - _cost(first, at)))
