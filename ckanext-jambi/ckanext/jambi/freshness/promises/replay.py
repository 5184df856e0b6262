"""Rows of the log become what the rules judge: laws, items, events, facts. Imports no CKAN.

Whatever a figure needs lies in the log; nothing else is asked, so that a figure can be reckoned again as
of any instant (F33).
"""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ckanext.jambi import frequency
from ckanext.jambi.freshness.kinds import HARVESTED
from ckanext.jambi.freshness.promises import cases
from ckanext.jambi.freshness.promises.places import Assignment, selector
from ckanext.jambi.freshness.rules.assessing import Assessed, Docket, Track, assess
from ckanext.jambi.freshness.rules.cases import OBSERVATION, Case, Kind
from ckanext.jambi.freshness.rules.closing import Act, Event
from ckanext.jambi.freshness.rules.credit import CONTENT_KINDS, LINKED, Reason
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.index import lenient
from ckanext.jambi.freshness.rules.items import LENIENT, Item, Terms, Version
from ckanext.jambi.freshness.rules.obligations import Known, Law
from ckanext.jambi.freshness.rules.policy import IndexPolicy
from ckanext.jambi.freshness.rules.reaching import ANSWERS_SINCE
from ckanext.jambi.freshness.rules.scoring import AVAILABLE, Checks, Facts, Look
from ckanext.jambi.freshness.rules.spans import ROWS_IN, Span
from ckanext.jambi.working_days import Calendar, civil_day, midnight

LogRow = Mapping[str, Any]
CHECKS = ("metadata_valid", "open_format", "dictionary_complete", "rows_valid", "licence_set")
FACTS = ("published", "active", "has_resource", "stored")


NEVER = datetime.min.replace(tzinfo=UTC)
_SHARED = ("_law", "_owners", "_unassigned")
"""What is made of rows and made anew where a row changes it."""


@dataclass
class World:
    """Everything that the rows tell, by item and by dataset."""

    policies: list[Known[IndexPolicy]] = field(default_factory=list)
    calendars: list[Known[Calendar]] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    said: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    assigned: dict[str, list[Assignment]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[Assignment]] = field(default_factory=dict)
    events: dict[tuple[str, str | None], list[Event]] = field(default_factory=lambda: defaultdict(list))
    looks: dict[str, list[Look]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, list[Known[Facts]]] = field(default_factory=lambda: defaultdict(list))
    cases: dict[str | None, dict[str, Case]] = field(default_factory=lambda: defaultdict(dict))
    facts_seq: dict[str, int] = field(default_factory=dict)
    touched: MutableMapping[str, datetime] = field(default_factory=dict)
    fault_at: datetime | None = None
    _shares: dict[tuple[str, datetime], frozenset[str]] = field(default_factory=dict, repr=False)
    _law: Law | None = field(default=None, repr=False)
    _owners: dict[str, list[Item]] | None = field(default=None, repr=False)
    _unassigned: list[tuple[str, Mapping[str, Any]]] | None = field(default=None, repr=False)

    def copied(self) -> World:
        """Return a world that may take any further rows without changing this one."""
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        own = {name: value if name in _SHARED else copy(value) for name, value in kept.items()}
        lists: dict[str, Any] = {
            name: defaultdict(list, {key: [*known] for key, known in kept[name].items()})
            for name in ("events", "looks", "facts")
        }
        return World(**own | lists | {"_shares": {}})

    def beside(self) -> World:
        """Return a world that may take rows of evidence; all that other rows tell it shares with this one."""
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        own = {
            "events": defaultdict(list),
            "looks": defaultdict(list),
            "cases": copy(self.cases),
            "touched": ChainMap({}, self.touched),
            "_shares": {},
        }
        return World(**kept | own)

    def prepare(self) -> None:
        """Put together at once what worlds beside this one would each put together for themselves."""
        _ = self.law, self.unassigned(), self._by_organization

    @property
    def law(self) -> Law | None:
        """The rules in force; None before a policy and a calendar were adopted."""
        if not self.policies or not self.calendars:
            return None
        if self._law is None:
            self._law = Law(tuple(self.policies), tuple(self.calendars))
        return self._law

    def unassigned(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Return what items name as their data and no dataset stands for yet, by item."""
        if self._unassigned is None:
            self._unassigned = [
                (key, each)
                for key, said in self.said.items()
                for each in said["datasets"]
                if not self._is_assigned(key, each)
            ]
        return self._unassigned

    def named(self, package_ids: Collection[str]) -> list[tuple[str, Mapping[str, Any]]]:
        """Return what items name as their data and these datasets stand for, by item."""
        return [
            (key, {"name": each.name, **(each.selector or {})})
            for key, assigned in (self.assigned.items() if package_ids else ())
            for each in assigned
            if each.package_id in package_ids
        ]

    def _is_assigned(self, key: str, wanted: Mapping[str, Any]) -> bool:
        named = (wanted["name"], selector(wanted))
        return any((each.name, each.selector) == named for each in self.assigned.get(key, ()))

    def docket(self, item_id: str, now: datetime, *, exempting: bool = True) -> Docket:
        """Return what is to be judged of one item; not `exempting`, as if nothing had been exempt (F26)."""
        item = self.items[item_id]
        tracks = tuple(self._track(item_id, each, now) for each in self.assigned.get(item_id, ()))
        return Docket(
            item,
            tracks,
            self._faults(item.organization_id),
            self.exempt(item_id) if exempting else (),
            item.code in self._lenient(item.organization_id, now),
            cases.events(self._cases(item_id)),
        )

    def _track(self, item_id: str, each: Assignment, now: datetime) -> Track:
        events = self._events(item_id, each.package_id, each.selector)
        for key, until in each.former:
            events += [one for one in self._events(item_id, key, each.selector) if one.seq <= until]
        ruled = cases.events(self._cases(item_id), each.package_ids)
        facts = self.facts_at(each.package_id, now) or Facts()
        looks = tuple(self.looks.get(each.package_id, ()))
        return Track(each.package_id, (*events, *ruled), looks, facts)

    def _events(self, item_id: str, package_id: str, selector: Mapping[str, str] | None) -> list[Event]:
        of_all = self.events.get((package_id, None), [])
        if selector is None:
            return [*of_all]
        of_rows = self.events.get((package_id, item_id), [])
        return [*of_rows, *(one for one in of_all if one.act is Act.COMPLETE)]

    def facts_at(self, package_id: str, now: datetime | None = None) -> Facts | None:
        """Return what held of a dataset at an instant, or was noted last; None where nothing was."""
        noted = reversed(self.facts.get(package_id, ()))
        return next((each.rule for each in noted if now is None or each.recorded_at <= now), None)

    def _cases(self, item_id: str | None) -> Collection[Case]:
        """Return the cases of an item, or of the portal."""
        return self.cases[item_id].values() if item_id in self.cases else ()

    def exempt(self, item_id: str) -> tuple[Interval, ...]:
        """Return the time that decisions take out of the reckoning of an item."""
        return tuple(each.excluded for each in self._cases(item_id) if each.excluded)

    def _faults(self, organization_id: str) -> tuple[Interval, ...]:
        """Return the faults of the portal that count for an OPD: those of all, and those that name it."""
        return tuple(
            each.excluded
            for each in self._cases(None)
            if each.excluded and (each.named is None or organization_id in each.named)
        )

    def _lenient(self, organization_id: str, now: datetime) -> frozenset[str]:
        """Return the items of an OPD that may be as needed or archive (F25)."""
        key = (organization_id, now)
        if key not in self._shares:
            self._shares[key] = self._reckon_lenient(organization_id, now)
        return self._shares[key]

    def _reckon_lenient(self, organization_id: str, now: datetime) -> frozenset[str]:
        of_opd = self._by_organization.get(organization_id, ())
        if not any(each.terms.promised.code in LENIENT for one in of_opd for each in one.versions):
            return frozenset()
        promised = [
            (each.code, each.terms(now).promised.code, each.terms(now).weight)
            for each in of_opd
            if not retired(each, now)
        ]
        law = self.law
        return lenient(promised, law.policy_at(now).scoring) if law else frozenset()

    @property
    def _by_organization(self) -> dict[str, list[Item]]:
        """The items of each OPD, put together once."""
        if self._owners is None:
            self._owners = {}
            for each in self.items.values():
                self._owners.setdefault(each.organization_id, []).append(each)
        return self._owners


def at_instant(found: World, organization_id: str | None, now: datetime) -> list[Assessed]:
    """Return all items, of one organization or all, judged at exactly `now`."""
    law = found.law
    keys = [key for key, item in found.items.items() if organization_id in (None, item.organization_id)]
    return [assess(found.docket(key, now), law, now) for key in sorted(keys)] if law else []


def retired(item: Item, now: datetime) -> bool:
    """Whether an item is owed no more."""
    return item.retired_from is not None and civil_day(now) >= item.retired_from


def world(rows: Iterable[LogRow], before: World | None = None) -> World:
    """Return what rows tell; they come in the order of the log, after those that told `before`."""
    return _told(before.copied() if before else World(), rows)


def with_evidence(known: World, rows: Iterable[LogRow]) -> World:
    """Return what is known together with what rows of evidence tell, whenever they were written."""
    return _told(known.beside(), rows)


def _told(made: World, rows: Iterable[LogRow]) -> World:
    for row in filter(_matters, rows):
        _READERS[row["kind"]](made, row)
        about, at = row["item_id"] or row["package_id"], row["recorded_at"]
        if about is not None and at > made.touched.get(about, NEVER):  # a row about an item is of it alone
            made.touched[about] = at
    return made


def _matters(row: LogRow) -> bool:
    """Whether a row may change a judgement: looks at data that found nothing new do not."""
    kind, detail = row["kind"], row["detail"]
    if kind == LINKED or kind not in CONTENT_KINDS:
        return kind in _READERS
    return detail.get("credit") == Reason.NEW_CONTENT or (kind == HARVESTED and ANSWERS_SINCE in detail)


def _policy(made: World, row: LogRow) -> None:
    made._law = None
    body = row["detail"]["body"]
    made.policies.append(Known(in_force_at(body, row["recorded_at"]), IndexPolicy.read(body)))


def _calendar(made: World, row: LogRow) -> None:
    made._law = None
    body = row["detail"]["body"]
    made.calendars.append(Known(in_force_at(body, row["recorded_at"]), calendar_of(body)))


def in_force_at(body: Mapping[str, Any], recorded_at: datetime) -> datetime:
    """Return since when a version of a rule counts: the day that it names, never before it was recorded.

    Raises:
        ValueError: if it names no day.
    """
    named = body.get("valid_from")
    return max(recorded_at, midnight(date.fromisoformat(named))) if named else recorded_at


def calendar_of(body: Mapping[str, Any]) -> Calendar:
    """Read a calendar as the log keeps it: days are texts.

    Raises:
        ValueError: if it is none.
    """
    return Calendar.read({**body, "days": [[date.fromisoformat(day), *rest] for day, *rest in body["days"]]})


def _item(made: World, row: LogRow) -> None:
    key, detail = row["item_id"], row["detail"]
    made._unassigned = None
    if detail["event"] == "assign":
        _assign(made, row)
        return
    made._owners = None
    if detail["event"] == "review":
        made.items[key] = replace(made.items[key], reviewed_at=row["recorded_at"])
        return
    said = detail["item"]
    version = Version(row["recorded_at"], date.fromisoformat(said["valid_from"]), terms(said))
    before = made.items.get(key)
    versions = (*before.versions, version) if before else (version,)
    made.items[key] = Item(
        key,
        said["code"],
        row["organization_id"],
        said["title"],
        versions,
        retired_from=before.retired_from if before else None,
        reviewed_at=row["recorded_at"],
    )
    made.said[key] = {**said, "seq": row["seq"]}
    named = [(each["name"], selector(each)) for each in said["datasets"]]
    known = made.assigned[key]
    made.assigned[key] = [each for each in known if (each.name, each.selector) in named]
    gone = [each.ended(row["seq"]) for each in known if each not in made.assigned[key]]
    made.ended[key] = [*made.ended.get(key, ()), *gone]


def _assign(made: World, row: LogRow) -> None:
    """Let a dataset stand for an item: in the place of one of that name, else of one that stands no more."""
    key, detail = row["item_id"], row["detail"]
    name, chosen = detail["name"], detail["selector"]
    known, ended = made.assigned[key], made.ended.get(key, [])
    before = next((each for each in known if (each.name, each.selector) == (name, chosen)), None)
    if before is None:
        before = next((each for each in ended if each.selector == chosen), None)
        made.ended[key] = [each for each in ended if each is not before]
    former = before.ended(row["seq"]).former if before else ()
    others = [each for each in known if each is not before]
    earlier = tuple(each for each in former if each[0] != row["package_id"])
    one = Assignment(name, row["package_id"], chosen, earlier)
    made.assigned[key] = [*others, one]


def _retire(made: World, row: LogRow) -> None:
    made._owners = None
    key = row["item_id"]
    last = date.fromisoformat(row["detail"]["from"])
    made.items[key] = replace(made.items[key], retired_from=last)


def _facts(made: World, row: LogRow) -> None:
    detail = row["detail"]
    checks = Checks(*(detail[name] for name in CHECKS))
    made.facts_seq[row["package_id"]] = row["seq"]
    facts = Facts(**{name: detail[name] for name in FACTS}, checks=checks)
    made.facts[row["package_id"]].append(Known(row["recorded_at"], facts))


def _harvested(made: World, row: LogRow) -> None:
    """Note a complete run, and new content of one."""
    if row["package_id"] and ANSWERS_SINCE in row["detail"]:
        since = date.fromisoformat(row["detail"][ANSWERS_SINCE])
        event = Event(row["seq"], Act.COMPLETE, row["valid_at"], first_day=since)
        made.events[row["package_id"], None].append(event)
    _content(made, row)


def _content(made: World, row: LogRow) -> None:
    if row["detail"].get("credit") != Reason.NEW_CONTENT or row["package_id"] is None:
        return
    seen_at = min(row["valid_at"], row["recorded_at"])
    said = row["detail"].get(ROWS_IN)
    rows_in = None if said is None else tuple(Span(*map(date.fromisoformat, each)) for each in said)
    seq = row["detail"].get(OBSERVATION, row["seq"])  # of an upheld appeal: the place of the row it repeats
    event = Event(seq, Act.CONTENT, seen_at, row["period_end"], row["period_start"], rows_in)
    made.events[row["package_id"], row["item_id"]].append(event)


def _linked(made: World, row: LogRow) -> None:
    if row["package_id"] and AVAILABLE in row["detail"]:
        made.looks[row["package_id"]].append(Look(row["valid_at"], row["detail"][AVAILABLE]))
    _content(made, row)


def _case(made: World, row: LogRow) -> None:
    known, name = made.cases[row["item_id"]], row["detail"]["case"]
    made.cases[row["item_id"]] = {**known, name: cases.after(known.get(name), row)}
    if row["kind"] == Kind.PORTAL_FAULT:
        made.fault_at = row["recorded_at"]


_READERS: dict[str, Callable[[World, LogRow], None]] = {
    "policy": _policy,
    "calendar": _calendar,
    "item": _item,
    "retire": _retire,
    "facts": _facts,
    **dict.fromkeys(CONTENT_KINDS, _content),
    LINKED: _linked,
    HARVESTED: _harvested,
    **dict.fromkeys(Kind, _case),
}


def terms(said: Mapping[str, Any]) -> Terms:
    """Return the terms that an item states."""
    delay = said["max_delay_seconds"]
    return Terms(
        frequency.parse(said["frequency"]),
        said["weight"],
        date.fromisoformat(said["anchor"]) if said["anchor"] else None,
        said["lag_days"],
        said["grace_days"],
        said["calendar"],
        timedelta(seconds=delay) if delay else None,
        said["class"],
        said["peristiwa"],
        said["access"],
    )
