"""A source publishes directly only where a reviewer has approved its very definition (HV22)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from harvest_source import PLUGINS, count, member_of, site_context

from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
WHY = "Kamus data dan kolomnya sudah diperiksa."
PUBLIC = "type = 'dataset' AND state = 'active' AND NOT private"


@pytest.fixture
def reviewer(agency: dict[str, Any]) -> str:
    """Return the name of an editor of the organization that reviews."""
    office = agency | {"name": "walidata", "title": "Walidata Kota Jambi", "singkatan": "Walidata"}
    for key in ("id", "users", "packages", "display_name"):
        office.pop(key, None)
    tk.get_action("organization_create")(site_context(), office)
    return member_of("walidata", "editor")


def _review_states() -> list[str]:
    found = tk.get_action("package_search")({"ignore_auth": True}, {"include_private": True})
    return [one["status_pemeriksaan"] for one in found["results"]]


def _approve(user: str, source_id: str, **over: Any) -> Any:
    shown = tk.get_action("jambi_source_show")({"user": user}, {"id": source_id})
    data = {"id": source_id, "definition_hash": shown["definition_hash"], "note": WHY}
    return tk.get_action("jambi_source_approve")({"user": user, "ignore_auth": False}, data | over)


def test_hv22_unapproved_source_makes_private_drafts(
    source: Any, apply_source: Any, harvest: Any, reviewer: str, app: Any
) -> None:
    source.csv(6)
    source_id = apply_source(approve_by=None)
    assert harvest(source_id)["state"] == "succeeded"
    assert count("package", PUBLIC) == 0
    assert _review_states() == ["draf"]
    assert _approve(reviewer, source_id)["changed"] is True
    assert Worker(app.flask_app, owner="uji").drain() == ["succeeded"]
    assert count("package", PUBLIC) == 1
    assert _review_states() == ["terbit"]
    assert _approve(reviewer, source_id)["changed"] is False


def test_hv22_changed_definition_needs_approval_anew(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(6)
    source_id = apply_source()
    harvest(source_id)
    assert count("package", PUBLIC) == 1
    apply_source(trigger={"every": "1h"}, approve_by=None)
    shown = tk.get_action("jambi_source_show")({"user": ""}, {"id": source_id})
    assert shown["approved"] is False


def test_hv22_only_reviewers_approve_and_only_what_they_saw(
    source: Any, apply_source: Any, reviewer: str
) -> None:
    source_id = apply_source(approve_by=None)
    with pytest.raises(tk.NotAuthorized):
        _approve(factories.User()["name"], source_id)
    with pytest.raises(tk.ValidationError, match="definition_hash"):
        _approve(reviewer, source_id, definition_hash="0" * 64)
    with pytest.raises(tk.ValidationError, match="note"):
        _approve(reviewer, source_id, note="ok")
