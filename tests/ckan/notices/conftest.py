"""Fixtures of the notices tests: a mail server, a source of an agency, people of the agency."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.jambi import outbox

HARVEST = Path(__file__).parents[1] / "harvest" / "conftest.py"
sys.path[:0] = [str(Path(__file__).parent), str(HARVEST.parent)]
from mail_server import MailServer, served  # noqa: E402 - lies beside

_fixtures = runpy.run_path(str(HARVEST))

agency = _fixtures["agency"]
allow_source = _fixtures["allow_source"]
apply_source = _fixtures["apply_source"]
command = _fixtures["command"]
harvest = _fixtures["harvest"]
server = _fixtures["server"]
source = _fixtures["source"]


@pytest.fixture
def mail(ckan_config: Any) -> Iterator[MailServer]:
    """Return a mail server that the portal uses."""
    yield from served(ckan_config)


@pytest.fixture
def member(agency: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Return a function that makes a member of the agency."""

    def make(capacity: str = "admin", **values: Any) -> dict[str, Any]:
        user = factories.User(**values)
        site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        tk.get_action("organization_member_create")(
            {"ignore_auth": True, "user": site},
            {"id": agency["id"], "username": user["name"], "role": capacity},
        )
        return user

    return make


@pytest.fixture
def happen(agency: dict[str, Any]) -> Callable[..., None]:
    """Return a function that writes events of a source into the outbox."""

    def write(kind: str, source_id: str, times: int = 1, **payload: Any) -> None:
        one = outbox.Event(kind=kind, source_id=source_id, organization_id=agency["id"], payload=payload)
        outbox.emit_many([one] * times)
        model.Session.commit()

    return write
