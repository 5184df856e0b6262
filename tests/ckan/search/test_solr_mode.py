"""With `ckanext.jambi.search.engine = solr` CKAN's own search code works against real Solr 9."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import solr_server
from ckan.lib.search import check_solr_schema_version
from ckan.tests import factories, helpers

pytestmark = [
    pytest.mark.skipif(
        bool(solr_server.missing()), reason=f"real Solr needs {solr_server.missing()}, which is not here"
    ),
    pytest.mark.ckan_config("ckan.plugins", "jambi_search jambi"),
    pytest.mark.ckan_config("ckan.auth.create_unowned_dataset", "true"),
    pytest.mark.ckan_config("ckanext.jambi.search.engine", "solr"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def solr(ckan_config: Any) -> Iterator[None]:
    """Run Solr and let CKAN know its address."""
    with solr_server.running() as server:
        ckan_config["solr_url"] = server.url
        yield


def test_solr_mode_finds_what_was_written(solr: None) -> None:
    assert check_solr_schema_version() is True
    factories.Dataset(title="Harga Bahan Pokok", name="harga-bahan-pokok")
    factories.Dataset(title="Jumlah Penduduk", name="jumlah-penduduk")
    found = helpers.call_action("package_search", q="harga", **{"facet.field": ["license_id"]})
    assert [one["name"] for one in found["results"]] == ["harga-bahan-pokok"]
    helpers.call_action("package_delete", id="harga-bahan-pokok")
    assert helpers.call_action("package_search", q="harga")["count"] == 0
