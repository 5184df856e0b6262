"""Act by a command: call an action as somebody, and say plainly what is in the way."""

from __future__ import annotations

import json
import sys
from typing import Any

import ckan.plugins.toolkit as tk
import click

FAILED = 1


def call(ctx: click.Context, action: str, user: str | None, /, **data: Any) -> Any:
    """Call an action for a user, or for the site's own; print what is wrong and end."""
    with ctx.meta["flask_app"].test_request_context():
        if user is None:
            name_of_site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
            context: Any = {"ignore_auth": True, "user": name_of_site}
        else:
            context = {"user": user}
        try:
            return tk.get_action(action)(context, data)
        except tk.ValidationError as err:
            click.echo(json.dumps(err.error_dict, ensure_ascii=False), err=True)
        except (tk.NotAuthorized, tk.ObjectNotFound) as err:
            click.echo(str(err), err=True)
        sys.exit(FAILED)
