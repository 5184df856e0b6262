"""From what the log tells of one item to its obligations and score: the one way to every figure.

The tick, a rebuild and an answer as of an instant all call `assess`; that they agree follows (F33, F53).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ckanext.jambi import frequency
from ckanext.jambi.freshness.rules.closing import Act, Event, Obligation, close, further
from ckanext.jambi.freshness.rules.exclusions import Interval, merged
from ckanext.jambi.freshness.rules.items import Item, starts
from ckanext.jambi.freshness.rules.judging import Case, Standing, judge
from ckanext.jambi.freshness.rules.obligations import Law, owed
from ckanext.jambi.freshness.rules.scoring import (
    NOTHING,
    Facts,
    Look,
    Score,
    availability,
    of_dataset,
    of_item,
)
from ckanext.jambi.freshness.rules.spans import containing
from ckanext.jambi.working_days import midnight

REVIEW_HOLDS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Track:
    """One assigned dataset: what happened to it, how it could be had, and what the portal knows of it."""

    package_id: str
    events: Sequence[Event] = ()
    looks: Sequence[Look] = ()
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Docket:
    """An item with its datasets and the time that does not count for it.

    `events` are those of an item for which no dataset is published: pardons.
    """

    item: Item
    tracks: Sequence[Track] = ()
    faults: Sequence[Interval] = ()
    exempt: Sequence[Interval] = ()
    lenient: bool = False
    events: Sequence[Event] = ()

    @property
    def excluded(self) -> tuple[Interval, ...]:
        """All time that does not count for it."""
        return merged([*self.faults, *self.exempt])

    def takes_word(self, now: datetime) -> bool:
        """Whether a person's word that the data is still right counts as evidence (F25)."""
        return self.lenient and self.item.terms(now).promised.code == frequency.AS_NEEDED_CODE


@dataclass(frozen=True, slots=True)
class Judged:
    """One dataset of an item, or None where none is published, with all that was derived."""

    package_id: str | None
    obligations: Sequence[Obligation]
    standing: Standing | None
    score: Score
    evidence_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    """An item at an instant; `counts` once its first full period is over (F25)."""

    item: Item
    judged: Sequence[Judged]
    score: Score
    counts: bool


def assess(docket: Docket, law: Law, now: datetime) -> Assessed:
    """Derive obligations and score of an item at `now` from everything known by then."""
    tracks = docket.tracks or (None,)
    judged = [_of_track(docket, each, law, now) for each in tracks]
    return Assessed(
        docket.item, judged, of_item(each.score for each in judged), counts_at(docket.item) <= now
    )


def counts_at(item: Item) -> datetime:
    """Return from when an item counts: the end of its first full period; a rolling one from its first day."""
    first = item.versions[0]
    begins = starts(first)
    if not first.terms.scheduled:
        return midnight(begins)
    return _first_end(first.terms.promised.code, begins, first.terms.anchor)


def _first_end(code: str, begins: date, anchor: date | None) -> datetime:
    return containing(code, begins, anchor).ends_at


def _of_track(docket: Docket, track: Track | None, law: Law, now: datetime) -> Judged:
    excluded = docket.excluded
    policy = law.policy_at(now)
    events = [each for each in (track or docket).events if _counts_at(each, now)]
    duties = owed(docket.item, law, now, excluded)
    obligations = close(duties, events, policy.scoring, merged(docket.exempt))
    if track is None:
        return Judged(None, obligations, None, NOTHING)
    case = Case(docket.item, obligations, events, policy, excluded, is_lenient(docket, now))
    standing = judge(case, now)
    linked = availability(track.looks, now, policy.scoring, excluded)
    access = docket.item.access(now)
    score = of_dataset(standing, track.facts, access, policy.scoring, linked)
    newest = max((each.seq for each in events if each.act in (Act.CONTENT, Act.CONFIRMED)), default=None)
    return Judged(track.package_id, obligations, standing, score, newest)


def renewed(docket: Docket, track: Track, before: Judged, law: Law, now: datetime) -> Standing:
    """Return how a dataset stands once its last event has happened too; `before` is how it was judged."""
    policy, last = law.policy_at(now), track.events[-1]
    events = [each for each in track.events if _counts_at(each, now)]
    obligations = further(before.obligations, last, policy.scoring)
    case = Case(docket.item, obligations, events, policy, docket.excluded, is_lenient(docket, now))
    return judge(case, now)


def _counts_at(event: Event, now: datetime) -> bool:
    """Whether an event had happened; a pardon corrects what was judged, however late it came (F29)."""
    return event.valid_at <= now or event.act is Act.PARDON


def is_lenient(docket: Docket, now: datetime) -> bool:
    """Whether F25 lets the item be lenient now: an archive needs walidata's review within a year (G14)."""
    item = docket.item
    if not docket.lenient or item.terms(now).promised.code != frequency.STATIC_CODE:
        return docket.lenient
    return now < reviewed_until(item)


def reviewed_until(item: Item) -> datetime:
    """Return until when walidata's last look at an archive holds (F25)."""
    return (item.reviewed_at or item.versions[-1].recorded_at) + REVIEW_HOLDS
