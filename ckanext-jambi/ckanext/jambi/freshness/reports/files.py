"""A report in any of its forms; equal reports give equal bytes (F47). Imports no CKAN."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckanext.jambi.freshness.reports import paper, text, workbook
from ckanext.jambi.freshness.reports.content import Report

_WRITERS: Mapping[str, Callable[[Report], bytes]] = {
    "json": text.as_json,
    "csv": text.as_csv,
    "xlsx": workbook.as_xlsx,
    "pdf": paper.as_pdf,
}
FORMATS = tuple(_WRITERS)


def written(report: Report, form: str) -> bytes:
    """Return a report as a file of one of `FORMATS`."""
    return _WRITERS[form](report)
