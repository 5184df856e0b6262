"""The page on which a person keeps webhooks (web.md 7)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.jambi.theme.attempts import or_abort, tried
from ckanext.jambi.theme.pages import webhooks

jambi_webhooks = Blueprint("jambi_webhooks", __name__)
TYPED = ("url", "dataset", "organization")


@jambi_webhooks.before_request
def require_live() -> None:
    """Answer "not found" on a portal that sends nothing."""
    if not p.plugin_loaded("jambi_live"):
        tk.abort(404)


def index() -> str:
    """Show the reader's webhooks, and a form for another one."""
    return _shown()


def create() -> str:
    """Make a webhook; its secret is made here and shown in this answer alone."""
    form = tk.request.form
    typed: dict[str, Any] = {name: form.get(name, "").strip() for name in TYPED}
    typed["kind"] = form.getlist("kind")
    secret = secrets.token_hex(32)
    wanted = {name: value for name, value in typed.items() if value} | {"secret": secret}
    try:
        made = or_abort(lambda: tk.get_action("jambi_webhook_create")({}, wanted))
    except tk.ValidationError as err:
        return _shown(typed, err.error_dict)
    return _shown(made=made | {"secret": secret})


def delete(hook_id: str) -> Response:
    """Delete a webhook."""
    done = tk._("The webhook is deleted.")
    tried(lambda: tk.get_action("jambi_webhook_delete")({}, {"id": hook_id}), done)
    return tk.redirect_to("jambi_webhooks.index")


def redeliver(hook_id: str) -> Response:
    """Have what could not be delivered sent again."""
    done = tk._("What could not be delivered is sent again.")
    tried(lambda: tk.get_action("jambi_webhook_redeliver")({}, {"id": hook_id}), done)
    return tk.redirect_to("jambi_webhooks.index")


def _shown(
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, Any] | None = None,
    made: Mapping[str, Any] | None = None,
) -> str:
    page = or_abort(webhooks.page)
    return tk.render(
        "jambi/webhooks.html", {"page": page, "typed": typed or {}, "errors": errors or {}, "made": made}
    )


jambi_webhooks.add_url_rule("/webhooks", view_func=index)
jambi_webhooks.add_url_rule("/webhooks", view_func=create, methods=["POST"])
jambi_webhooks.add_url_rule("/webhooks/<hook_id>/delete", view_func=delete, methods=["POST"])
jambi_webhooks.add_url_rule("/webhooks/<hook_id>/redeliver", view_func=redeliver, methods=["POST"])
