"""Plugin `jambi_theme`: what citizens see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from flask import Flask
from flask_compress import Compress

from ckanext.jambi.theme import facets
from ckanext.jambi.theme.answers import Answers

FOLDER = Path(__file__).parent


@tk.blanket.blueprints
@tk.blanket.helpers
class ThemePlugin(DefaultTranslation, p.SingletonPlugin):
    """Layout, citizen pages, Indonesian catalogue."""

    p.implements(p.IConfigurer)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ITranslation)

    def update_config(self, config: Any) -> None:
        """Put the theme's templates before all others."""
        tk.add_template_directory(config, "templates")

    def make_middleware(self, app: Flask, config: Any) -> Flask:
        """Compress answers and tell caches how long they may keep them."""
        Compress(app)
        app.wsgi_app = Answers(app.wsgi_app, app.config["SESSION_COOKIE_NAME"])  # type: ignore[method-assign]
        return app

    def dataset_facets(self, facets_dict: dict[str, str], package_type: str) -> dict[str, str]:
        """Offer the facets of the search page."""
        return facets.titles()

    def organization_facets(
        self, facets_dict: Any, organization_type: str, package_type: Any
    ) -> dict[str, str]:
        """Offer the same facets below an organization."""
        return facets.titles()

    def group_facets(self, facets_dict: Any, group_type: str, package_type: Any) -> dict[str, str]:
        """Offer the same facets below a topic."""
        return facets.titles()

    def i18n_directory(self) -> str:
        """Return the folder of the catalogue that completes CKAN's own."""
        return str(FOLDER / "i18n")

    def i18n_domain(self) -> str:
        """Return the catalogue's name."""
        return "ckanext-jambi"
