"""What is kept of an item that was judged: all that figures and answers need, packed. Imports no CKAN.

Entries of one organization are packed together: columns of JSON, compressed. Scores stay exact, so that an
index of them is the one that the rules give.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import islice
from typing import Any

from ckanext.jambi.freshness.promises import figures
from ckanext.jambi.freshness.promises.figures import Gathered
from ckanext.jambi.freshness.promises.holding import Judgement, ends_at
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.reports import lines
from ckanext.jambi.freshness.reports.lines import iso
from ckanext.jambi.freshness.rules import remedies
from ckanext.jambi.freshness.rules.assessing import Assessed, Judged, assess
from ckanext.jambi.freshness.rules.index import Tally, Weighed
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.policy import Scoring
from ckanext.jambi.freshness.rules.scoring import NOTHING
from ckanext.jambi.freshness.rules.states import State

LEVEL = 6
_LOST = ("fresh", "available", "quality")
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as it was judged: what it adds to the figures, and what is answered of it and its datasets.

    `bare` is what it weighs in the index had nothing been exempt, None where nothing was (F26). `ends_at` is
    when a boundary ends the judgement. `told` and each of `scored` are values of `_TOLD` and `_SCORED`.
    """

    item_id: str
    organization_id: str
    part: Gathered
    bare: tuple[Weighed, ...] | None
    ends_at: datetime | None
    told: tuple[Any, ...]
    scored: tuple[tuple[Any, ...], ...]

    @property
    def packages(self) -> tuple[str | None, ...]:
        """The ids of its datasets, also of data that is not open."""
        return tuple(each[0] for each in self.scored)

    def answers(self) -> list[Answer]:
        """Return what it scores by dataset; one that is not open says no more than its code (F24)."""
        return [dict(zip(_ANSWER, (*self.told, *_answer(*each)), strict=True)) for each in self.scored]


_TOLD = ("code", "title", "frequency", "weight", "counts", "item_seq")
_SCORED = ("state", "p", "t", "a", "q", "score", "evidence_seq", "due_at", "overdue_at")
"""Before them stand the id of the dataset and whether it is open, after them what is lost and why."""


_ANSWER = (*_TOLD, "package_id", *_SCORED, "lost")


def _answer(package_id: str | None, is_open: bool, *values: Any) -> tuple[Any, ...]:
    *scored, fresh, available, quality, fresh_seq, facts_seq = values
    lost = [
        {"part": "fresh", "points": fresh, "seq": fresh_seq},
        {"part": "available", "points": available, "seq": facts_seq},
        {"part": "quality", "points": quality, "seq": facts_seq},
    ]
    return package_id if is_open else None, *scored, lost


def of(found: World, judged: Iterable[Judgement]) -> Iterator[Entry]:
    """Yield the entries of judgements."""
    law = found.law
    if law is not None:
        yield from (_entry(found, law, each, at) for each, at in judged)


def _entry(found: World, law: Law, each: Assessed, at: datetime) -> Entry:
    key, terms, scoring = each.item.id, each.item.terms(at), law.policy_at(at).scoring
    bare = None
    if found.exempt(key):
        plain = assess(found.docket(key, at, exempting=False), law, at)
        bare = figures.of_item(plain, scoring, at).weighed
    return Entry(
        key,
        each.item.organization_id,
        figures.of_item(each, scoring, at),
        bare,
        ends_at(each, at),
        (
            *lines.about(each.item, at).values(),
            *(terms.promised.code, terms.weight, each.counts, found.said[key]["seq"]),
        ),
        tuple(_scored(found, each, one, at, scoring) for one in each.judged),
    )


def together(known: Sequence[Entry], scoring: Scoring) -> figures.Figures:
    """Return the figures of items, also the index had nothing been exempt."""
    gathered = figures.together([each.part for each in known])
    found = figures.of(gathered, scoring)
    without = found["index"]
    if any(each.bare is not None for each in known):
        weighed = (each.part.weighed if each.bare is None else each.bare for each in known)
        bare = Gathered(tuple(one for some in weighed for one in some))
        without = figures.of(bare, scoring)["index"]
    return found | {"index_without_exemptions": without}


def by_owner(known: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return items by their organization, in order."""
    found: dict[str, list[Entry]] = {}
    for each in sorted(known, key=lambda each: each.item_id):
        found.setdefault(each.organization_id, []).append(each)
    return found


def _scored(found: World, each: Assessed, one: Judged, at: datetime, scoring: Scoring) -> tuple[Any, ...]:
    """Return what a dataset scores, and the points missing from 100 with the rows that show why (F34).

    Where nothing can be scored, the facts of the dataset or the item itself are the reason for all.
    """
    item_seq = found.said[each.item.id]["seq"]
    facts_seq = found.facts_seq.get(one.package_id or "", item_seq)
    score = one.score
    missing = remedies.lost(score.freshness, score.available, score.quality, scoring)
    points = (figures.rounded(getattr(missing, name), 4) for name in _LOST)
    fresh_seq = facts_seq if score == NOTHING else one.evidence_seq or item_seq
    package_id, *values = score_of(one).values()
    return package_id, each.item.access(at) == "terbuka", *values, *points, fresh_seq, facts_seq


def score_of(each: Judged) -> Answer:
    """Return what a dataset scores for an item, with its parts."""
    standing = each.standing
    boundaries = standing.boundaries if standing else None
    return {
        "package_id": each.package_id,
        "state": standing.state.value if standing else State.UNKNOWN.value,
        "p": figures.rounded(standing.present, 4) if standing else 0.0,
        "t": figures.rounded(standing.trailing, 4) if standing else 0.0,
        "a": figures.rounded(each.score.available, 4),
        "q": figures.rounded(each.score.quality, 4),
        "score": figures.rounded(each.score.total, 4),
        "evidence_seq": each.evidence_seq,
        "due_at": iso(getattr(boundaries, "due_at", None)),
        "overdue_at": iso(getattr(boundaries, "overdue_at", None)),
    }


def packed(known: Iterable[Entry]) -> bytes:
    """Return the entries of an organization as one compressed text."""
    ordered = sorted(known, key=lambda each: each.item_id)
    columns = {
        "items": list(zip(*map(_item, ordered), strict=True)),
        "datasets": list(zip(*(row for each in ordered for row in each.scored), strict=True)),
    }
    return zlib.compress(json.dumps(columns, separators=(",", ":")).encode(), LEVEL)


def read(organization_id: str, body: bytes) -> Iterator[Entry]:
    """Yield the entries that `packed` wrote."""
    columns = json.loads(zlib.decompress(body))
    scored = zip(*columns["datasets"], strict=True)
    for count, key, above, below, bare, tally, waiting, overdue, delinquent, ends, *told in zip(
        *columns["items"], strict=True
    ):
        weight = told[_TOLD.index("weight")]
        yield Entry(
            key,
            organization_id,
            Gathered(_weighed((above, below), weight), Tally(*tally), waiting, overdue, delinquent),
            None if bare is None else _weighed(bare, weight),
            datetime.fromisoformat(ends) if ends else None,
            tuple(told),
            tuple(islice(scored, count)),
        )


def _item(each: Entry) -> tuple[Any, ...]:
    part = each.part
    return (
        len(each.scored),
        each.item_id,
        *_ratio(part.weighed),
        None if each.bare is None else _ratio(each.bare),
        (part.tally.met, part.tally.judged, part.tally.skipped),
        part.waiting,
        part.open_overdue,
        part.open_delinquent,
        iso(each.ends_at),
        *each.told,
    )


def _ratio(weighed: Sequence[Weighed]) -> tuple[int | None, int | None]:
    total = weighed[0].total if weighed else None
    return (None, None) if total is None else (total.numerator, total.denominator)


def _weighed(ratio: Sequence[int | None], weight: int) -> tuple[Weighed, ...]:
    above, below = ratio
    return () if above is None or below is None else (Weighed(Fraction(above, below), weight),)
