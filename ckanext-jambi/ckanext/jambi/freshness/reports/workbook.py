"""A report as a workbook: typed cells, no formula, fixed times (F47). Imports no CKAN."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from ckanext.jambi.freshness.reports import words
from ckanext.jambi.freshness.reports.content import Report
from ckanext.jambi.freshness.reports.words import say as _

Row = Mapping[str, Any]
Column = tuple[str, str, Callable[[Row], Any]]
"""Title, kind (`text`, `number`, `whole`, `day`, `instant`), and what of a row stands in it."""
_FORMATS = {
    "text": "@",
    "number": "0.0",
    "whole": "0",
    "day": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm",
}
_WIDTHS = {"text": 24, "number": 12, "whole": 12, "day": 14, "instant": 18}


def as_xlsx(report: Report) -> bytes:
    """Return figures, obligations, what to do and decisions, a sheet each; times in WIB."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        at = words.local(report["as_of"]).replace(tzinfo=None)
        book.set_properties({"title": _("Freshness report"), "created": at})
        formats = {kind: book.add_format({"num_format": shape}) for kind, shape in _FORMATS.items()}
        bold = book.add_format({"bold": True})
        _summary(book.add_worksheet(_("Summary")), report, formats, bold)
        for title, columns, rows in _tables(report):
            _table(book.add_worksheet(title), columns, rows, formats, bold)
    return target.getvalue()


def _summary(sheet: Any, report: Report, formats: Mapping[str, Any], bold: Any) -> None:
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 68)
    for row, (title, kind, value) in enumerate(_facts(report)):
        sheet.write_string(row, 0, title, bold)
        _write(sheet, row, 1, kind, value, formats)


def _facts(report: Report) -> Iterable[tuple[str, str, Any]]:
    before, log = report["before"], report["log"]
    yield from (
        (_("Organization"), "text", report["organization_title"] or _("All OPD")),
        (_("Period"), "text", words.period(report["period"]["name"])),
        (_("State"), "text", words.standing(report["life"]) if "life" in report else None),
        (_("As known at (WIB)"), "instant", report["as_of"]),
        (_("Index"), "number", report["index"]),
        (_("Band"), "text", words.band(report["band"])),
        (_("Index at the beginning"), "number", before["index"]),
        (_("Index without exemptions"), "number", report["index_without_exemptions"]),
        (_("Rank"), "whole", report["rank"]),
        (_("Rank at the beginning"), "whole", before["rank"]),
        (_("OPD with a rank at the beginning"), "whole", before.get("ranked")),
        (_("OPD with a rank"), "whole", report["ranked"]),
        (_("Obligations due"), "whole", report["judged"]),
        (_("Met on time"), "whole", report["met"]),
        (_("Skipped"), "whole", report["skipped"]),
        (_("Policy version"), "text", report["policy_version"]),
        (_("Calendar version"), "text", report["calendar_version"]),
        (_("Row of the log"), "whole", log["seq"]),
        (_("Root hash"), "text", log["row_hash"]),
    )
    for n, count in enumerate(report["distribution"]):
        title = _("Items scoring {low} to below {high}").format(low=10 * n, high=10 * n + 10)
        yield (
            _("Items scoring 90 to 100") if n == len(report["distribution"]) - 1 else title,
            "whole",
            count,
        )


def _tables(report: Report) -> Iterable[tuple[str, Sequence[Column], Sequence[Row]]]:
    yield _("Obligations"), _obligation_columns(), report["obligations"]
    yield _("Overdue by day"), _day_columns(), report["rolling"]
    yield (
        _("Worst"),
        (
            _text(_("Title"), "title"),
            *_obligation_columns(),
            _of(_("Working days late"), "whole", "working_days_late"),
        ),
        report["worst"],
    )
    yield _("What to do"), _step_columns(), report["todo"]
    yield _("Appeals"), _appeal_columns(), report["appeals"]
    if "life" in report:
        yield _("Objections to the draft"), _appeal_columns(), report["life"]["objections"]
    exempt = (_text(_("Item"), "code"), _text(_("Reason"), "reason_code"), *_interval_columns())
    yield _("Exempt time"), exempt, report["exempt"]
    yield _("Portal faults"), _interval_columns(), report["faults"]


def _obligation_columns() -> tuple[Column, ...]:
    return (
        _text(_("Item"), "code"),
        _text(_("OPD"), "organization"),
        _of(_("First day"), "day", "period_start"),
        _of(_("Last day"), "day", "period_end"),
        _of(_("Due (WIB)"), "instant", "due_at"),
        _of(_("Overdue from (WIB)"), "instant", "overdue_at"),
        (_("State"), "text", lambda row: words.outcome(row["outcome"])),
        _of(_("Closed (WIB)"), "instant", "closed_at"),
        _of(_("Row of the log"), "whole", "closing_seq"),
        _text(_("Appeal"), "appeal"),
    )


def _day_columns() -> tuple[Column, ...]:
    return (
        _text(_("Item"), "code"),
        _text(_("Title"), "title"),
        _text(_("OPD"), "organization"),
        _of(_("Day"), "day", "day"),
        (_("Hours overdue"), "number", lambda row: row["overdue_seconds"] / 3_600),
    )


def _step_columns() -> tuple[Column, ...]:
    return (
        _text(_("Item"), "code"),
        _text(_("Title"), "title"),
        (_("Step"), "text", lambda row: words.step(row["step"])),
        _of(_("Points of the item"), "number", "points"),
        _of(_("Points of the index"), "number", "gain"),
    )


def _appeal_columns() -> tuple[Column, ...]:
    return (
        _text(_("Item"), "code"),
        _text(_("OPD"), "organization"),
        _of(_("First day"), "day", "period_start"),
        _of(_("Last day"), "day", "period_end"),
        _of(_("Filed (WIB)"), "instant", "filed_at"),
        (_("Outcome"), "text", _ruling),
    )


def _ruling(row: Row) -> str:
    return row["outcome"] or _("not decided yet")


def _interval_columns() -> tuple[Column, ...]:
    return _of(_("From (WIB)"), "instant", "from"), _of(_("To (WIB)"), "instant", "to")


def _text(title: str, name: str) -> Column:
    return _of(title, "text", name)


def _of(title: str, kind: str, name: str) -> Column:
    return title, kind, lambda row: row[name]


def _table(
    sheet: Any, columns: Sequence[Column], rows: Sequence[Row], formats: Mapping[str, Any], bold: Any
) -> None:
    sheet.freeze_panes(1, 0)
    for place, (title, kind, value_of) in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS[kind])
        sheet.write_string(0, place, title, bold)
        for number, row in enumerate(rows, start=1):
            _write(sheet, number, place, kind, value_of(row), formats)


def _write(sheet: Any, row: int, column: int, kind: str, value: Any, formats: Mapping[str, Any]) -> None:
    """Write a cell by its kind and never by what its text looks like."""
    shape = formats[kind]
    if value is None:
        sheet.write_blank(row, column, None, shape)
    elif kind == "text":
        sheet.write_string(row, column, str(value), shape)
    elif kind == "day":
        sheet.write_datetime(row, column, date.fromisoformat(value), shape)
    elif kind == "instant":
        sheet.write_datetime(row, column, words.local(value).replace(tzinfo=None), shape)
    else:
        sheet.write_number(row, column, value, shape)
