"""The fewest steps by which the index over some items reaches a goal (F51). Pure.

Steps are taken greedily. That fewer do not reach the goal is then proven: by a bound where it suffices, else
by trying every smaller set, as long as there are not too many. Many sets are reckoned in floating point; what
is said of one is reckoned exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, chain, repeat
from math import comb

from ckanext.jambi.freshness.rules.index import Weighed, of_items
from ckanext.jambi.freshness.rules.judging import ZERO
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.raising import Raising
from ckanext.jambi.freshness.rules.remedies import Remedy

SLACK = 1e-6
MOST_TRIES, MOST_LOOKS = 4_000, 100_000
"""How many sets are tried, and items looked at, before the proof that none is smaller is given up."""
BEST = 100.0


@dataclass(frozen=True, slots=True)
class Rung:
    """What an item would score after some steps; `height` is the score in floating point."""

    score: Fraction
    remedies: tuple[Remedy, ...] = ()
    height: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep what is asked for again and again."""
        object.__setattr__(self, "height", float(self.score))


@dataclass(frozen=True, slots=True)
class Ladder:
    """An item with its best score by number of steps; the first rung is how it stands."""

    item_id: str
    code: str
    weight: int
    rungs: tuple[Rung, ...]

    def cost(self, at: int) -> int:
        """Return how many steps lead to a rung."""
        return len(self.rungs[at].remedies)

    def gain(self, at: int, since: int) -> float:
        """Return by how much the weighted score rises from one rung to another."""
        return self.weight * (self.rungs[at].height - self.rungs[since].height)


Chosen = dict[int, int]
"""The rung of each ladder that is climbed, by its place; all others stay on their first."""


def value(ladders: Sequence[Ladder], chosen: Mapping[int, int], scoring: Scoring) -> Fraction:
    """Return the index once steps are taken, exactly."""
    weighed = [Weighed(each.rungs[chosen.get(n, 0)].score, each.weight) for n, each in enumerate(ladders)]
    found = of_items(weighed, scoring)
    return found.value if found else ZERO


def fewest(ladders: Sequence[Ladder], goal: Fraction, scoring: Scoring) -> tuple[Chosen, bool] | None:
    """Return the steps, and whether it is proven that no fewer reach the goal; None where none do."""
    greedy = _greedily(ladders, goal, scoring)
    return None if greedy is None else _fewer(ladders, greedy, goal, scoring)


class _Quick(Raising[float]):
    """The index of a choice in floating point, and what one further change makes of it."""

    def __init__(self, ladders: Sequence[Ladder], chosen: Mapping[int, int], scoring: Scoring) -> None:
        scored = [(each.rungs[chosen.get(n, 0)].height, each.weight) for n, each in enumerate(ladders)]
        shares = float(scoring.mean), float(scoring.weakest)
        enough = float(scoring.weakest_share) * sum(weight for _, weight in scored) - SLACK
        super().__init__(scored, shares, enough, BEST)
        whole = sum(score * weight for score, weight in scored)
        self.value = self._mean * whole / self._weight + self._share * self._weakest

    def after(self, before: float, score: float, weight: int) -> float:
        """Return the index once one item of these rises to a score."""
        return self.value + self.gain(before, score, weight)

    def at_most(self, gain: float, lifted: int) -> float:
        """Return what the index cannot exceed once so much of weighted score and of weight rises."""
        return self.value + self._points(gain, self._reached(self._enough + lifted))


def _greedily(ladders: Sequence[Ladder], goal: Fraction, scoring: Scoring) -> Chosen | None:
    """Take the rung that brings most for each further step, until the goal is reached; None if it is not."""
    chosen: Chosen = {}
    while not _reaches(ladders, chosen, goal, scoring):
        quick = _Quick(ladders, chosen, scoring)
        tried = [
            (*_worth(each, chosen.get(n, 0), at, quick), -n, -at)
            for n, each in enumerate(ladders)
            for at in range(chosen.get(n, 0) + 1, len(each.rungs))
        ]
        if not tried:
            return None
        _, _, n, at = max(tried)
        chosen[-n] = -at
    return chosen


def _worth(each: Ladder, since: int, at: int, quick: _Quick) -> tuple[float, int]:
    """Return what a rung adds to the index for each step that it takes, and before equals the shorter way."""
    gain = quick.gain(each.rungs[since].height, each.rungs[at].height, each.weight)
    steps = each.cost(at) - each.cost(since)
    return gain / steps, -steps


def _reaches(ladders: Sequence[Ladder], chosen: Mapping[int, int], goal: Fraction, scoring: Scoring) -> bool:
    """Whether steps reach the goal; what lies far below it is not reckoned exactly."""
    near = _Quick(ladders, chosen, scoring).value >= goal - SLACK
    return near and value(ladders, chosen, scoring) >= goal


def _fewer(
    ladders: Sequence[Ladder], greedy: Chosen, goal: Fraction, scoring: Scoring
) -> tuple[Chosen, bool]:
    """Return a set of fewer steps if there is one, and whether it is proven that none has fewer."""
    most = sum(ladders[n].cost(at) for n, at in greedy.items())
    single = sum(len(each.rungs) > 1 and each.cost(1) == 1 for each in ladders)
    left = min(MOST_TRIES, MOST_LOOKS // len(ladders))
    for total in range(_at_least(ladders, goal, scoring), most):
        if comb(single, total) > left:
            return greedy, False
        for chosen in _choices(ladders, total):
            if left == 0:
                return greedy, False
            left -= 1
            if _reaches(ladders, chosen, goal, scoring):
                return chosen, True
    return greedy, True


def _at_least(ladders: Sequence[Ladder], goal: Fraction, scoring: Scoring) -> int:
    """Return how many steps it takes at least, whichever they are.

    The weighted sum rises by no more than the steepest parts of the ladders together give, and no step lifts
    more weight over the weakest tenth than the heaviest item has.
    """
    quick = _Quick(ladders, {}, scoring)
    steepest = sorted((each for one in ladders for each in _slopes(one)), reverse=True)
    heaviest = sorted((each.weight for each in ladders if len(each.rungs) > 1), reverse=True)
    gains, lifted = accumulate(steepest), chain(accumulate(heaviest), repeat(sum(heaviest)))
    enough = (quick.at_most(*each) >= goal - SLACK for each in zip(gains, lifted, strict=False))
    return next((total for total, each in enumerate(enough, 1) if each), 0)


def _slopes(each: Ladder) -> Iterator[float]:
    """Yield what the steps of a ladder bring one by one, at most: its rungs' upper hull."""
    at = 0
    while at + 1 < len(each.rungs):
        ahead = range(at + 1, len(each.rungs))
        slope, then = max((each.gain(n, at) / (each.cost(n) - each.cost(at)), n) for n in ahead)
        yield from [slope] * (each.cost(then) - each.cost(at))
        at = then


def _choices(ladders: Sequence[Ladder], total: int, since: int = 0) -> Iterator[Chosen]:
    """Yield every way to spend `total` steps on the ladders from a place on."""
    if total == 0:
        yield {}
        return
    for n in range(since, len(ladders)):
        for at in range(1, len(ladders[n].rungs)):
            if ladders[n].cost(at) <= total:
                for rest in _choices(ladders, total - ladders[n].cost(at), n + 1):
                    yield {n: at, **rest}
