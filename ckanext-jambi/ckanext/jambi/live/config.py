"""Typed readers of the live room's options (config_declaration.yaml)."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def events_url() -> str | None:
    """Where the event stream answers, such as http://127.0.0.1:8092/events, or None."""
    return tk.config["ckanext.jambi.live.events_url"] or None


def max_webhooks_per_user() -> int:
    """How many webhooks a user may have."""
    return tk.config["ckanext.jambi.live.max_webhooks_per_user"]
