"""What the index over some items becomes once one of them rises, without reckoning it anew (F24, F51). Pure.

Exact where a figure is told, in floating point where many are compared.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from fractions import Fraction
from itertools import accumulate
from math import inf
from typing import Generic, TypeVar

from ckanext.jambi.freshness.rules.index import Weighed
from ckanext.jambi.freshness.rules.policy import Scoring

Number = TypeVar("Number", float, Fraction)


class Raising(Generic[Number]):
    """Some items by their scores, the lowest first.

    Args:
        scored: score and weight of each.
        shares: what the mean and what the weakest score count.
        enough: the weight that must be gathered from below to reach the weakest score.
        top: a score that none exceeds.
    """

    def __init__(
        self, scored: Iterable[tuple[Number, int]], shares: tuple[Number, Number], enough: Number, top: Number
    ) -> None:
        found: list[tuple[Number, int]] = sorted(scored)
        self._scores: list[Number] = [score for score, _ in found]
        self._scores.append(top)
        self._gathered: list[float] = [*accumulate(weight for _, weight in found), inf]
        self._weight: int = sum(weight for _, weight in found)
        self._mean: Number = shares[0]
        self._share: Number = shares[1]
        self._enough: Number = enough
        self._weakest: Number = self._reached(enough)

    def gain(self, before: Number, score: Number, weight: int) -> Number:
        """Return by how much the index rises once one item of these rises from a score to another."""
        weakest = self._weakest
        if before <= weakest:
            weakest = min(self._reached(self._enough + weight), max(score, weakest))
        return self._points((score - before) * weight, weakest)

    def _points(self, lifted: Number, weakest: Number) -> Number:
        """Return what more weighted score and another weakest score bring."""
        return self._mean * lifted / self._weight + self._share * (weakest - self._weakest)

    def _reached(self, weight: Number) -> Number:
        """Return the score at which a weight is gathered from below."""
        return self._scores[bisect_left(self._gathered, weight)]


def exactly(items: Iterable[Weighed], scoring: Scoring) -> Raising[Fraction]:
    """Return items whose index is told; there is at least one."""
    scored = [(each.total, each.weight) for each in items]
    enough = scoring.weakest_share * sum(weight for _, weight in scored)
    return Raising(scored, (scoring.mean, scoring.weakest), enough, Fraction(100))
