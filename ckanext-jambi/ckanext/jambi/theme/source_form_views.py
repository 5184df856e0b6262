"""Views of the form that makes or changes a source, step by step without a script (harvesting.md 9)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response

from ckanext.jambi.theme.pages.sources.form import page, reading

Step = Callable[[dict[str, Any], dict[str, Any]], "str | Response"]
MORE_COLUMNS = 5


def new() -> str | Response:
    """Ask for an address, look at it, and go on in the form."""
    if not page.organizations():
        return tk.abort(403)
    if tk.request.method == "GET":
        return _start({}, {})
    if tk.request.form.get("step") == "sniff":
        return _sniff()
    return _step(None)


def edit(name: str) -> str | Response:
    """Change a source that a form defined."""
    try:
        asked = {"id": name, "include_definition": True}
        source = tk.get_action("jambi_source_show")({}, asked)
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.NotAuthorized:
        return tk.abort(403)
    if source["origin"] != "form":
        return tk.abort(403)
    if tk.request.method == "GET":
        return _form(source["definition"], {"name": name})
    return _step(source)


def _start(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    return tk.render("jambi/sources/start.html", {"start": page.start(typed, errors)})


def _form(raw: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    return tk.render("jambi/sources/form.html", {"form": page.show(raw, **extra)})


def _sniff() -> str:
    typed = tk.request.form
    asked = {name: typed.get(name, "").strip() for name in ("url", "organization", "kind")}
    try:
        found = tk.get_action("jambi_source_sniff")({}, {key: one for key, one in asked.items() if one})
    except tk.ValidationError as err:
        return _start(asked, err.error_dict)
    except tk.NotAuthorized:
        return tk.abort(403)
    return _form(page.prefilled(found["draft"]), {"sniffed": found, "url": asked["url"]})


def _step(source: Mapping[str, Any] | None) -> str | Response:
    """Do what the button says; whatever it is, the form comes back with all that was typed."""
    typed = tk.request.form
    schema = page.schema_for(typed.get("kind", ""))
    state = source["definition"].get("state") if source else None
    raw = reading.definition(typed, schema, state)
    extra: dict[str, Any] = {"name": source["name"] if source else "", "url": typed.get("url", "")}
    step = STEPS.get(typed.get("step", ""), _preview)
    try:
        return step(raw, extra)
    except tk.ValidationError as err:
        return _form(raw, extra | {"errors": page.errors_of(err)})
    except tk.ObjectNotFound as err:
        return _form(raw, extra | {"errors": {"organization": [str(err)]}})
    except tk.NotAuthorized:
        refused = tk._("Only the admins of the source's organization may do this.")
        return _form(raw, extra | {"errors": {"organization": [refused]}})


def _preview(raw: dict[str, Any], extra: dict[str, Any]) -> str:
    found = tk.get_action("jambi_source_preview")({}, {"definition": raw, "limit": page.ROWS})
    return _form(raw, extra | {"preview": found})


def _dry_run(raw: dict[str, Any], extra: dict[str, Any]) -> str:
    return _form(raw, extra | {"counts": tk.get_action("jambi_source_dry_run")({}, {"definition": raw})})


def _save(raw: dict[str, Any], extra: dict[str, Any]) -> Response:
    saved = tk.get_action("jambi_source_update")({}, {"definition": raw})
    if saved["state"] != "active":
        return tk.redirect_to("jambi_sources.show", name=saved["name"])
    made = tk.get_action("jambi_run_create")({}, {"source_id": saved["id"]})
    return tk.redirect_to("jambi_sources.run", name=saved["name"], run_id=made["id"])


def _look_again(raw: dict[str, Any], extra: dict[str, Any]) -> str:
    """Look at the address anew as the kind that was chosen; what was said of the dataset stays."""
    asked = {"url": extra["url"], "organization": raw.get("organization", ""), "kind": raw.get("kind", "")}
    found = tk.get_action("jambi_source_sniff")({}, asked)
    kept = {name: raw[name] for name in ("id", "dataset", "trigger", "notify") if name in raw}
    return _form(found["draft"] | kept, extra | {"sniffed": found})


def _more(raw: dict[str, Any], extra: dict[str, Any]) -> str:
    return _form(raw, extra | {"more": MORE_COLUMNS})


def _from_text(raw: dict[str, Any], extra: dict[str, Any]) -> str:
    """Take the definition from the text for experts."""
    text = tk.request.form.get("raw", "")
    try:
        stated = json.loads(text)
    except ValueError as err:
        told = {"raw": [tk._("Write the definition as JSON: {reason}").format(reason=err)]}
        return _form(raw, extra | {"errors": told, "raw_text": text})
    if not isinstance(stated, dict):
        told = {"raw": [tk._("Give the definition as an object.")]}
        return _form(raw, extra | {"errors": told, "raw_text": text})
    return _form(stated, extra)


STEPS: dict[str, Step] = {
    "preview": _preview,
    "dry_run": _dry_run,
    "save": _save,
    "look": _look_again,
    "more": _more,
    "raw": _from_text,
}
