"""The badge as a picture and as JSON (F42), for pages of agencies and for programs."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify, request

from ckanext.jambi import clock
from ckanext.jambi.freshness import badge
from ckanext.jambi.freshness.roots import making, publishing
from ckanext.jambi.freshness.rules.states import Look
from ckanext.jambi.languages import language

__all__ = ["jambi_freshness"]

LONGEST_SECONDS = 3_600

jambi_freshness = Blueprint("jambi_freshness", __name__)


class LastingResponse(Response):
    """A response that keeps its own Cache-Control: CKAN's last hook would set `max-age=0` on it."""

    lasting = ""

    def get_wsgi_headers(self, environ: Any) -> Any:
        """Put the header back where CKAN is done."""
        headers = super().get_wsgi_headers(environ)
        headers["Cache-Control"] = self.lasting
        return headers


@jambi_freshness.get("/dataset/<id>/freshness.svg")
def picture(id: str) -> Response:
    """Draw the badge of a dataset."""
    found = _found(id)
    title = f"{found['title'] or found['name']}: {found['label']}. {found['sentence']}"
    body = badge.svg(Look(found["look"]), found["label"], title, language())
    return _lasting(LastingResponse(body, content_type="image/svg+xml; charset=utf-8"), found)


@jambi_freshness.get("/dataset/<id>/freshness.json")
def data(id: str) -> Response:
    """Give what `jambi_freshness_show` says, less what changes with each look."""
    found = _found(id)
    steady = {key: value for key, value in found.items() if key not in ("as_of", "log")}
    return _lasting(LastingResponse(jsonify(steady).get_data(), content_type="application/json"), found)


@jambi_freshness.get("/freshness/roots.csv")
def roots() -> Response:
    """Give the roots of the log, a day each, as a file (F32)."""
    return Response(publishing.as_csv(making.stored()), content_type="text/csv; charset=utf-8")


def _found(id: str) -> dict[str, Any]:
    try:
        return tk.get_action("jambi_freshness_show")({}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))


def _lasting(response: LastingResponse, found: dict[str, Any]) -> Response:
    """Let it be kept until the next change of state, at most an hour, by a strong validator."""
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    response.lasting = f"public, max-age={_seconds(found['next_change_at'])}"
    response.make_conditional(request)
    return response


def _seconds(change: str | None) -> int:
    if change is None:
        return LONGEST_SECONDS
    left = (datetime.fromisoformat(change) - clock.now()).total_seconds()
    return max(0, min(int(left), LONGEST_SECONDS))
