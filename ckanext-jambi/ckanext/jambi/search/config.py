"""Typed readers of the search options (config_declaration.yaml)."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def engine() -> str:
    """Return which engine answers: `postgresql` or `solr`; read at each call, for tests change it."""
    return tk.config.get("ckanext.jambi.search.engine") or "postgresql"


def strict() -> bool:
    """Return whether documents that Solr would refuse are refused."""
    return tk.asbool(tk.config.get("ckanext.jambi.search.strict", False))
