"""Views of the desk of freshness: the list of what waits, the Daftar Data, and one view for every form."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.jambi.freshness import wording
from ckanext.jambi.theme.attempts import or_abort
from ckanext.jambi.theme.pages.desk import cases, forms, item_forms, items, page
from ckanext.jambi.theme.pages.desk.fields import Form

_NAMED = re.compile(r"`(\w+)`")
jambi_desk = Blueprint("jambi_desk", __name__, url_prefix="/freshness/desk")


@jambi_desk.before_request
def require_freshness() -> Response | None:
    """Answer "not found" on a portal that judges nothing, and ask who is not signed in to do so."""
    if not p.plugin_loaded("jambi_freshness"):
        tk.abort(404)
    if not tk.current_user.is_authenticated and tk.request.endpoint != "jambi_desk.daftar":
        return tk.redirect_to("user.login", next=tk.request.full_path.rstrip("?"))
    return None


def index() -> str:
    """Show what waits for the reader."""
    return tk.render("jambi/desk/index.html", {"page": page.desk()})


def daftar() -> str:
    """Show the Daftar Data."""
    asked = tk.request.args.get("organization", "")
    return tk.render("jambi/desk/items.html", {"page": items.page(asked)})


def form(name: str) -> str | Response:
    """Show a form to those who may send it, or why there is nothing to send."""
    found = _form(name)
    typed = {key: tk.request.args.get(key, "") for key in found.hidden}
    _require(found, typed)
    case = _case(found, typed)
    about, code = or_abort(lambda: page.about(typed)), typed.get("code", "")
    refused = cases.refusal(name, case) if case else page.refusal(name, about, code)
    if refused:
        is_there = case or (about and about.get("period") != "")
        return Response(_shown(found, typed, {"id": [refused]}, closed=True), 409 if is_there else 404)
    if name == "item-change":
        shown = {"code": typed["code"]}
        typed = item_forms.typed_of_item(
            or_abort(lambda: tk.get_action("jambi_freshness_item_show")({}, shown))
        )
    return _shown(found, typed, {})


def send(name: str) -> str | Response:
    """Do what a form asks, or show it again with what is wrong beside each field."""
    found = _form(name)
    names = (*found.hidden, *(each.name for each in found.fields))
    typed = {key: tk.request.form.get(key, "").strip() for key in names}
    _require(found, typed)
    try:
        made = or_abort(lambda: tk.get_action(found.action)({}, found.arguments(typed)))
    except tk.ValidationError as err:
        return _shown(found, typed, err.error_dict)
    tk.h.flash_success(_done(made))
    return tk.redirect_to(found.back)


def _form(name: str) -> Form:
    found = forms.of(name)
    return found if found else tk.abort(404)


def _require(found: Form, typed: dict[str, str]) -> None:
    """Let nobody to a form whose action refuses the reader; who may ask for any item may see its form."""
    if found.name == "exempt" and not typed.get("code"):
        if not page.asks():
            tk.abort(403, tk._("Only the admins of the OPD in question may do this."))
        return
    if found.hidden and not typed.get(found.hidden[0]):
        tk.abort(404)
    or_abort(lambda: tk.check_access(found.action, {}, found.arguments(typed)))


def _shown(found: Form, typed: dict[str, str], errors: dict[str, Any], *, closed: bool = False) -> str:
    fields = {each.name: each.label for each in found.fields}
    beside: dict[str, list[str]] = {}
    above = []
    for name, text in ((name, str(text)) for name, texts in errors.items() for text in texts):
        place, told = _about(name, text), _NAMED.sub(lambda key: fields.get(key[1], key[1]), text)
        if place in fields:
            beside.setdefault(place, []).append(told)
        else:
            above.append(told)
    shown = {
        "form": found,
        "typed": typed,
        "errors": beside,
        "above": above,
        "case": _case(found, typed),
        "about": page.about(typed),
        "closed": closed,
    }
    return tk.render("jambi/desk/form.html", shown)


def _case(found: Form, typed: dict[str, str]) -> dict[str, Any] | None:
    """Return the case or draft that a form is about; what there is none of is not found."""
    if "id" not in found.hidden:
        return None
    return cases.subject(found.name, typed["id"]) or tk.abort(404)


def _about(name: str, text: str) -> str:
    """Return of which field an error speaks; what is wrong with an item names it in the sentence."""
    named = _NAMED.search(text)
    return named[1] if name == "item" and named else name


def _done(made: dict[str, Any]) -> str:
    if "decide_by" in made:
        done = tk._("The objection is filed as row {seq} of the log; it is decided by {day}.")
        return done.format(seq=made["seq"], day=tk.h.jambi_last_day(made["decide_by"]))
    if "outcome" in made:
        told = tk._("Decided: {told}. It is row {seq} of the log; lists and scores follow within a minute.")
        return told.format(told=wording.case("decided", made["outcome"]), seq=made["seq"])
    if "seq" in made:
        return tk._("It is row {seq} of the log; lists and scores follow within a minute.").format(
            seq=made["seq"]
        )
    return tk._("It is in the log; lists and scores follow within a minute.")


jambi_desk.add_url_rule("", view_func=index)
jambi_desk.add_url_rule("/items", view_func=daftar)
jambi_desk.add_url_rule("/<name>", view_func=form)
jambi_desk.add_url_rule("/<name>", view_func=send, methods=["POST"])
