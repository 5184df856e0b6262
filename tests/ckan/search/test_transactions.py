"""The search row lives and dies with the transaction of its dataset (SR02); a second connection watches."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator

import ckan.lib.search as search
import ckan.plugins.toolkit as tk
import pysolr
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers
from counting import statements

from ckanext.jambi.search import batch, document, drift, session, writer
from ckanext.jambi.search.engine import PostgresConnection

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_search jambi"),
    pytest.mark.ckan_config("ckan.auth.create_unowned_dataset", "true"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def seen_outside() -> Iterator[Callable[[], set[str]]]:
    """Return what another connection sees of the index: the names of its documents."""
    engine = sa.create_engine(tk.config["sqlalchemy.url"], poolclass=sa.pool.NullPool)

    def names() -> set[str]:
        with engine.connect() as connection:
            return set(connection.exec_driver_sql("SELECT name FROM jambi_search_doc").scalars())

    yield names
    engine.dispose()


def no_differences() -> bool:
    return [str(each) for each in drift.differences()] == []


def found(**params: object) -> list[str]:
    return [each["name"] for each in helpers.call_action("package_search", rows=100, **params)["results"]]


def test_sr02_a_dataset_is_found_once_it_is_committed(seen_outside) -> None:
    dataset = factories.Dataset(title="Air bersih")
    assert seen_outside() == {dataset["name"]}
    assert found(q="air") == [dataset["name"]]
    assert no_differences()


def test_sr02_a_rollback_takes_the_document_along(seen_outside, monkeypatch) -> None:
    factories.Dataset(name="stays")
    monkeypatch.setattr(model.repo, "commit", model.Session.rollback)
    helpers.call_action("package_create", name="goes")
    model.Session.rollback()
    assert seen_outside() == {"stays"}
    assert found(q="*:*") == ["stays"]
    assert no_differences()


def test_sr02_an_uncommitted_document_is_found_in_its_own_transaction_only(seen_outside) -> None:
    PostgresConnection().add([{"index_id": "1", "id": "1", "name": "own"}])
    assert PostgresConnection().search("name:own").hits == 1
    assert seen_outside() == set()
    model.Session.rollback()
    assert PostgresConnection().search("name:own").hits == 0


def test_sr02_an_update_replaces_and_a_purge_removes(seen_outside) -> None:
    dataset = factories.Dataset(title="Lama", tags=[{"name": "satu"}])
    helpers.call_action("package_patch", id=dataset["id"], title="Baru", tags=[{"name": "dua"}])
    assert found(q="lama") == []
    assert found(fq="tags:dua") == [dataset["name"]]
    helpers.call_action("dataset_purge", id=dataset["id"])
    assert seen_outside() == set()
    assert no_differences()


def test_sr02_a_deleted_tag_leaves_the_index_for_good() -> None:
    dataset = factories.Dataset(tags=[{"name": "usang"}])
    helpers.call_action("tag_delete", id="usang")
    model.Session.remove()
    assert found(fq="tags:usang") == []
    assert found(q="*:*") == [dataset["name"]]
    assert no_differences()


def test_sr02_clearing_one_dataset_by_the_command_is_committed(seen_outside) -> None:
    dataset = factories.Dataset()
    search.clear(dataset["name"])
    model.Session.remove()
    assert seen_outside() == set()


def test_sr02_a_renamed_organization_reindexes_its_datasets() -> None:
    organization = factories.Organization(name="lama", title="Lama")
    dataset = factories.Dataset(owner_org=organization["id"])
    helpers.call_action("organization_patch", id=organization["id"], name="baru", title="Baru")
    assert found(fq="organization:baru") == [dataset["name"]]
    assert helpers.call_action("package_show", id=dataset["id"])["organization"]["title"] == "Baru"
    assert no_differences()


def test_sr02_a_renamed_group_reindexes_its_datasets() -> None:
    group = factories.Group(name="lama")
    dataset = factories.Dataset(groups=[{"id": group["id"]}])
    helpers.call_action("group_patch", id=group["id"], name="baru")
    assert found(fq="groups:baru") == [dataset["name"]]
    assert no_differences()


def test_sr02_an_engine_error_leaves_ckan_s_transaction_usable() -> None:
    factories.Dataset(name="first")
    with pytest.raises(pysolr.SolrError):
        PostgresConnection().search("a:b:c")
    with pytest.raises(pysolr.SolrError):
        PostgresConnection().search('metadata_modified:"9999-12-31T23:59:59Z+1YEAR"')
    factories.Dataset(name="second")
    assert set(found(q="*:*")) == {"first", "second"}


def test_contract_after_a_raw_commit_the_engine_opens_a_transaction_again(seen_outside) -> None:
    model.Session.execute(sa.text("BEGIN; SELECT 1; COMMIT;"))
    PostgresConnection().add([{"index_id": "1", "id": "1", "name": "after"}])
    assert seen_outside() == set()
    model.Session.commit()
    assert seen_outside() == {"after"}


def test_contract_a_commit_inside_a_nested_transaction_is_left_to_ckan(seen_outside) -> None:
    with model.Session.begin_nested():
        PostgresConnection().add([{"index_id": "1", "id": "1", "name": "inner"}])
        PostgresConnection().commit()
    assert seen_outside() == set()
    model.Session.commit()
    assert seen_outside() == {"inner"}


def test_contract_dropped_tables_are_made_again() -> None:
    from ckanext.jambi.search import schema

    for table in schema.TABLES:
        model.Session.execute(sa.text(f"DROP TABLE {table}"))
    model.Session.commit()
    assert PostgresConnection().search("*:*").hits == 0
    PostgresConnection().add([{"index_id": "1", "id": "1", "name": "again"}])
    assert PostgresConnection().search("*:*").hits == 1


def test_batch_writes_at_the_flush_and_looks_its_own_documents_up(seen_outside) -> None:
    with batch.collect() as buffer:
        one = factories.Dataset(name="one", title="Satu")
        mark = buffer.mark()
        factories.Dataset(name="two")
        assert helpers.call_action("package_show", id="one")["title"] == "Satu"
        assert helpers.call_action("package_show", id=one["id"])["name"] == "one"
        assert seen_outside() == set()
        buffer.rollback_to(mark)
        buffer.flush()
    model.Session.commit()
    assert seen_outside() == {"one"}


def _add_and_fail() -> None:
    PostgresConnection().add([{"index_id": "1", "id": "1", "name": "lost"}])
    PostgresConnection().add([{"id": "without a key"}])


def test_batch_that_fails_writes_nothing(seen_outside) -> None:
    with pytest.raises(pysolr.SolrError), batch.collect():
        _add_and_fail()
    model.Session.commit()
    assert seen_outside() == set()


def test_batch_of_many_writes_takes_few_statements() -> None:
    with statements() as asked, batch.collect():
        PostgresConnection().add(
            [{"index_id": str(n), "id": str(n), "name": f"d{n}", "tags": [f"t{n}"]} for n in range(50)]
        )
    model.Session.rollback()
    assert len(asked) <= 14


def test_sr02_counters_are_summed_up_where_many_changes_wait() -> None:
    for number in range(3):
        PostgresConnection().add([{"index_id": "1", "id": "1", "name": "a", "tags": [f"t{number}"]}])
    rows = sa.text("SELECT count(*) FROM jambi_search_facet_delta")
    before = model.Session.scalar(rows)
    session.run(lambda connection: writer.compact(connection, most_waiting=before))
    assert model.Session.scalar(rows) == before
    session.run(lambda connection: writer.compact(connection, most_waiting=0))
    assert 0 < model.Session.scalar(rows) < before
    assert no_differences()


def test_sr02_writers_of_the_same_documents_never_miscount() -> None:
    """Threads update, delete and roll back the same few documents; the counters equal a recount."""
    url = tk.config["sqlalchemy.url"]
    errors: list[BaseException] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        for _ in range(40):
            number = str(rng.randint(0, 7))
            raw = {
                "index_id": number,
                "id": number,
                "tags": rng.sample(["a", "b", "c"], 2),
                "state": "active",
            }
            with engine.connect() as connection:
                try:
                    if rng.random() < 0.3:
                        sql = "SELECT docno FROM jambi_search_doc WHERE index_id = %(i)s"
                        writer.delete(
                            connection, list(connection.exec_driver_sql(sql, {"i": number}).scalars())
                        )
                    else:
                        writer.write(connection, [document.read(raw, strict=False)])
                except BaseException as err:  # noqa: BLE001 - the test reports it
                    errors.append(err)
                    return
                connection.commit() if rng.random() < 0.7 else connection.rollback()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert session.run(lambda c: c.exec_driver_sql(drift._COUNTERS).scalar_one()) == 0
    assert PostgresConnection().search("*:*").hits > 0
