"""Typed readers of the freshness options (config_declaration.yaml)."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins.toolkit as tk


def quiet() -> timedelta:
    """How long a DataStore table must rest before it is measured."""
    return timedelta(seconds=tk.config["ckanext.jambi.freshness.quiet_seconds"])


def watched_url() -> str:
    """The address that tells whether the web server answers; empty where nobody watches it."""
    return tk.config["ckanext.jambi.freshness.watched_url"]


def roots_organization() -> str:
    """The organization that publishes the daily roots of the log."""
    return tk.config["ckanext.jambi.freshness.roots_organization"]


def roots_contact() -> str:
    """The office e-mail of that dataset: the data trustee's."""
    return tk.config["ckanext.jambi.metadata.walidata_email"]
