"""The page on which a steward sees what to do next, and what each step is worth (F51)."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.jambi.theme.pages import todo

jambi_todo = Blueprint("jambi_todo", __name__)


@jambi_todo.before_request
def require_freshness() -> None:
    """Answer "not found" on a portal that judges nothing."""
    if not p.plugin_loaded("jambi_freshness"):
        tk.abort(404)


def index() -> str | Response:
    """Show the steps of all organizations that the reader works for; ask others to log in first."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", next=tk.h.url_for("jambi_todo.index"))
    return tk.render("jambi/todo.html", {"page": todo.page()})


def organization(name: str) -> Response:
    """Lead from the address of an OPD below the scoreboard to its page."""
    return tk.redirect_to("organization.read", id=name)


jambi_todo.add_url_rule("/dashboard/freshness", view_func=index)
jambi_todo.add_url_rule("/freshness/organization/<name>", view_func=organization)
