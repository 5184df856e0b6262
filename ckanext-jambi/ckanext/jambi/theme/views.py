"""Pages of the theme that CKAN has no view for, and the files it serves."""

from __future__ import annotations

import csv
import io
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify

from ckanext.jambi.theme import assets
from ckanext.jambi.theme.answer_views import jambi_answers
from ckanext.jambi.theme.board_views import jambi_board
from ckanext.jambi.theme.calendar_views import jambi_calendar
from ckanext.jambi.theme.desk_views import jambi_desk
from ckanext.jambi.theme.pages import board
from ckanext.jambi.theme.pages import freshness as dataset_freshness
from ckanext.jambi.theme.pages import home as front
from ckanext.jambi.theme.pages import status as standing
from ckanext.jambi.theme.pages.log import row as log_row
from ckanext.jambi.theme.pages.log import start as log_start
from ckanext.jambi.theme.report_views import jambi_reports
from ckanext.jambi.theme.source_views import jambi_sources
from ckanext.jambi.theme.todo_views import jambi_todo
from ckanext.jambi.theme.webhook_views import jambi_webhooks

__all__ = [
    "jambi_answers",
    "jambi_board",
    "jambi_calendar",
    "jambi_desk",
    "jambi_pages",
    "jambi_reports",
    "jambi_sources",
    "jambi_todo",
    "jambi_webhooks",
]

jambi_pages = Blueprint("jambi_pages", __name__)


def home() -> str:
    """Show the front page."""
    return tk.render("home/index.html", {"front": front.page()})


def about_alias() -> Response:
    """Lead the Indonesian address of the help page to the page."""
    return tk.redirect_to("home.about")


def scoreboard() -> str:
    """Show which organizations keep their data up to date."""
    asked = tk.request.args
    sort = board.order(asked.get("sort", ""))
    shown = board.page(_board(sort), sort, asked.get("period", ""), asked.get("band", ""))
    return tk.render("jambi/scoreboard.html", {"board": shown})


def scoreboard_csv() -> Response:
    """Return the scoreboard as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, board.FIELDS)
    writer.writeheader()
    writer.writerows(board.rows_as_data(_board()))
    name = "attachment; filename=kemutakhiran-opd.csv"
    return Response(
        text.getvalue(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


def scoreboard_json() -> Response:
    """Return the scoreboard as JSON."""
    return jsonify(board.as_data(_board()))


def _board(sort: str = board.BY_RANK) -> dict[str, Any]:
    """Return the scoreboard of the period that the reader chose, or of now."""
    try:
        return board.answer(tk.request.args.get("period", ""), sort)
    except tk.ValidationError as err:
        return tk.abort(404, str(err.error_dict["period"][0]))


def log_index() -> str | Response:
    """Show where the evidence log begins, or lead to the row that the reader asks for."""
    if not p.plugin_loaded("jambi_freshness"):
        tk.abort(404)
    asked = {name: text.strip() for name, text in tk.request.args.items()}
    wanted, before = asked.get("row", ""), asked.get("before", "")
    end = log_start.last()
    if wanted.isdecimal() and 0 < int(wanted) <= end:
        return tk.redirect_to("jambi_pages.log", seq=int(wanted))
    shown = log_start.page(asked.get("organization", ""), int(before) if before.isdecimal() else None)
    if shown is None:
        tk.abort(404, tk._("There is no such organization."))
    body = tk.render("jambi/log/start.html", {"log": shown, "last": end, "wanted": wanted})
    return Response(body, 404) if wanted else body


def log(seq: int) -> str:
    """Show one row of the evidence log."""
    row = log_row.page(seq) if p.plugin_loaded("jambi_freshness") else None
    if row is None:
        tk.abort(404)
    return tk.render("jambi/log/row.html", {"row": row})


def freshness(id: str) -> str:
    """Show the freshness of one dataset over two years."""
    if not p.plugin_loaded("jambi_freshness"):
        tk.abort(404)
    try:
        shown = dataset_freshness.page(id)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        tk.abort(404, tk._("Dataset not found"))
    return tk.render("jambi/freshness/page.html", {"shown": shown})


def status() -> str:
    """Show how the portal stands now."""
    if not p.plugin_loaded("jambi_live"):
        tk.abort(404)
    return tk.render("jambi/status.html", {"status": standing.page()})


def asset(digest: str, name: str) -> Response:
    """Return one of the theme's files."""
    if name not in assets.SERVED or digest != assets.digest(name):
        tk.abort(404)
    return Response(assets.content(name), content_type=f"{assets.SERVED[name]}; charset=utf-8")


jambi_pages.add_url_rule("/", view_func=home)
jambi_pages.add_url_rule("/tentang", view_func=about_alias)
jambi_pages.add_url_rule("/freshness", view_func=scoreboard)
jambi_pages.add_url_rule("/kemutakhiran", view_func=scoreboard)
jambi_pages.add_url_rule("/freshness.csv", view_func=scoreboard_csv)
jambi_pages.add_url_rule("/freshness.json", view_func=scoreboard_json)
jambi_pages.add_url_rule("/freshness/log", view_func=log_index)
jambi_pages.add_url_rule("/freshness/log/<int:seq>", view_func=log)
jambi_pages.add_url_rule("/dataset/<id>/freshness", view_func=freshness)
jambi_pages.add_url_rule("/status", view_func=status)
jambi_pages.add_url_rule("/jambi-assets/<digest>/<name>", view_func=asset)
