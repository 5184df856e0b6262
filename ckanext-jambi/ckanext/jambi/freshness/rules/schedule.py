"""What the Daftar Data demands of a dataset: the period that is owed, of several items the strictest.

An item judges alone once one of its periods is closed. Until then the age of the data judges too, so that
taking data into the Daftar Data makes nothing fresh by itself (specification 4, F15). Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ckanext.jambi import frequency
from ckanext.jambi.freshness.rules.assessing import Docket, Judged, is_lenient
from ckanext.jambi.freshness.rules.closing import Act
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.judging import rolling_rule, shifted
from ckanext.jambi.freshness.rules.obligations import Law, following
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.freshness.rules.thresholds import Boundaries, Policy, rolling

INSTANTS = ("soon_at", "due_at", "overdue_at", "delinquent_at")


@dataclass(frozen=True, slots=True)
class Age:
    """By which rule an item without periods judges the age of its dataset (F10, F16, F25).

    `frequency` is that of the item as a text, `excluded` the time that does not count, `confirmed_at` when a
    named person said last that the data is still right, where that counts.
    """

    frequency: str
    excluded: tuple[Interval, ...] = ()
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """A period that an item owes with its four instants; `begun` once one of its periods is closed."""

    item_id: str
    span: Span
    soon_at: datetime
    due_at: datetime
    overdue_at: datetime
    delinquent_at: datetime
    begun: bool


def demand(docket: Docket, judged: Judged, law: Law, now: datetime) -> Demand | None:
    """Return what an item demands of one of its datasets: its oldest open period, or else the next one.

    None for an item without periods, and for one that is owed no more.
    """
    item = docket.item
    if not item.terms(now).scheduled:
        return None
    oldest = next((each.duty for each in judged.obligations if each.is_open), None)
    duty = oldest or following(item, law, now, docket.excluded)
    if duty is None:
        return None
    begun = any(not each.is_open for each in judged.obligations)
    return Demand(item.id, duty.span, **{name: getattr(duty, name) for name in INSTANTS}, begun=begun)


def age(docket: Docket, now: datetime) -> Age | None:
    """Return by which rule an item judges the age of the dataset of `docket`; None for one with periods."""
    terms, lenient = docket.item.terms(now), is_lenient(docket, now)
    if terms.scheduled:
        return None
    promised, acts = rolling_rule(terms, lenient)
    text = promised.iso8601 if promised.code == frequency.UNKNOWN_CODE else promised.code
    if terms.max_delay:
        text = f"PT{terms.max_delay // timedelta(seconds=1)}S"
    events = [each for track in docket.tracks for each in track.events]
    confirmed = [each.valid_at for each in events if each.act is Act.CONFIRMED and each.act in acts]
    return Age(text or promised.code, docket.excluded, max(confirmed, default=None))


def by_age(rule: Age, evidence_at: datetime | None, policy: Policy) -> Boundaries | None:
    """Return the boundaries of a dataset by the age of its data, as its item has it."""
    since = max(evidence_at, rule.confirmed_at or evidence_at) if evidence_at else None
    return shifted(rolling(frequency.normalise(rule.frequency), since, policy), rule.excluded)


def strictest(demands: Collection[Demand]) -> Demand | None:
    """Return the demand that judges a dataset of several items.

    Each instant is the earliest of all, so that the state is the worst of theirs at any time; the item
    and period are those of the earliest deadline.
    """
    if not demands:
        return None
    first = min(demands, key=lambda each: (each.overdue_at, each.delinquent_at, each.item_id))
    earliest = {name: min(getattr(each, name) for each in demands) for name in INSTANTS}
    return replace(first, **earliest, begun=any(each.begun for each in demands))


def boundaries(
    owed: Demand | None, by_age: Boundaries | None, evidence_at: datetime | None
) -> Boundaries | None:
    """Return the instants by which a dataset is judged; `by_age` are those of the rolling rule."""
    if owed is None or evidence_at is None:
        return by_age
    of_schedule = {name: getattr(owed, name) for name in INSTANTS}
    if owed.begun or by_age is None or by_age.due_at is None:
        return Boundaries(evidence_at, **of_schedule)
    return Boundaries(
        evidence_at, **{name: min(at, getattr(by_age, name)) for name, at in of_schedule.items()}
    )


def is_scheduled(owed: Demand | None, by_age: Boundaries | None) -> bool:
    """Whether the schedule gives the deadline, and not the age of the data."""
    if owed is None:
        return False
    return owed.begun or by_age is None or by_age.overdue_at is None or owed.overdue_at <= by_age.overdue_at
