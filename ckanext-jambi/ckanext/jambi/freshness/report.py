"""What the portal says of a dataset's freshness: one plain dict for actions, helpers and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ckanext.jambi import clock, frequency
from ckanext.jambi.freshness import config, standing, wording
from ckanext.jambi.freshness.reports.lines import iso
from ckanext.jambi.freshness.rules import states
from ckanext.jambi.freshness.rules.credit import Reason
from ckanext.jambi.freshness.rules.statement import Known, parts, shows_time
from ckanext.jambi.freshness.standing import Standing

Report = dict[str, Any]


def of(ids: Iterable[str], now: datetime | None = None) -> dict[str, Report]:
    """Return the reports of datasets by their id, by one query; unknown ids are left out."""
    moment = now or clock.now()
    return {key: of_one(known, moment) for key, known in standing.load(ids).items()}


def of_one(known: Standing, now: datetime) -> Report:
    """Return the report of one dataset at `now`."""
    found = known.boundaries
    look = states.look(found, now)
    clauses = parts(
        Known(
            found,
            known.has_resource,
            known.evidence_at,
            known.period_end,
            known.checked_at,
            known.reachable,
        ),
        now,
    )
    return {
        "id": known.package_id,
        "state": states.state(found, now).value,
        "look": look.value,
        "basis": "rolling",
        "label": wording.label(look),
        "sentence": wording.sentence(clauses, known.evidence_kind, with_time=shows_time(found)),
        "frequency": _frequency(known.frequency),
        **{name: iso(getattr(found, name, None)) for name in INSTANTS},
        "days_late": states.days_late(found, now),
        "next_change_at": iso(found.after(now) if found else None),
        "evidence": _evidence(known),
        "checked_at": iso(known.checked_at),
        "reachable": known.reachable,
        "policy_version": config.policy().version,
        "as_of": iso(now),
    }


INSTANTS = ("soon_at", "due_at", "overdue_at", "delinquent_at")


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
    credit = row["detail"].get("credit")
    return {
        "seq": row["seq"],
        "kind": row["kind"],
        "at": iso(row["valid_at"]),
        "credited": credit == Reason.NEW_CONTENT,
        "reason": credit,
        "explanation": wording.reason(credit),
    }
