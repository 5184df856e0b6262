"""What an OPD can do about its index, and what each step is worth: the same rules, asked "what if" (F51).

A step is a change of what is known of an item now. Its worth is the index that `assess` then gives, less
the index now, so that it is exact against a later reckoning. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from ckanext.jambi.freshness.rules import raising
from ckanext.jambi.freshness.rules.assessing import Docket, Track, assess, renewed
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.index import Weighed
from ckanext.jambi.freshness.rules.judging import Standing
from ckanext.jambi.freshness.rules.ladder import is_asked
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.raising import Raising
from ckanext.jambi.freshness.rules.scoring import NOTHING, Facts, Score, availability, of_dataset, of_item


class Remedy(StrEnum):
    """The steps; the last five bear the names of the checks that they mend."""

    PUBLISH = "publish"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    STORE = "store"
    METADATA = "metadata_valid"
    FORMAT = "open_format"
    DICTIONARY = "dictionary_complete"
    ROWS = "rows_valid"
    LICENCE = "licence_set"


CHECKS = (Remedy.METADATA, Remedy.FORMAT, Remedy.DICTIONARY, Remedy.ROWS, Remedy.LICENCE)


@dataclass(frozen=True, slots=True)
class Step:
    """One step for one item: the points of the item and of the index that it brings.

    What is to be confirmed is listed even before a point is lost (F25).
    """

    item_id: str
    code: str
    remedy: Remedy
    points: Fraction
    gain: Fraction


def steps(dockets: Sequence[Docket], law: Law, now: datetime) -> list[Step]:
    """Return the steps that raise an item of an OPD, the greatest gain first.

    `dockets` are all items that are owed; those that do not count yet are left out.
    """
    found = [Outlook(docket, law, now) for docket in dockets]
    counting = [each for each in found if each.present.counts]
    index = raising.exactly(map(_weighed, counting), law.policy_at(now).scoring)
    taken = [each for one in counting for each in _steps(one, index)]
    return sorted(taken, key=lambda each: (-each.gain, -each.points, each.code, each.remedy))


def _weighed(one: Outlook) -> Weighed:
    return Weighed(one.present.score.total, one.weight)


def _steps(one: Outlook, index: Raising[Fraction]) -> Iterator[Step]:
    """Yield the steps that would raise the score of an item, with what each would bring."""
    before, item = one.present.score.total, one.docket.item
    for remedy in Remedy:
        changed = one.changed([remedy])
        if changed == [*one.tracks]:
            continue
        score = one.score(changed)
        if score > before or (remedy is Remedy.CONFIRM and one.is_asked):
            yield Step(item.id, item.code, remedy, score - before, index.gain(before, score, one.weight))


class Outlook:
    """What an item scores at `now` and would score after any steps, from two judgements.

    All steps but new data change facts alone, which no judgement of up-to-dateness asks for: so the item is
    judged as it is, and with its data delivered. One for which no dataset is published has an empty one.
    """

    def __init__(self, docket: Docket, law: Law, now: datetime) -> None:
        self.tracks: Sequence[Track] = docket.tracks or (Track(""),)
        self.docket = replace(docket, tracks=self.tracks)
        self.present = assess(self.docket, law, now)
        self._law, self._now = law, now
        self._scoring = law.policy_at(now).scoring
        self._renewed: dict[int, Standing] = {}

    @property
    def weight(self) -> int:
        """What the item weighs in the index."""
        return self.docket.item.terms(self._now).weight

    @property
    def is_asked(self) -> bool:
        """Whether a person is asked now if the data is still right."""
        judges = [each.standing.boundaries for each in self.present.judged if each.standing]
        return any(is_asked(each.due_at, self._now) for each in judges if each)

    def changed(self, steps: Sequence[Remedy]) -> list[Track]:
        """Return the datasets as they would be after steps."""
        return [self._after(each, steps) for each in self.tracks]

    def score(self, tracks: Sequence[Track]) -> Fraction:
        """Return what the item scores with its datasets changed so."""
        return of_item(self._of_track(n, each) for n, each in enumerate(tracks)).total

    def _after(self, track: Track, steps: Sequence[Remedy]) -> Track:
        for each in steps:
            track = after(track, each, self.docket, self._now)
        return track

    def _of_track(self, n: int, track: Track) -> Score:
        standing = self._standing(n, track)
        if standing is None:
            return NOTHING
        linked = availability(track.looks, self._now, self._scoring, self.docket.excluded)
        access = self.docket.item.access(self._now)
        return of_dataset(standing, track.facts, access, self._scoring, linked)

    def _standing(self, n: int, track: Track) -> Standing | None:
        """Return how a dataset would stand by the events that it would have."""
        present = self.present.judged[n]
        if track.events is self.tracks[n].events:
            return present.standing
        if n not in self._renewed:
            self._renewed[n] = renewed(self.docket, track, present, self._law, self._now)
        return self._renewed[n]


def renewal(docket: Docket, now: datetime) -> Remedy:
    """Return what makes an item fresh: a person's word where that counts, else new data."""
    has_content = [_has_content(each) for each in docket.tracks]
    is_known = bool(has_content) and all(has_content)
    return Remedy.CONFIRM if is_known and docket.takes_word(now) else Remedy.DELIVER


def after(track: Track, remedy: Remedy, docket: Docket, now: datetime) -> Track:
    """Return a dataset as it would be; a step that does not concern it leaves it as it is."""
    facts, shown = track.facts, _is_shown(track.facts, docket.item.access(now))
    if remedy is Remedy.PUBLISH:
        return track if shown else _published(track, now)
    if not shown:
        return track
    if remedy in (Remedy.DELIVER, Remedy.CONFIRM):
        return delivered(track, now) if remedy is renewal(docket, now) else track
    if remedy is Remedy.STORE:
        return replace(track, facts=replace(facts, stored=True))
    return replace(track, facts=replace(facts, checks=replace(facts.checks, **{remedy.value: True})))


def _is_shown(facts: Facts, access: str) -> bool:
    return facts.active and facts.has_resource and (facts.published or access != "terbuka")


def _published(track: Track, now: datetime) -> Track:
    """Return a dataset as published: one without a file gets one that lies in the portal."""
    facts = replace(
        track.facts,
        published=True,
        active=True,
        has_resource=True,
        stored=track.facts.stored or not track.facts.has_resource,
    )
    published = replace(track, facts=facts)
    return published if _has_content(track) else delivered(published, now)


def _has_content(track: Track) -> bool:
    return any(each.act is Act.CONTENT for each in track.events)


def delivered(track: Track, now: datetime) -> Track:
    """Return a dataset into which the data of all periods that are over came just now.

    A person's word, where that counts, is worth the same.
    """
    seq = max((each.seq for each in track.events), default=0) + 1
    return replace(track, events=(*track.events, Event(seq, Act.CONTENT, now)))


@dataclass(frozen=True, slots=True)
class Lost:
    """The points that an item has not, by what they were lost to; together 100 less its score."""

    fresh: Fraction
    available: Fraction
    quality: Fraction


def lost(freshness: Fraction, available: Fraction, quality: Fraction, scoring: Scoring) -> Lost:
    """Return what is missing from 100, given F, A and Q of F23; F counts only while it can be had."""
    return Lost(
        100 * scoring.fresh * (1 - freshness),
        100 * (scoring.available + scoring.fresh * freshness) * (1 - available),
        100 * scoring.quality * (1 - quality),
    )
