"""The index of an OPD and of the city: what the scores of the promised items come to (F24, F25, F26)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ckanext.jambi.freshness.rules.closing import Obligation, Outcome
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.items import LENIENT
from ckanext.jambi.freshness.rules.policy import Scoring

CLASSES = 10


class Band(StrEnum):
    """What an index is called, best first."""

    BEST = "sangat_mutakhir"
    GOOD = "mutakhir"
    FAIR = "cukup"
    POOR = "perlu_perbaikan"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The score of an item, 0 to 100, and its weight."""

    total: Fraction
    weight: int


@dataclass(frozen=True, slots=True)
class Index:
    """I with its two parts, its value from 1 to 5, its band, and the distribution of scores."""

    value: Fraction
    mean: Fraction
    weakest: Fraction
    band: Band
    distribution: tuple[int, ...]

    @property
    def stars(self) -> Fraction:
        """The value as 1 to 5."""
        return 1 + 4 * self.value / 100


def of_items(items: Iterable[Weighed], scoring: Scoring) -> Index | None:
    """Return the index over all obligated items; None where nothing is promised."""
    found = sorted(items, key=lambda each: (float(each.total), each.total))  # exact, and seldom slow
    weight = sum(each.weight for each in found)
    if not weight:
        return None
    mean = _sum(found) / weight
    weakest = _weakest(found, scoring.weakest_share * weight)
    value = scoring.mean * mean + scoring.weakest * weakest
    return Index(value, mean, weakest, band(value, scoring), distribution(found))


def _sum(found: Iterable[Weighed]) -> Fraction:
    """Return all scores by their weight, added exactly: those of one denominator as whole numbers."""
    whole: dict[int, int] = {}
    for each in found:
        below = each.total.denominator
        whole[below] = whole.get(below, 0) + each.weight * each.total.numerator
    return sum((Fraction(above, below) for below, above in whole.items()), Fraction(0))


def _weakest(found: Sequence[Weighed], enough: Fraction) -> Fraction:
    """Return P10: the smallest score at which the cumulative weight reaches the share (F24)."""
    gathered = 0
    for each in found:
        gathered += each.weight
        if gathered >= enough:
            return each.total
    return found[-1].total


def band(value: Fraction, scoring: Scoring) -> Band:
    """Return the name of an index."""
    limits = zip(scoring.bands, Band, strict=False)
    return next((name for lowest, name in limits if value >= lowest), Band.POOR)


def next_band(value: Fraction, scoring: Scoring) -> tuple[Band, Fraction] | None:
    """Return the next better band and how many points are missing to it; None in the best."""
    above = [(lowest, name) for lowest, name in zip(scoring.bands, Band, strict=False) if lowest > value]
    return (above[-1][1], above[-1][0] - value) if above else None


def distribution(items: Iterable[Weighed]) -> tuple[int, ...]:
    """Return how many scores lie in each of ten classes; 100 belongs to the highest (F26)."""
    counts = [0] * CLASSES
    for each in items:
        place = each.total.numerator * CLASSES // (100 * each.total.denominator)
        counts[min(place, CLASSES - 1)] += 1
    return tuple(counts)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many obligations were decided in a period: met in time, and all; skipped ones apart (F26)."""

    met: int
    judged: int
    skipped: int

    @property
    def on_time_rate(self) -> Fraction | None:
        """The share of obligations met, of all whose deadline lies in the period; None where none does."""
        return Fraction(self.met, self.judged) if self.judged else None


def tally(obligations: Iterable[Obligation], period: Interval) -> Tally:
    """Count the obligations whose deadline lies in a period; excused ones are no part of it (F27)."""
    found = [
        each
        for each in obligations
        if period.start <= each.duty.overdue_at < period.end and each.outcome is not Outcome.EXCUSED
    ]
    met = sum(each.outcome is Outcome.MET for each in found)
    return Tally(met, len(found), sum(each.outcome is Outcome.SKIPPED for each in found))


def lenient(items: Iterable[tuple[str, str, int]], scoring: Scoring) -> frozenset[str]:
    """Return the codes of the items that may be as needed or archive (F25).

    `items` are the code, the frequency and the weight of all items of an OPD. The share is filled in
    ascending order of item code; an item that does not fit whole stays outside.
    """
    known = sorted(items)
    room = scoring.lenient_share * sum(weight for _, _, weight in known)
    inside, used = set(), 0
    for code, promised, weight in known:
        if promised in LENIENT and used + weight <= room:
            inside.add(code)
            used += weight
    return frozenset(inside)
