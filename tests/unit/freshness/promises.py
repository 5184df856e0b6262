"""A small city on paper: items, a log of acts, and the index that the rules make of them.

`Acts` credits content as the portal does (F17), so that the tests of gaming go the whole way from an act
to the index.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from ckanext.jambi import frequency
from ckanext.jambi.freshness.rules import credit
from ckanext.jambi.freshness.rules.assessing import Assessed, Docket, Track, assess
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.index import Weighed, lenient, of_items
from ckanext.jambi.freshness.rules.items import Item, Terms, Version
from ckanext.jambi.freshness.rules.obligations import Known, Law
from ckanext.jambi.freshness.rules.policy import V1
from ckanext.jambi.freshness.rules.scoring import Checks, Facts
from ckanext.jambi.working_days import Calendar, midnight

EXAMPLES = int(os.environ.get("JAMBI_EXAMPLES", "500"))
CALENDAR = Calendar.read(
    yaml.safe_load((Path(__file__).parents[3] / "config/calendar/v1.yaml").read_text("utf-8"))
)
NO_HOLIDAYS = Calendar("0")
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
LAW = Law((Known(LONG_AGO, V1),), (Known(LONG_AGO, CALENDAR),))
PLAIN = Law((Known(LONG_AGO, V1),), (Known(LONG_AGO, NO_HOLIDAYS),))
GOOD = Facts(True, True, True, True, Checks(True, True, True, True, True))


def wib(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """Return an instant given in WIB."""
    return midnight(date(year, month, day)) + timedelta(hours=hour)


NEW_YEAR_EVE = wib(2025, 12, 31)


def terms(promised: str = "bulanan", **values: Any) -> Terms:
    return Terms(frequency.parse(promised), **values)


def item(promised: str = "bulanan", since: datetime = NEW_YEAR_EVE, code: str = "A", **values: Any) -> Item:
    """Return an item that was recorded at `since`."""
    version = Version(since, date(2024, 1, 1), terms(promised, **values))
    return Item(code, code, "opd", code, (version,))


def changed(one: Item, at: datetime, promised: str, **values: Any) -> Item:
    """Return an item whose terms walidata changed at `at`."""
    return replace(one, versions=(*one.versions, Version(at, date(2024, 1, 1), terms(promised, **values))))


def content(seq: int, at: datetime, last_day: date | None = None, **values: Any) -> Event:
    return Event(seq, Act.CONTENT, at, last_day, **values)


@dataclass
class Acts:
    """What happened to one dataset, in the order of the log; content is credited as the portal does."""

    events: list[Event] = field(default_factory=list)
    history: credit.History = field(default_factory=credit.History)
    seq: int = 0

    def observe(
        self, at: datetime, content_hash: str | None, last_day: date | None = None, kind: str = "harvest_ok"
    ) -> credit.Verdict:
        seen = credit.Content(kind, content_hash, last_day)
        verdict = credit.judge(seen, self.history, at)
        self.history = credit.after(seen, verdict, self.history)
        self.seq += 1
        if verdict.credited:
            self.events.append(content(self.seq, at, last_day))
        return verdict

    def state(self, act: Act, at: datetime, **values: Any) -> None:
        self.seq += 1
        self.events.append(Event(self.seq, act, at, **values))


def judged(
    one: Item,
    events: Sequence[Event],
    now: datetime,
    law: Law = PLAIN,
    facts: Facts = GOOD,
    faults: Sequence[Interval] = (),
    exempt: Sequence[Interval] = (),
    may_be_lenient: bool = False,
) -> Assessed:
    """Return how an item with one dataset stands."""
    track = Track(one.id, tuple(events), (), facts)
    return assess(Docket(one, (track,), faults, exempt, may_be_lenient), law, now)


def index(
    dockets: Sequence[Docket], now: datetime, law: Law = PLAIN, beside: Sequence[Docket] = ()
) -> Fraction | None:
    """Return the index of an OPD over its items; those `beside` are judged once for all tests."""
    inside = lenient([_share(one.item, now) for one in (*dockets, *beside)], V1.scoring)
    found = [assess(replace(one, lenient=one.item.code in inside), law, now) for one in dockets]
    found += [_steady(one.item.code, now) or _remember(one, law, now) for one in beside]
    weighed = [Weighed(each.score.total, each.item.terms(now).weight) for each in found if each.counts]
    made = of_items(weighed, V1.scoring)
    return made.value if made else None


_judged: dict[tuple[str, datetime], Assessed] = {}


def _share(one: Item, now: datetime) -> tuple[str, str, int]:
    current = one.terms(now)
    return one.code, current.promised.code, current.weight


def _steady(code: str, now: datetime) -> Assessed | None:
    return _judged.get((code, now))


def _remember(one: Docket, law: Law, now: datetime) -> Assessed:
    _judged[one.item.code, now] = assess(one, law, now)
    return _judged[one.item.code, now]
