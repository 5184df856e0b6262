"""The report of an OPD, or of all, over a period as known at an instant; equal arguments, equal bytes (F47).

Everything is reckoned from the rows of the log that were recorded by then.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.jambi.freshness.listing import group
from ckanext.jambi.freshness.model import observation as log
from ckanext.jambi.freshness.promises import figures, judging
from ckanext.jambi.freshness.promises.replay import World
from ckanext.jambi.freshness.promises.ticking import ranked_organizations
from ckanext.jambi.freshness.report import iso
from ckanext.jambi.freshness.rules import index
from ckanext.jambi.freshness.rules.assessing import Assessed
from ckanext.jambi.freshness.rules.cases import Case, Kind
from ckanext.jambi.freshness.rules.closing import Obligation
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.policy import Scoring

FORMATS = ("json", "csv")
COLUMNS = (
    *("code", "organization", "dataset_id", "period_start", "period_end", "due_at", "overdue_at"),
    *("delinquent_at", "outcome", "closed_at", "closing_seq", "appeal", "policy_version", "calendar_version"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Report = dict[str, Any]


def make(organization_id: str | None, period: Interval, as_of: datetime) -> Report | None:
    """Return the report; `organization_id` None means all ranked OPDs. None where no rules were in force.

    The index is that of the period's last instant (or of `as_of`, if that comes first); obligations are
    those whose deadline lies in the period, with what was known of them at `as_of`.
    """
    found = judging.known(as_of)
    law = found.law
    if law is None:
        return None
    at = min(period.end, as_of)
    scoring = law.policy_at(at).scoring
    wanted = {organization_id} if organization_id else ranked_organizations()
    now, names = _judged(found, wanted, as_of), _names(wanted)
    return {
        "organization": names[organization_id] if organization_id else "all",
        "period": _interval(period),
        "as_of": iso(as_of),
        **_figures(_judged(found, wanted, at), now, scoring, period, at),
        "obligations": [_line(*each, found, names) for each in _due_in(now, period)],
        **_decisions(found, wanted, names),
        "policy_version": law.policy_at(at).version,
        "calendar_version": law.calendars[-1].rule.version,
        "log": _root(as_of),
    }


def _judged(found: World, wanted: set[str], at: datetime) -> list[Assessed]:
    return [one for one in judging.at_instant(found, None, at) if one.item.organization_id in wanted]


def _figures(
    then: list[Assessed], now: list[Assessed], scoring: Scoring, period: Interval, at: datetime
) -> Report:
    """Return the index as of the period's end, and the on-time rate of what was due in it."""
    figured = figures.of_items(then, scoring, at)
    tallied = index.tally([one for _, _, one in _obligations(now)], period)
    return {
        **{name: figured[name] for name in ("index", "stars", "band", "mean", "weakest", "distribution")},
        "on_time_rate": figures.rounded(tallied.on_time_rate, 4),
        **{name: getattr(tallied, name) for name in ("met", "judged", "skipped")},
    }


def _decisions(found: World, wanted: set[str], names: Mapping[str, str]) -> Report:
    known = _cases(found, wanted)
    return {
        "exempt": [_exempt(each, names) for each in known if each.kind is not Kind.APPEAL],
        "appeals": [_appeal(each, names) for each in known if each.kind is Kind.APPEAL],
        "faults": [_interval(each.excluded) for each in found.cases[None].values() if each.excluded],
    }


def written(report: Report, form: str) -> bytes:
    """Return a report as a file: JSON with ordered keys, or its obligations as CSV (RFC 4180)."""
    if form == "json":
        return (json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    table.writerows([_cell(row[name]) for name in COLUMNS] for row in report["obligations"])
    return out.getvalue().encode()


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _obligations(assessed: list[Assessed]) -> Iterator[tuple[Assessed, str | None, Obligation]]:
    for each in assessed:
        for judged in each.judged:
            yield from ((each, judged.package_id, one) for one in judged.obligations)


def _due_in(assessed: list[Assessed], period: Interval) -> list[tuple[Assessed, str | None, Obligation]]:
    """Return the obligations whose deadline lies in the period, by item, dataset and period."""
    found = [each for each in _obligations(assessed) if period.start <= each[2].duty.overdue_at < period.end]
    return sorted(found, key=lambda each: (each[0].item.code, each[1] or "", each[2].duty.span))


def _line(
    each: Assessed, package_id: str | None, one: Obligation, found: World, names: Mapping[str, str]
) -> Report:
    duty = one.duty
    about = (Kind.APPEAL, package_id, duty.span)
    filed = [
        case
        for case in found.cases[each.item.id].values()
        if (case.kind, case.package_id, case.period) == about
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


def _cases(found: World, wanted: set[str]) -> list[Case]:
    """Return the exemptions that count and all appeals of these organizations, in the order of the log."""
    known = [each for of_item in found.cases.values() for each in of_item.values()]
    mine = [each for each in known if each.organization_id in wanted]
    kept = [each for each in mine if each.kind is Kind.APPEAL or each.excluded]
    return sorted(kept, key=lambda each: each.asked.seq)


def _exempt(case: Case, names: Mapping[str, str]) -> Report:
    return {
        "organization": names[case.organization_id or ""],
        "reason_code": case.reason_code,
        **_interval(case.excluded),
        "seq": case.decided.seq if case.decided else None,
    }


def _appeal(case: Case, names: Mapping[str, str]) -> Report:
    return {
        "organization": names[case.organization_id or ""],
        "period_start": iso(case.period.start) if case.period else None,
        "period_end": iso(case.last_day),
        "status": case.status.value,
        "outcome": case.ruling.value if case.ruling else None,
        "filed_seq": case.asked.seq,
        "decided_seq": case.decided.seq if case.decided else None,
    }


def _interval(found: Interval | None) -> Report:
    return {"from": iso(found.start), "to": iso(found.end)} if found else {"from": None, "to": None}


def _names(wanted: set[str]) -> dict[str, str]:
    query = sa.select(group.c.id, group.c.name).where(group.c.id.in_(wanted))
    return {row.id: row.name for row in model.Session.execute(query)}


def _root(as_of: datetime) -> Report:
    """Return the end of the log as of an instant."""
    query = sa.select(log.c.seq, log.c.row_hash).where(log.c.recorded_at <= as_of)
    row: Any = model.Session.execute(query.order_by(log.c.seq.desc()).limit(1)).first()
    return {"seq": row.seq, "row_hash": bytes(row.row_hash).hex()}
