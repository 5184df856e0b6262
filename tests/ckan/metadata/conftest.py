"""Let the tests of metadata build datasets of the demonstration catalogue, owned by a real agency."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

sys.path.insert(0, str(Path(__file__).parents[2] / "data" / "demo"))


@pytest.fixture
def dinkes(with_plugins, clean_db) -> dict[str, Any]:
    """Return an agency with an editor, `dinkes-editor`."""
    editor = factories.User(name="dinkes-editor")
    return factories.Organization(name="dinkes", users=[{"name": editor["name"], "capacity": "editor"}])


@pytest.fixture
def steward(dinkes):
    """Return a caller of actions on behalf of the agency's editor, as its API token would."""

    def call(name: str, /, **data: Any) -> Any:
        return tk.get_action(name)(_context("dinkes-editor"), data)

    return call


@pytest.fixture
def importer(dinkes):
    """Return a caller of actions on behalf of the importer."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def call(name: str, /, **data: Any) -> Any:
        context = {"user": user, "ignore_auth": True, "jambi_import": True}
        return tk.get_action(name)(context, data)

    return call


@pytest.fixture
def anonymous():
    """Return a caller of actions without an account."""

    def call(name: str, /, **data: Any) -> Any:
        return tk.get_action(name)({"user": "", "auth_user_obj": None, "ignore_auth": False}, data)

    return call


def _context(name: str) -> dict[str, Any]:
    return {"user": name, "auth_user_obj": model.User.by_name(name), "ignore_auth": False}
