"""The actions of ckanext-harvest that write to the index and never commit (SR02)."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import helpers

from ckanext.jambi.search.engine import PostgresConnection

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_search jambi harvest ckan_harvester"),
    pytest.mark.ckan_config("ckan.auth.create_unowned_dataset", "true"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def source(sysadmin: dict) -> dict:
    return helpers.call_action(
        "harvest_source_create",
        {"user": sysadmin["name"]},
        name="sumber",
        title="S",
        url="http://127.0.0.1:9/x",
        source_type="ckan",
    )


def committed() -> set[str]:
    """Return the names of the documents after everything uncommitted has gone."""
    model.Session.remove()
    return set(model.Session.execute(sa.text("SELECT name FROM jambi_search_doc")).scalars())


def test_sr02_clearing_the_index_of_a_source_is_committed(source: dict) -> None:
    document = {"index_id": "1", "id": "1", "name": "isi", "harvest_source_id": source["id"]}
    PostgresConnection().add([{**document, "site_id": tk.config["ckan.site_id"]}])
    model.Session.commit()
    assert committed() == {"sumber", "isi"}
    helpers.call_action("harvest_source_index_clear", id=source["id"])
    assert committed() == {"sumber"}


def test_sr02_reindexing_a_source_is_committed(source: dict) -> None:
    model.Session.execute(sa.text("DELETE FROM jambi_search_doc"))
    model.Session.commit()
    helpers.call_action("harvest_source_reindex", id=source["id"])
    assert committed() == {"sumber"}
