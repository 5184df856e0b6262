"""A report as JSON with ordered keys, and its obligations as CSV (RFC 4180). Imports no CKAN."""

from __future__ import annotations

import csv
import io
import json

from ckanext.jambi.freshness.reports.content import Report

COLUMNS = (
    *("code", "organization", "dataset_id", "period_start", "period_end", "due_at", "overdue_at"),
    *("delinquent_at", "outcome", "closed_at", "closing_seq", "appeal", "policy_version", "calendar_version"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(said: Report | list[Report]) -> bytes:
    """Return everything that a report, or a list, says."""
    return (json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def as_csv(report: Report) -> bytes:
    """Return a line for each obligation."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    table.writerows([_cell(row[name]) for name in COLUMNS] for row in report["obligations"])
    return out.getvalue().encode()


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
