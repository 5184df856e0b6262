"""Views of the sources: board, source, run, decision, and what buttons on them do (harvesting.md 9)."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify, make_response

from ckanext.jambi.theme import source_form_views as forms
from ckanext.jambi.theme.attempts import or_abort, tried
from ckanext.jambi.theme.pages.sources import board, decision, run, source

jambi_sources = Blueprint("jambi_sources", __name__)
PATHS = ("/harvest-sources", "/sumber-panen")


@jambi_sources.before_request
def require_harvest() -> None:
    """Answer "not found" on a portal that does not harvest."""
    if not p.plugin_loaded("jambi_harvest"):
        tk.abort(404)


def index() -> str:
    """Show the board of all sources."""
    asked = tk.request.args
    shown = board.page(asked.get("organization", ""), asked.get("health", ""))
    return tk.render("jambi/sources/board.html", {"board": shown})


def show(name: str) -> str:
    """Show one source."""
    return tk.render("jambi/sources/source.html", {"shown": or_abort(lambda: source.page(name))})


def show_run(name: str, run_id: str) -> Response:
    """Show one run; while it runs the page renews itself, unless the reader asked it not to."""
    shown = or_abort(lambda: run.page(name, run_id))
    shown["still"] = "still" in tk.request.args
    answer = make_response(tk.render("jambi/sources/run.html", {"shown": shown}))
    if shown["refresh"] and not shown["still"]:
        answer.headers["Refresh"] = str(shown["refresh"])
    return answer


def show_decision(name: str, quarantine_id: str) -> str:
    """Show a held change set."""
    shown = or_abort(lambda: decision.page(name, quarantine_id))
    return tk.render("jambi/sources/decision.html", {"shown": shown, "errors": {}, "note": ""})


def decide(name: str, quarantine_id: str) -> str | Response:
    """Approve or reject a held change set."""
    form = tk.request.form
    data = {
        "id": quarantine_id,
        "decision": form.get("decision", ""),
        "change_hash": form.get("change_hash", ""),
        "note": form.get("note", ""),
    }
    try:
        done = or_abort(lambda: tk.get_action("jambi_quarantine_decide")({}, data))
    except tk.ValidationError as err:
        shown = or_abort(lambda: decision.page(name, quarantine_id))
        extra = {"shown": shown, "errors": err.error_dict, "note": data["note"]}
        return tk.render("jambi/sources/decision.html", extra)
    tk.h.flash_success(tk._("Your decision is kept."))
    if done["applied_by"]:
        return tk.redirect_to("jambi_sources.run", name=name, run_id=done["applied_by"])
    return tk.redirect_to("jambi_sources.show", name=name)


def start_run(name: str) -> Response:
    """Run a source now."""
    made = or_abort(lambda: tk.get_action("jambi_run_create")({}, {"source_id": name}))
    return tk.redirect_to("jambi_sources.run", name=name, run_id=made["id"])


def stop_run(name: str, run_id: str) -> Response:
    """Ask a run to end."""
    tried(lambda: tk.get_action("jambi_run_abort")({}, {"id": run_id}), tk._("The run was asked to stop."))
    return tk.redirect_to("jambi_sources.run", name=name, run_id=run_id)


def set_state(name: str) -> Response:
    """Pause or resume a source."""
    asked = {"id": name, "include_definition": True}
    definition = or_abort(lambda: tk.get_action("jambi_source_show")({}, asked))["definition"]
    changed = {key: value for key, value in definition.items() if key != "state"}
    if tk.request.form.get("state") == "paused":
        changed["state"] = "paused"
    tried(lambda: tk.get_action("jambi_source_update")({}, {"definition": changed}), tk._("Saved."))
    return tk.redirect_to("jambi_sources.show", name=name)


def approve(name: str) -> Response:
    """Let a source publish directly."""
    form = tk.request.form
    data = {"id": name, "definition_hash": form.get("definition_hash", ""), "note": form.get("note", "")}
    done = tk._("The source publishes directly from now on.")
    tried(lambda: tk.get_action("jambi_source_approve")({}, data), done)
    return tk.redirect_to("jambi_sources.show", name=name)


def restore(name: str) -> Response:
    """Keep the dataset of a vanished record public."""
    data = {"source_id": name, "guid": tk.request.form.get("guid", "")}
    done = tk._("The dataset stays public.")
    tried(lambda: tk.get_action("jambi_record_restore")({}, data), done)
    return tk.redirect_to("jambi_sources.show", name=name)


def schema() -> Response:
    """Publish the JSON Schema of source definitions."""
    return jsonify(tk.get_action("jambi_source_schema_show")({}, {}))


for path in PATHS:
    for rule, endpoint, view, methods in (
        ("", "index", index, "GET"),
        ("/new", "new", forms.new, "GET POST"),
        ("/<name>/edit", "edit", forms.edit, "GET POST"),
        ("/<name>", "show", show, "GET"),
        ("/<name>/runs", "start_run", start_run, "POST"),
        ("/<name>/runs/<run_id>", "run", show_run, "GET"),
        ("/<name>/runs/<run_id>/stop", "stop_run", stop_run, "POST"),
        ("/<name>/state", "set_state", set_state, "POST"),
        ("/<name>/approve", "approve", approve, "POST"),
        ("/<name>/restore", "restore", restore, "POST"),
        ("/<name>/decisions/<quarantine_id>", "decision", show_decision, "GET"),
        ("/<name>/decisions/<quarantine_id>", "decide", decide, "POST"),
    ):
        jambi_sources.add_url_rule(path + rule, endpoint, view, methods=methods.split())
jambi_sources.add_url_rule("/schema/source.json", "schema", schema)
