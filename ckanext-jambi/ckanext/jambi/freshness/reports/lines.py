"""The lines of a report: obligations, the worst of them, and what was decided. Imports no CKAN."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.rules.assessing import Assessed, Judged
from ckanext.jambi.freshness.rules.cases import Case, Kind, is_late
from ckanext.jambi.freshness.rules.closing import Obligation, Outcome
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.items import EVERY, Item
from ckanext.jambi.freshness.rules.judging import by_day
from ckanext.jambi.freshness.rules.obligations import Law
from ckanext.jambi.freshness.rules.spans import Span
from ckanext.jambi.working_days import EVERY_DAY, civil_day

WORST = 10
Report = dict[str, Any]
Owed = tuple[Assessed, str | None, Obligation]
Names = Mapping[str, str]


def due_in(judged: Iterable[Assessed], period: Interval, found: World, names: Names) -> list[Report]:
    """Return the obligations whose deadline lies in the period, by item, dataset and period."""
    owed = [each for each in _obligations(judged) if _holds(period, each[2].duty.overdue_at)]
    owed.sort(key=lambda each: (each[0].item.code, each[1] or "", each[2].duty.span))
    return [_line(*each, found, names) for each in owed]


def worst(
    judged: Iterable[Assessed], period: Interval, now: datetime, found: World, law: Law, names: Names
) -> list[Report]:
    """Return what counts most against the OPD: open ones of any age, then what was skipped or late.

    Each has `title` (null where the data is not open) and `working_days_late`, counted as the sentence of a
    dataset counts them: whole ones between the deadline and the day of delivery, or today (F48).
    """
    late = [each for each in _obligations(judged) if _counts(each[2], period, now)]
    late.sort(key=lambda each: (_order(each[2]), -_lateness(each[2], now), each[0].item.code, each[1] or ""))
    return [
        {
            **about(each[0].item, now),
            **_line(*each, found, names),
            "working_days_late": _days_late(each[0].item, each[2], law, now),
        }
        for each in late[:WORST]
    ]


def rolling(
    judged: Iterable[Assessed], period: Interval, now: datetime, found: World, names: Names
) -> list[Report]:
    """Return of items without periods how long each day of the period was overdue (F10)."""
    late = [(each, one) for each in judged for one in each.judged if one.standing and one.standing.overdue]
    late.sort(key=lambda pair: (pair[0].item.code, pair[1].package_id or ""))
    return [line for each, one in late for line in _late_days(each, one, period, now, found, names)]


def by_item(rolling: Sequence[Report]) -> list[Report]:
    """Sum up the overdue days of each dataset of an item: how many, how long, the longest; worst first."""
    of_one: dict[tuple[str, str], list[Report]] = {}
    for each in rolling:
        of_one.setdefault((each["code"], each["dataset_id"] or ""), []).append(each)
    summed = [
        {
            **{name: days[0][name] for name in ("code", "title", "organization", "dataset_id")},
            "days": len(days),
            "overdue_seconds": sum(each["overdue_seconds"] for each in days),
            "longest": max(days, key=lambda each: each["overdue_seconds"]),
        }
        for days in of_one.values()
    ]
    return sorted(summed, key=lambda each: (-each["overdue_seconds"], each["code"], each["dataset_id"] or ""))


def _late_days(
    each: Assessed, one: Judged, period: Interval, now: datetime, found: World, names: Names
) -> Iterator[Report]:
    docket, overdue = found.docket(each.item.id, now), one.standing.overdue if one.standing else ()
    for day, spent in sorted(by_day(overdue, period, docket.excluded).items()):
        yield {
            **about(each.item, now),
            "organization": names[each.item.organization_id],
            "dataset_id": one.package_id,
            "day": iso(day),
            "overdue_seconds": spent // timedelta(seconds=1),
        }


def decisions(
    found: World, judged: Iterable[Assessed], wanted: Collection[str], period: Interval, names: Names
) -> Report:
    """Return exempt time and faults that touch the period, and the appeals filed in it or about it."""
    known = sorted(_cases(found, wanted), key=lambda each: each.asked.seq)
    due = {
        (each.item.id, package_id, one.duty.span)
        for each, package_id, one in _obligations(judged)
        if _holds(period, one.duty.overdue_at)
    }
    faults = [each for each in found.cases[None].values() if _concerns(each, wanted)]
    return {
        "exempt": [_exempt(each, found, names) for each in known if _touches(each.excluded, period)],
        "appeals": [appeal(each, found, names) for each in known if _is_appeal_of(each, period, due)],
        "faults": [interval(each.excluded) for each in faults if _touches(each.excluded, period)],
    }


def appeal(case: Case, found: World, names: Names) -> Report:
    """Return an appeal as a report lists it."""
    return {
        "organization": names[case.organization_id or ""],
        "code": found.items[case.item_id or ""].code,
        "period_start": iso(case.period.start) if case.period else None,
        "period_end": iso(case.last_day),
        "status": case.status.value,
        "outcome": case.ruling.value if case.ruling else None,
        "filed_at": iso(case.asked.at),
        "filed_seq": case.asked.seq,
        "decided_seq": case.decided.seq if case.decided else None,
        **({} if case.observation is None else {"observation": case.observation}),
    }


def about(one: Item, now: datetime) -> Report:
    """Return the code of an item, and its title where its data is open (F24)."""
    return {"code": one.code, "title": one.title if one.access(now) == "terbuka" else None}


def interval(found: Interval | None) -> Report:
    """Return a time by its two ends."""
    return {"from": iso(found.start), "to": iso(found.end)} if found else {"from": None, "to": None}


def iso(instant: date | datetime | None) -> str | None:
    """Write a date or an instant."""
    return instant.isoformat() if instant else None


def _obligations(judged: Iterable[Assessed]) -> Iterator[Owed]:
    for each in judged:
        for of_one in each.judged:
            yield from ((each, of_one.package_id, one) for one in of_one.obligations)


def _holds(period: Interval, instant: datetime) -> bool:
    return period.start <= instant < period.end


def _counts(one: Obligation, period: Interval, now: datetime) -> bool:
    """Whether an obligation belongs among the worst: late, and open since long ago or due in the period."""
    if one.duty.overdue_at >= period.end or not is_late(one, now):
        return False
    return one.is_open or one.duty.overdue_at >= period.start


def _order(one: Obligation) -> int:
    return (Outcome.OPEN, Outcome.SKIPPED, Outcome.MET_LATE).index(one.outcome)


def _lateness(one: Obligation, now: datetime) -> timedelta:
    return max((one.closed_at or now) - one.duty.overdue_at, timedelta())


def _days_late(item: Item, one: Obligation, law: Law, now: datetime) -> int:
    calendar = EVERY_DAY if item.terms(now).calendar == EVERY else law.calendar_at(now)
    return calendar.between(civil_day(one.duty.overdue_at), civil_day(one.closed_at or now))


def _line(each: Assessed, package_id: str | None, one: Obligation, found: World, names: Names) -> Report:
    duty = one.duty
    about_it = (Kind.APPEAL, package_id, duty.span)
    filed = [
        case
        for case in found.cases[each.item.id].values()
        if (case.kind, case.package_id, case.period) == about_it
    ]
    return {
        "code": each.item.code,
        "organization": names[each.item.organization_id],
        "dataset_id": package_id,
        "period_start": iso(duty.span.start),
        "period_end": iso(duty.span.end),
        **{name: iso(getattr(duty, name)) for name in ("due_at", "overdue_at", "delinquent_at")},
        "outcome": one.outcome.value,
        "closed_at": iso(one.closed_at),
        "closing_seq": one.closing_seq,
        "appeal": (filed[-1].ruling or filed[-1].status).value if filed else None,
        "policy_version": duty.policy_version,
        "calendar_version": duty.calendar_version,
    }


def _cases(found: World, wanted: Collection[str]) -> Sequence[Case]:
    known = (each for of_item in found.cases.values() for each in of_item.values())
    return [each for each in known if each.organization_id in wanted]


def _concerns(fault: Case, wanted: Collection[str]) -> bool:
    return fault.named is None or not fault.named.isdisjoint(wanted)


def _touches(found: Interval | None, period: Interval) -> bool:
    return found is not None and found.start < period.end and period.start < found.end


def _is_appeal_of(case: Case, period: Interval, due: Collection[tuple[str, str | None, Span]]) -> bool:
    """Whether an appeal was filed in the period, or is about data of it, or about what was `due` in it."""
    if case.kind is not Kind.APPEAL:
        return False
    if case.period is None:
        return _holds(period, case.asked.at)
    about_it = (case.item_id, case.package_id, case.period) in due
    return about_it or _holds(period, case.asked.at) or _holds(period, case.period.ends_at)


def _exempt(case: Case, found: World, names: Names) -> Report:
    return {
        "code": found.items[case.item_id or ""].code,
        "organization": names[case.organization_id or ""],
        "reason_code": case.reason_code,
        **interval(case.excluded),
        "seq": case.decided.seq if case.decided else None,
    }
