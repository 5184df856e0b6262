"""Typed readers of the freshness options (config_declaration.yaml)."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import ckan.plugins.toolkit as tk
import yaml

from ckanext.jambi.freshness.rules.thresholds import V1, Policy


def policy() -> Policy:
    """The policy in force."""
    path = tk.config["ckanext.jambi.freshness.policy_file"]
    return _policy(path) if path else V1


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


@lru_cache(maxsize=4)
def _policy(path: str) -> Policy:
    return Policy.read(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
