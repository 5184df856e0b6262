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

from ckanext.jambi.freshness.rules.assessing import Assessed, Docket, Track, assess
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.index import Index, Weighed, of_items
from ckanext.jambi.freshness.rules.judging import ZERO
from ckanext.jambi.freshness.rules.ladder import is_asked
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.scoring import Facts


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
    scoring = law.policy_at(now).scoring
    judged = [(docket, assess(docket, law, now)) for docket in dockets]
    counting = [(docket, one) for docket, one in judged if one.counts]
    weighed = [_weighed(one, now) for _, one in counting]
    before = _value(of_items(weighed, scoring))
    found = []
    for place, (docket, one) in enumerate(counting):
        for remedy, score in _raising(docket, one, law, now):
            after = [*weighed[:place], Weighed(score, weighed[place].weight), *weighed[place + 1 :]]
            gain = _value(of_items(after, scoring)) - before
            found.append(Step(one.item.id, one.item.code, remedy, score - one.score.total, gain))
    return sorted(found, key=lambda each: (-each.gain, -each.points, each.code, each.remedy))


def _weighed(one: Assessed, now: datetime) -> Weighed:
    return Weighed(one.score.total, one.item.terms(now).weight)


def _value(found: Index | None) -> Fraction:
    return found.value if found else ZERO


def _raising(docket: Docket, one: Assessed, law: Law, now: datetime) -> Iterator[tuple[Remedy, Fraction]]:
    """Yield the steps that would raise the score of an item, with the score each would give."""
    tracks = docket.tracks or (Track(""),)
    for remedy in Remedy:
        changed = replace(docket, tracks=tuple(after(each, remedy, docket, now) for each in tracks))
        score = assess(changed, law, now).score.total
        asked = remedy is Remedy.CONFIRM and changed.tracks != tracks and _is_asked(one, now)
        if score > one.score.total or asked:
            yield remedy, score


def _is_asked(one: Assessed, now: datetime) -> bool:
    boundaries = [each.standing.boundaries for each in one.judged if each.standing]
    return any(is_asked(each.due_at, now) for each in boundaries if each)


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
