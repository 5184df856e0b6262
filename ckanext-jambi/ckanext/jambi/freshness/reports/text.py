"""A report as JSON with ordered keys, and its lines as CSV (RFC 4180). Imports no CKAN."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from ckanext.jambi.freshness.reports.content import Report

DAY = "overdue_day"
"""What a line of data without periods is: a day (WIB) and how long of it the data was overdue (F10)."""
_PROOF = ("policy_version", "calendar_version", "as_of", "log_seq", "log_root")
COLUMNS = (
    *("line", "code", "organization", "dataset_id", "period_start", "period_end", "due_at", "overdue_at"),
    *("delinquent_at", "outcome", "closed_at", "closing_seq", "appeal", "overdue_seconds"),
    *_PROOF,
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(said: Report | list[Report]) -> bytes:
    """Return everything that a report, or a list, says."""
    return (json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def as_csv(report: Report) -> bytes:
    """Return a line for each obligation, and for each day on which data without periods was overdue."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    table.writerows([_cell(row.get(name)) for name in COLUMNS] for row in _lines(report))
    return out.getvalue().encode()


def _lines(report: Report) -> Iterator[Report]:
    log = report["log"]
    known = {name: report[name] for name in ("policy_version", "calendar_version", "as_of")}
    known |= {"log_seq": log["seq"], "log_root": log["row_hash"]}
    for each in report["obligations"]:
        yield {"line": "obligation", **known, **each}
    for each in report["rolling"]:
        yield {"line": DAY, **known, **each, "period_start": each["day"], "period_end": each["day"]}


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
