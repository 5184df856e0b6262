"""What both portals of a benchmark do through CKAN's actions."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model


def act(action: str, /, **data: Any) -> Any:
    """Call an action as the site's user."""
    done = tk.get_action(action)(context(), data)
    model.Session.remove()
    return done


def context() -> dict[str, Any]:
    """Return a context of the site's user."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"ignore_auth": True, "user": user}


def require(holds: bool, text: str) -> None:
    """Stop where a comparison would mean nothing."""
    if not holds:
        raise RuntimeError(text)
