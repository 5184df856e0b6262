"""Pytest plugin: enable our plugins in tests that name their own list, and make our tables there too.

`JAMBI_PLUGINS` names them. ckanext-harvest's tests mark `ckan.plugins` one by one, so that an ini file alone
would leave ours out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from ckan.cli.db import _get_pending_plugins, _run_migrations

sys.path.insert(0, str(Path(__file__).parents[1]))
OURS = os.environ["JAMBI_PLUGINS"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add ours to the plugins that a test, its class or its module names."""
    for node in {node for item in items for node in item.listchain()}:
        node.own_markers[:] = [_with_ours(mark) for mark in node.own_markers]


def _with_ours(mark: pytest.Mark) -> pytest.Mark:
    if mark.name != "ckan_config" or mark.args[0] != "ckan.plugins":
        return mark
    named = mark.args[1].split()
    ours = [name for name in OURS.split() if name not in named]
    return pytest.mark.ckan_config("ckan.plugins", " ".join([*named, *ours])).mark


@pytest.fixture(autouse=True)
def our_tables(request: pytest.FixtureRequest) -> None:
    """Migrate those of our plugins that the test loads, once its own fixture has reset the database."""
    if "clean_db" in request.fixturenames:
        if "with_plugins" in request.fixturenames:
            request.getfixturevalue("with_plugins")
        request.getfixturevalue("clean_db")
        if all(p.plugin_loaded(name) for name in tk.config["ckan.plugins"]):
            for name in sorted(_get_pending_plugins()):
                _run_migrations(name)
