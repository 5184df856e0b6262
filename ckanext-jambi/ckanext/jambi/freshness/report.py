"""What the portal says of a dataset's freshness: one plain dict for actions, helpers and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ckanext.jambi import clock, frequency
from ckanext.jambi.freshness import calendars, standing, wording
from ckanext.jambi.freshness.reports.lines import iso
from ckanext.jambi.freshness.rules import states
from ckanext.jambi.freshness.rules.cases import OBSERVATION
from ckanext.jambi.freshness.rules.credit import Reason
from ckanext.jambi.freshness.rules.items import EVERY
from ckanext.jambi.freshness.rules.schedule import INSTANTS
from ckanext.jambi.freshness.rules.statement import Known, Owed, parts, shows_time
from ckanext.jambi.freshness.standing import Standing
from ckanext.jambi.working_days import EVERY_DAY, Calendar, civil_day

Report = dict[str, Any]


def of(ids: Iterable[str], now: datetime | None = None) -> dict[str, Report]:
    """Return the reports of datasets by their id, by one query; unknown ids are left out."""
    return of_known(standing.load(ids), now or clock.now())


def of_known(known: Mapping[str, Standing], now: datetime) -> dict[str, Report]:
    """Return the reports of datasets at `now`; the calendar is read once, and where one is late."""
    late = any(each.owed and now >= each.owed.overdue_at for each in known.values())
    calendar = calendars.at(now) if late else EVERY_DAY
    return {key: _of_one(each, now, calendar) for key, each in known.items()}


def _of_one(known: Standing, now: datetime, calendar: Calendar) -> Report:
    found, owed = known.boundaries, _owed(known, now, calendar)
    look = states.look(found, now)
    clauses = parts(
        Known(
            found,
            known.has_resource,
            known.evidence_at,
            known.period_end,
            known.checked_at,
            known.reachable,
            owed,
        ),
        now,
    )
    with_time = owed is None and shows_time(found)
    return {
        "id": known.package_id,
        "state": states.state(found, now).value,
        "look": look.value,
        "basis": known.basis,
        "label": wording.label(look),
        "sentence": wording.sentence(clauses, known.evidence_kind, with_time=with_time),
        "frequency": _frequency(known.frequency),
        **{name: iso(getattr(found, name, None)) for name in INSTANTS},
        "days_late": states.days_late(found, now),
        "owed": _told(known, owed),
        "score": float(known.promise.score) if known.promise else None,
        "next_change_at": iso(found.after(now) if found else None),
        "evidence": _evidence(known),
        "checked_at": iso(known.checked_at),
        "reachable": known.reachable,
        "policy_version": known.policy.version,
        "as_of": iso(now),
    }


def _owed(known: Standing, now: datetime, calendar: Calendar) -> Owed | None:
    """Return the period that judges; None where the age of the data does."""
    demanded = known.owed
    if demanded is None or known.basis == "rolling":
        return None
    every_day = known.promise is not None and known.promise.calendar == EVERY
    late = (EVERY_DAY if every_day else calendar).between(civil_day(demanded.overdue_at), civil_day(now))
    return Owed(demanded.span, demanded.due_at, late)


def _told(known: Standing, owed: Owed | None) -> Report | None:
    if owed is None or known.promise is None:
        return None
    return {
        "code": known.promise.code,
        "period_start": iso(owed.span.start),
        "period_end": iso(owed.span.end),
        "working_days_late": owed.working_days_late,
    }


def _frequency(text: str) -> dict[str, str | None]:
    read = frequency.normalise(text)
    return {"code": read.code, "iso8601": read.iso8601, "eu_uri": read.eu_uri}


def _evidence(known: Standing) -> Report | None:
    if known.evidence_at is None:
        return None
    return {
        "seq": known.evidence_seq,
        "kind": known.evidence_kind,
        "label": wording.evidence(known.evidence_kind),
        "at": iso(known.evidence_at),
        "period_end": iso(known.period_end),
    }


def observed(row: Mapping[str, Any] | None) -> Report | None:
    """Return a row of the log as a steward reads it: what was seen, and why it counted or did not."""
    if row is None:
        return None
    credit, repeated = row["detail"].get("credit"), row["detail"].get(OBSERVATION)
    return {
        "seq": row["seq"],
        "kind": row["kind"],
        "at": iso(row["valid_at"]),
        "credited": credit == Reason.NEW_CONTENT,
        "reason": credit,
        "explanation": wording.upheld(repeated) if repeated else wording.reason(credit),
    }
