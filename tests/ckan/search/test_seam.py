"""The patch at CKAN's seam, and what CKAN's own pages and commands get from it."""

from __future__ import annotations

import ckan.lib.search as search
import pysolr
import pytest
from ckan import model
from ckan.tests import factories, helpers

from ckanext.jambi.search import schema, seam
from ckanext.jambi.search.engine import PostgresConnection

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_search jambi"),
    pytest.mark.ckan_config("ckan.auth.create_unowned_dataset", "true"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def test_sr01_the_engine_is_chosen_at_each_call(ckan_config) -> None:
    assert isinstance(search.make_connection(), PostgresConnection)
    ckan_config["ckanext.jambi.search.engine"] = "solr"
    assert isinstance(search.make_connection(), pysolr.Solr)
    assert isinstance(search.index.make_connection(), pysolr.Solr)


def test_contract_nobody_is_asked_for_a_schema() -> None:
    assert search.check_solr_schema_version() is True


def test_contract_installing_twice_changes_nothing() -> None:
    before = search.make_connection
    seam.install()
    assert search.make_connection is before


def test_contract_a_search_before_the_session_is_bound_finds_nothing(monkeypatch) -> None:
    monkeypatch.setattr(model.meta, "engine", None)
    assert search.is_available()
    assert PostgresConnection().search(q="*:*", rows=1).hits == 0


def test_contract_results_have_solr_s_shape() -> None:
    PostgresConnection().add(
        [{"index_id": "1", "id": "1", "name": "a", "tags": ["x"], "private": False}], commit=True
    )
    results = PostgresConnection().search("*:*", facet="true", fl="*", start=0)
    assert isinstance(results, pysolr.Results)
    assert len(results) == results.hits == 1
    (document,) = results
    assert {"index_id": "1", "id": "1", "name": "a", "tags": ["x"]}.items() <= document.items()
    assert "private" not in document
    assert results.raw_response["response"]["numFound"] == 1


def test_contract_asked_facet_fields_are_keys_even_when_empty() -> None:
    results = PostgresConnection().search(
        "*:*", facet="true", **{"facet.field": ["tags", "none"], "facet.mincount": 1}
    )
    assert results.facets["facet_fields"] == {"tags": [], "none": []}


def test_sr08_private_datasets_show_nowhere(app) -> None:
    organization = factories.Organization()
    factories.Dataset(
        private=True, title="Rahasia negara", owner_org=organization["id"], tags=[{"name": "rahasia"}]
    )
    factories.Dataset(title="Terbuka", owner_org=organization["id"])
    reader = {"user": factories.User()["name"], "ignore_auth": False}
    for query in ("rahasia", "title:rah*", "rahasya~", "tags:*", "*:*"):
        result = helpers.call_action(
            "package_search",
            dict(reader),
            q=query,
            include_private=True,
            **{"facet.field": ["tags", "organization"]},
        )
        assert all("Rahasia" not in each["title"] for each in result["results"])
        assert result["facets"].get("tags", {}) == {}
    assert helpers.call_action("package_autocomplete", dict(reader), q="rahasia") == []


def test_sr08_a_member_sees_the_private_datasets_of_the_organization() -> None:
    user = factories.User()
    organization = factories.Organization(users=[{"name": user["name"], "capacity": "member"}])
    factories.Dataset(private=True, name="rahasia", owner_org=organization["id"])
    result = helpers.call_action(
        "package_search", {"user": user["name"], "ignore_auth": False}, q="*:*", include_private=True
    )
    assert [each["name"] for each in result["results"]] == ["rahasia"]


def test_sr05_words_are_found_in_any_form_and_the_exact_one_first() -> None:
    factories.Dataset(name="bentuk", title="Perumahan kota")
    factories.Dataset(name="tepat", title="Rumah kota")
    names = [each["name"] for each in helpers.call_action("package_search", q="rumah")["results"]]
    assert names == ["tepat", "bentuk"]


def test_sr06_title_before_tags_before_description() -> None:
    factories.Dataset(name="in-notes", notes="Data pasar")
    factories.Dataset(name="in-tags", tags=[{"name": "pasar"}])
    factories.Dataset(name="in-title", title="Pasar")
    names = [each["name"] for each in helpers.call_action("package_search", q="pasar")["results"]]
    assert names == ["in-title", "in-tags", "in-notes"]


def test_sr07_autocomplete_finds_parts_of_titles_and_names() -> None:
    factories.Dataset(name="air-2024", title="Pelanggan Air Bersih")
    for typed in ("ersi", "AIR", "air-20"):
        found = helpers.call_action("package_autocomplete", q=typed)
        assert [each["name"] for each in found] == ["air-2024"]


@pytest.mark.parametrize("command", [["search-index", "rebuild", "-q"], ["search-index", "check"]])
def test_sr10_ckan_s_own_commands_work(cli, command: list[str]) -> None:
    from ckan.cli.cli import ckan

    factories.Dataset()
    result = cli.invoke(ckan, command)
    assert not result.exit_code, result.output


def test_migration_and_missing_tables_are_one_definition() -> None:
    connection = model.Session.connection()
    names = set(
        connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'jambi_search%%'"
        ).scalars()
    )
    assert names - {"jambi_search_alembic_version"} == set(schema.TABLES)
