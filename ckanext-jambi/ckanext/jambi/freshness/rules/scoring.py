"""The score of a dataset and of an item: up-to-dateness, availability, quality (F21 to F24)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from ckanext.jambi.freshness.rules.exclusions import Interval, counted, reach
from ckanext.jambi.freshness.rules.judging import ONE, ZERO, Standing, share
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.states import State

AVAILABLE = "available"
"""Where `detail` of a row of the log says whether all linked files of a dataset could be had."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The five checks of Q (F22), each worth a fifth."""

    metadata_valid: bool = False
    open_format: bool = False
    dictionary_complete: bool = False
    rows_valid: bool = False
    licence_set: bool = False

    @property
    def quality(self) -> Fraction:
        """Q of F22."""
        return Fraction(sum(self.each), 5)

    @property
    def each(self) -> tuple[bool, ...]:
        """All five, in their order."""
        return (
            self.metadata_valid,
            self.open_format,
            self.dictionary_complete,
            self.rows_valid,
            self.licence_set,
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What the portal knows of a dataset beside its evidence; `stored` where its file lies in the portal."""

    published: bool = False
    active: bool = False
    has_resource: bool = False
    stored: bool = False
    checks: Checks = Checks()


@dataclass(frozen=True, slots=True, order=True)
class Look:
    """One look at the linked files of a dataset: whether a citizen could download all of them."""

    at: datetime
    ok: bool


@dataclass(frozen=True, slots=True)
class Score:
    """S of F23 with its parts, all from 0 to 1 but S itself, 0 to 100."""

    freshness: Fraction
    available: Fraction
    quality: Fraction
    total: Fraction


NOTHING = Score(ZERO, ZERO, ZERO, ZERO)
"""What is not there scores 0 and is never left out (F23, F24)."""


def availability(
    looks: Iterable[Look], now: datetime, scoring: Scoring, excluded: Sequence[Interval] = ()
) -> Fraction:
    """Return A of linked files: the share of 30 days in which all of them could be had (F22).

    Each look holds until the next, at most 48 hours; the portal itself looks, so that a longer gap is
    its own and does not count, nor does time before the first look.
    """
    begin = now - scoring.availability
    found = sorted(each for each in looks if begin - scoring.check_holds < each.at <= now)
    good, whole = timedelta(), timedelta()
    for each, until in zip(found, [*(one.at for one in found[1:]), now], strict=False):
        held = counted(
            max(each.at, begin), min(until, reach(each.at, scoring.check_holds, excluded)), excluded
        )
        whole += held
        good += held if each.ok else timedelta()
    if not whole:
        return ONE if found and found[-1].ok else ZERO
    return share(good, whole)


def of_dataset(
    standing: Standing,
    facts: Facts,
    access: str,
    scoring: Scoring,
    linked: Fraction = ZERO,
) -> Score:
    """Return S of a dataset for an item; `linked` is A where the file does not lie in the portal.

    Deleted without approval, without a file, unknown, or private although the item's data is open: 0.
    """
    hidden = access == "terbuka" and not facts.published
    if not facts.active or not facts.has_resource or hidden or standing.state is State.UNKNOWN:
        return NOTHING
    fresh, quality = standing.freshness, facts.checks.quality
    available = ONE if facts.stored else linked
    total = 100 * (
        scoring.fresh * fresh * available + scoring.quality * quality + scoring.available * available
    )
    return Score(fresh, available, quality, total)


def of_item(datasets: Iterable[Score]) -> Score:
    """Return the weakest score of an item's datasets; an item without one has 0 (F24)."""
    return min(datasets, key=lambda each: each.total, default=NOTHING)
