"""Typed readers of the harvest room's options (config_declaration.yaml)."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.jambi.config import demo_enabled


def demo_city_url() -> str | None:
    """Where the simulated city answers, such as http://127.0.0.1:8091, or None."""
    return tk.config["ckanext.jambi.harvest.demo_city_url"] or None


def reviewing_organization() -> str:
    """Name of the organization whose editors review and approve (walidata)."""
    return tk.config["ckanext.jambi.harvest.reviewing_organization"]


def snapshot_folder() -> Path | None:
    """Folder of the uploaded files that sources of kind `snapshot` read, or None."""
    folder = tk.config["ckanext.jambi.harvest.snapshot_folder"]
    return Path(folder) if folder else None


def stock_deadline() -> int:
    """Seconds after which a run of a harvester that is not ours is ended."""
    return tk.config["ckanext.jambi.harvest.stock_deadline"]


def stock_max_bytes() -> int:
    """Bytes after which an answer to a harvester that is not ours is cut off."""
    return tk.config["ckanext.jambi.harvest.stock_max_bytes"]


def lanes() -> int:
    """How many sources one worker harvests at once."""
    return tk.config["ckanext.jambi.harvest.lanes"]


def loopback_allowed() -> bool:
    """Whether allowlist rows may name loopback addresses: in debug and demo mode only."""
    return bool(tk.config["debug"]) or demo_enabled()
