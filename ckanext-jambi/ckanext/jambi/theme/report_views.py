"""Views of the reports of an OPD: the page for its head, the files, and the form of an objection."""

from __future__ import annotations

import base64
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.jambi.theme.attempts import or_abort
from ckanext.jambi.theme.pages import reports

jambi_reports = Blueprint("jambi_reports", __name__, url_prefix="/freshness/report")
TYPED = ("code", "dataset", "period", "reason", "legal_basis", "document_url")


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


def objection(organization: str, period: str) -> str:
    """Show the form on which an admin of the OPD objects to a line of a draft."""
    page = _page(organization, period)
    asked = {name: tk.request.args.get(name, "") for name in ("code", "dataset")}
    asked["period"] = tk.request.args.get("last_day", "")
    _require_admin(asked["code"])
    return _form(page, asked, {})


def object_to(organization: str, period: str) -> str | Response:
    """File an objection, or show the form again with what is missing."""
    page = _page(organization, period)
    typed = {name: tk.request.form.get(name, "").strip() for name in TYPED}
    wanted = {name: value for name, value in typed.items() if value}
    _require_admin(typed["code"])
    try:
        made = or_abort(lambda: tk.get_action("jambi_freshness_appeal_create")({}, wanted))
    except tk.ValidationError as err:
        return _form(page, typed, err.error_dict)
    done = tk._("The objection is filed as row {seq} of the log; it is decided by {day}.")
    tk.h.flash_success(done.format(seq=made["seq"], day=tk.h.jambi_last_day(made["decide_by"])))
    return tk.redirect_to("jambi_reports.read", organization=organization, period=period)


def _require_admin(code: str) -> None:
    """Let nobody to the form but the admins of the OPD that owes the item."""
    or_abort(lambda: tk.check_access("jambi_freshness_appeal_create", {}, {"code": code}))


def _page(organization: str, period: str) -> dict[str, Any]:
    revision = tk.request.args.get("revision")
    try:
        return or_abort(lambda: reports.page(organization, period, revision))
    except tk.ValidationError:
        return tk.abort(404)


def _form(page: dict[str, Any], typed: dict[str, str], errors: dict[str, Any]) -> str:
    return tk.render("jambi/reports/objection.html", {"report": page, "typed": typed, "errors": errors})


_PATH = "/<organization>/<period>"
jambi_reports.add_url_rule(_PATH, view_func=read)
jambi_reports.add_url_rule(f"{_PATH}.<any(json, csv, xlsx, pdf, zip):form>", view_func=file)
jambi_reports.add_url_rule(f"{_PATH}/objection", view_func=objection)
jambi_reports.add_url_rule(f"{_PATH}/objection", view_func=object_to, methods=["POST"])
