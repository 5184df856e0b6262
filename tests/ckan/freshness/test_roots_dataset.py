"""The roots of the log are a public dataset, complete by the rules that hold for every dataset (F32)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.jambi.freshness.roots import making, publishing

pytestmark = [
    pytest.mark.ckan_config(
        "ckan.plugins",
        "jambi_freshness jambi_notices jambi_metadata jambi scheming_datasets scheming_organizations",
    ),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


def test_f32_roots_are_a_public_dataset_of_walidata(
    rules: None, portal_at: Callable, ckan_config, monkeypatch: pytest.MonkeyPatch, app
) -> None:
    owner = model.Group(name="diskominfo", title="Diskominfo", is_organization=True, type="organization")
    model.Session.add(owner)
    factories.User()
    model.Session.commit()
    portal_at(2)
    making.run()
    making.run()

    found = tk.get_action("package_show")({"ignore_auth": False, "user": ""}, {"id": publishing.NAME})
    assert (found["private"], found["state"], found["owner_org"]) == (False, "active", owner.id)
    assert found["resources"][0]["url"].endswith("/freshness/roots.csv")
    rows = list(csv.DictReader(io.StringIO(app.get("/freshness/roots.csv").body)))
    assert [row["tanggal"] for row in rows] == ["2026-09-01", "2026-09-02"]
    declared = [column["nama"] for column in found["resources"][0]["kamus_data"]]
    assert declared == [*rows[0]]


def test_f32_without_its_organization_there_is_no_dataset(rules: None, portal_at: Callable) -> None:
    portal_at(2)
    making.run()

    assert model.Package.get(publishing.NAME) is None
    assert len(making.stored()) == 2
