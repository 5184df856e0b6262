"""Typed readers of the ground floor's options (config_declaration.yaml)."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def demo_enabled() -> bool:
    """Whether this portal shows simulated data and says so."""
    return tk.config["ckanext.jambi.demo.enabled"]


def demo_clock_file() -> str | None:
    """The file that sets the portal's clock, or None for the server's clock."""
    return tk.config["ckanext.jambi.demo.clock_file"] or None


def database_url() -> str:
    """The address of CKAN's own database."""
    return tk.config["sqlalchemy.url"]


def vault_key_file() -> str | None:
    """The file that holds the vault's keys, or None if they come from the environment."""
    return tk.config["ckanext.jambi.vault.key_file"] or None
