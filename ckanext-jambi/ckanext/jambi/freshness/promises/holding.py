"""How long a judgement holds: until a row speaks of its item, a boundary passes, or the day (WIB) ends.

So an item is judged at the latest of: the day's midnight, the newest row about it, the last boundary that
has passed. A judgement follows from the log and the clock, however often the tick ran, and tables, board,
reports and answers as of an instant all give the same one. Imports no CKAN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules.assessing import Assessed, assess
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.working_days import civil_day, midnight

Judgement = tuple[Assessed, datetime]
"""An item with the instant at which it is judged."""


def judge(found: World, item_ids: Iterable[str], now: datetime) -> Iterator[Judgement]:
    """Yield the judgements of items that hold at `now`."""
    law = found.law
    if law is not None:
        yield from (_held(found, key, law, now) for key in sorted(item_ids))


def of_organization(found: World, organization_id: str | None, now: datetime) -> list[Judgement]:
    """Return the judgements that hold at `now` of an organization's items, or of all."""
    keys = [key for key, each in found.items.items() if organization_id in (None, each.organization_id)]
    return list(judge(found, keys, now))


def _held(found: World, key: str, law: Law, now: datetime) -> Judgement:
    at = min(_known_from(found, key, law, now), now)
    while True:
        judged = assess(found.docket(key, at), law, at)
        passed = [each for each in instants(judged) if at < each <= now]
        if not passed:
            return judged, at
        at = max(passed)


def _known_from(found: World, key: str, law: Law, now: datetime) -> datetime:
    """Return since when nothing more is known of an item, on the day of `now`."""
    rows = [found.touched.get(name) for name in (key, *(each.package_id for each in found.assigned[key]))]
    known = (*(each.recorded_at for each in law.policies), *(each.recorded_at for each in law.calendars))
    rules = [each for each in known if each <= now]
    return max(midnight(civil_day(now)), *rules, *filter(None, (*rows, found.fault_at)))


def instants(assessed: Assessed) -> list[datetime]:
    """Return when the judges of an item's datasets change their state."""
    judges = [
        each.standing.boundaries for each in assessed.judged if each.standing and each.standing.boundaries
    ]
    found = [(one.due_at, one.overdue_at, one.delinquent_at) for one in judges]
    return [instant for three in found for instant in three if instant]


def ends_at(assessed: Assessed, at: datetime) -> datetime | None:
    """Return which boundary ends a judgement, if no row and no midnight does before; None if none."""
    return min((each for each in instants(assessed) if each > at), default=None)
