"""Fixtures of the tests that need CKAN: services, and databases whose migrations are ours too."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.db import _get_pending_plugins, _run_migrations

from ckanext.jambi import append_only

sys.path.insert(0, str(Path(__file__).parents[1]))
import services


def pytest_configure(config: pytest.Config) -> None:
    """Start the services before CKAN's own plugin reads the ini file."""
    if not config.getoption("ckan_ini"):
        config.option.ckan_ini = str(services.start())


@pytest.fixture(scope="session")
def reset_db() -> Callable[[], None]:
    """Return CKAN's reset, completed by the tables of the enabled plugins."""
    from ckan.tests.helpers import reset_db as reset_core

    def reset() -> None:
        reset_core()
        migrate_enabled_plugins()
        empty_own_tables()

    return reset


@pytest.fixture
def non_clean_db(reset_db_once: None) -> None:
    """Guarantee the tables of core and of the plugins that this test enables."""
    model.repo.init_db()
    migrate_enabled_plugins()


def migrate_enabled_plugins() -> None:
    """Bring the tables of all enabled plugins to their newest revision.

    The session's first reset runs before a test has loaded its plugins: then there is nothing to do.
    """
    if not all(p.plugin_loaded(name) for name in tk.config["ckan.plugins"]):
        return
    for plugin in sorted(_get_pending_plugins()):
        migrate(plugin)


def migrate(plugin: str, version: str = "head", forward: bool = True) -> None:
    """Apply or undo revisions of a plugin as the role that may change logs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tk.config, "sqlalchemy.url", services.url(append_only.UPGRADER))
        _run_migrations(plugin, version, forward)


def empty_own_tables() -> None:
    """Delete the rows of every `jambi_` table, the append-only ones included."""
    with services.superuser() as connection:
        for table in sa.inspect(connection).get_table_names():
            if table.startswith("jambi_") and not table.endswith("_alembic_version"):
                connection.execute(sa.text(f'DELETE FROM "{table}"'))


@pytest.fixture(name="migrate")
def migrate_fixture() -> Callable[..., None]:
    """Return what applies or undoes revisions of a plugin, as an upgrade of a portal does."""
    return migrate


@pytest.fixture
def sysadmin_context(sysadmin: dict) -> dict:
    """Return a context that acts as a sysadmin."""
    return {"user": sysadmin["name"], "ignore_auth": False}


@pytest.fixture
def action() -> Callable[..., object]:
    """Return a caller of actions that skips authorization."""

    def call(name: str, **data: object) -> object:
        return tk.get_action(name)({"ignore_auth": True, "user": ""}, data)

    return call
