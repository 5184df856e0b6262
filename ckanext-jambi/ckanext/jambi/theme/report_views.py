"""Views of the reports of an OPD: the page for its head, and the files."""

from __future__ import annotations

import base64
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.jambi.theme.attempts import or_abort
from ckanext.jambi.theme.pages import reports

jambi_reports = Blueprint("jambi_reports", __name__, url_prefix="/freshness/report")


@jambi_reports.before_request
def require_freshness() -> None:
    """Answer "not found" on a portal that judges nothing."""
    if not p.plugin_loaded("jambi_freshness"):
        tk.abort(404)


def read(organization: str, period: str) -> str:
    """Show the newest report over a period, or the revision that is asked for."""
    return tk.render("jambi/reports/page.html", {"report": _page(organization, period)})


def file(organization: str, period: str, form: str) -> Response:
    """Return a report as a file."""
    page = _page(organization, period)
    if form not in page["formats"]:
        tk.abort(404)
    asked = {"id": page["life"]["id"], "format": form}
    found = tk.get_action("jambi_freshness_report_export")({}, asked)
    name = f'attachment; filename="{found["filename"]}"'
    headers = {"Content-Disposition": name}
    return Response(base64.b64decode(found["base64"]), content_type=found["media_type"], headers=headers)


def _page(organization: str, period: str) -> dict[str, Any]:
    revision = tk.request.args.get("revision")
    try:
        return or_abort(lambda: reports.page(organization, period, revision))
    except tk.ValidationError:
        return tk.abort(404)


_PATH = "/<organization>/<period>"
jambi_reports.add_url_rule(_PATH, view_func=read)
jambi_reports.add_url_rule(f"{_PATH}.<any(json, csv, xlsx, pdf, zip):form>", view_func=file)
