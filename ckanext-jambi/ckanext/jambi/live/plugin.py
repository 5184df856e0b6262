"""Plugin `jambi_live`: pings and pushes in; events, webhooks and feeds out."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Flask

from ckanext.jambi.live.cookieless import Cookieless


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.config_declarations
class LivePlugin(p.SingletonPlugin):
    """Doors for machines."""

    p.implements(p.IMiddleware, inherit=True)

    def make_middleware(self, app: Flask, config: object) -> Flask:
        """Hide cookies from the doors."""
        app.wsgi_app = Cookieless(app.wsgi_app)  # type: ignore[method-assign]
        return app
