"""A report in any of its forms; equal reports give equal bytes (F47). Imports no CKAN.

What writes a form is loaded when it is first asked for: to draw pages takes 20 MB, and each web server and
worker knows the names of the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pkgutil import resolve_name

from ckanext.jambi.freshness.reports.content import Report

_WRITERS: Mapping[str, str] = {
    "json": "text:as_json",
    "csv": "text:as_csv",
    "xlsx": "workbook:as_xlsx",
    "pdf": "paper:as_pdf",
}
FORMATS = tuple(_WRITERS)


def written(report: Report, form: str) -> bytes:
    """Return a report as a file of one of `FORMATS`."""
    write: Callable[[Report], bytes] = resolve_name(f"{__package__}.{_WRITERS[form]}")
    return write(report)
