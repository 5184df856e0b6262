"""A report as `content.compose` gives it, to be written in each form."""

from __future__ import annotations

from typing import Any

HASH = "8f" * 32


def line(number: int = 1, **values: Any) -> dict[str, Any]:
    """Return an obligation that is open and late."""
    return {
        "code": f"DD-{number:02}",
        "organization": "dinkes",
        "dataset_id": None,
        "period_start": "2026-08-01",
        "period_end": "2026-08-31",
        "due_at": "2026-09-13T17:00:00+00:00",
        "overdue_at": "2026-09-17T17:00:00+00:00",
        "delinquent_at": "2026-10-03T17:00:00+00:00",
        "outcome": "open",
        "closed_at": None,
        "closing_seq": None,
        "appeal": None,
        "policy_version": "1",
        "calendar_version": "1",
        **values,
    }


def late(number: int = 1, **values: Any) -> dict[str, Any]:
    """Return one of the worst obligations."""
    return line(number, title=f"Kunjungan puskesmas {number}", working_days_late=12) | values


def step(number: int = 1, **values: Any) -> dict[str, Any]:
    """Return a step that raises the index."""
    return {
        "code": f"DD-{number:02}",
        "title": "Judul",
        "step": "deliver",
        "points": 40.0,
        "gain": 4.26,
    } | values


def report(**values: Any) -> dict[str, Any]:
    """Return the report of an OPD over the third quarter of 2026."""
    return {
        "organization": "dinkes",
        "organization_title": "Dinas Kesehatan",
        "period": {
            "name": "2026-Q3",
            "from": "2026-06-30T17:00:00+00:00",
            "to": "2026-09-30T17:00:00+00:00",
        },
        "as_of": "2026-10-05T02:00:00+00:00",
        "index": 71.26,
        "stars": 3.85,
        "band": "cukup",
        "mean": 75.0,
        "weakest": 56.3,
        "distribution": [0, 1, 0, 0, 0, 2, 0, 3, 0, 1],
        "items": 7,
        "items_waiting": 0,
        "index_without_exemptions": 69.0,
        "on_time_rate": 0.5,
        "met": 1,
        "judged": 2,
        "skipped": 0,
        "rank": 3,
        "ranked": 12,
        "before": {"at": "2026-06-30T17:00:00+00:00", "index": 65.04, "rank": 5, "ranked": 11},
        "obligations": [line()],
        "rolling": [day_late()],
        "worst": [late()],
        "todo": [step()],
        "exempt": [],
        "appeals": [],
        "faults": [],
        "policy_version": "1",
        "calendar_version": "1",
        "log": {"seq": 812, "row_hash": HASH},
    } | values


def day_late(**values: Any) -> dict[str, Any]:
    """Return a day on which data without periods was overdue."""
    return {
        "code": "DD-05",
        "title": "Tinggi muka air",
        "organization": "bpbd",
        "dataset_id": "d-5",
        "day": "2026-09-12",
        "overdue_seconds": 5_400,
    } | values


def life(**values: Any) -> dict[str, Any]:
    """Return where a draft stands that was objected to once."""
    return {
        "id": "5f0c",
        "revision": 1,
        "status": "objection",
        "objection_until": "2026-10-12T17:00:00+00:00",
        "final_at": None,
        "draft_seq": 813,
        "objections": [objection()],
    } | values


def objection(**values: Any) -> dict[str, Any]:
    """Return an appeal that was filed against a draft."""
    return {
        "organization": "dinkes",
        "code": "DD-01",
        "period_start": "2026-08-01",
        "period_end": "2026-08-31",
        "status": "pending",
        "outcome": None,
        "filed_at": "2026-10-06T02:00:00+00:00",
        "filed_seq": 815,
        "decided_seq": None,
    } | values
