"""Plugin `jambi`: the ground floor that every room stands on."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from flask import Flask

from ckanext.jambi import clock, config, health, http_headers, log_masks


@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.config_declarations
@tk.blanket.helpers
class JambiPlugin(p.SingletonPlugin):
    """Events, clock, secrets, audit and security headers."""

    p.implements(p.IConfigurable)
    p.implements(p.IMiddleware, inherit=True)

    def configure(self, ckan_config: object) -> None:
        """Take the demonstration's clock, if one is set, and keep secrets out of the logs."""
        log_masks.install()
        clock.use(config.demo_clock_file())

    def make_middleware(self, app: Flask, ckan_config: object) -> Flask:
        """Put the security headers on every answer, and answer those who ask whether we live."""
        http_headers.install(app)
        app.wsgi_app = health.HealthDoor(app.wsgi_app, config.database_url())  # type: ignore[method-assign]
        return app
