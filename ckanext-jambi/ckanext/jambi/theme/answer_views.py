"""The page behind the link of a reminder: one tap states that a period brought no change, or nothing (F19).

Looking shows what will happen; only the button does it. The link speaks for the person to whom it was sent,
whoever is signed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, make_response

from ckanext.jambi import clock
from ckanext.jambi.freshness.ladder import answering, links
from ckanext.jambi.freshness.rules.closing import Act
from ckanext.jambi.notices import links as signing

jambi_answers = Blueprint("jambi_answers", __name__)
GONE = 410
HEADERS = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@jambi_answers.before_request
def require_notices() -> None:
    """Answer "not found" on a portal that sends no notices."""
    if not (p.plugin_loaded("jambi_freshness") and p.plugin_loaded("jambi_notices")):
        tk.abort(404)


def show(link_id: str) -> Response:
    """Show what the link asks, and what an answer does; a link that was used or is too old says so."""
    found = _link(link_id)
    if not found.works_at(clock.now()):
        return _page(found, status=GONE)
    return _page(found, asked=answering.questions(found, clock.now()))


def answer(link_id: str) -> Response:
    """State what was chosen, in the name of the person of the link."""
    found = _link(link_id)
    now = clock.now()
    if not found.works_at(now):
        return _page(found, status=GONE)
    try:
        done = answering.answer(found, _chosen(tk.request.form), now)
    except tk.ValidationError as err:
        texts = [str(text) for texts in err.error_dict.values() for text in texts]
        return _page(found, asked=answering.questions(found, now), errors=texts, status=400)
    except tk.NotAuthorized:
        tk.abort(403, tk._("You do not speak for this OPD any more."))
    return _page(found, done=done)


def _link(link_id: str) -> links.Link:
    """Return the link of a signed address; without its signature there is none."""
    known = signing.is_signed(link_id, tk.request.args.get("token", ""))
    return (links.find(link_id) if known else None) or tk.abort(404)


def _chosen(form: Mapping[str, str]) -> dict[str, Act]:
    known = {act.value: act for act in answering.ACTS}
    return {key: known[value] for key, value in form.items() if value in known}


def _page(
    found: links.Link,
    *,
    asked: Sequence[answering.Question] = (),
    done: Sequence[answering.Question] = (),
    errors: Sequence[str] = (),
    status: int = 200,
) -> Response:
    shown: dict[str, Any] = {
        "link": found,
        "token": tk.request.args["token"],
        "person": answering.person(found),
        "asked": asked,
        "done": done,
        "errors": errors,
    }
    return make_response(tk.render("jambi/answer.html", shown), status, HEADERS)


jambi_answers.add_url_rule("/freshness/answer/<link_id>", view_func=show)
jambi_answers.add_url_rule("/freshness/answer/<link_id>", view_func=answer, methods=["POST"])
