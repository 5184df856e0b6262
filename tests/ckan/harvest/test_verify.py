"""`harvest verify` finds every way in which records, datasets, search rows and tables can differ."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckanext.datastore.backend.postgres import get_write_engine
from harvest_source import PLUGINS, member_of, shown

from ckanext.jambi.harvest import queue
from ckanext.jambi.harvest.cli import harvest as harvest_group
from ckanext.jambi.harvest.cli import source as source_group
from ckanext.jambi.harvest.cli_targets import targets

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]
WHY = "Sudah diperiksa dengan pengelola sumber."


@pytest.fixture
def harvested(source: Any, apply_source: Any, harvest: Any) -> str:
    """Return the id of a source whose table of 30 rows is public."""
    source.csv(30)
    source_id = apply_source()
    assert harvest(source_id)["state"] == "succeeded"
    return source_id


def change(*statements: str) -> None:
    with model.meta.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def change_table(statement: str) -> None:
    with get_write_engine().begin() as connection:
        table = connection.scalar(
            sa.text("SELECT resource_id FROM jambi.jambi_load ORDER BY committed_at DESC LIMIT 1")
        )
        connection.execute(sa.text(statement.format(table=f'"{table}"')))


def test_verify_of_a_sound_portal_says_what_was_compared(harvested: str, command: Any) -> None:
    answer = command(harvest_group, "verify")
    assert (answer.exit_code, answer.output) == (0, "uji-kunjungan: 1 records, 1 datasets, 1 tables\n")
    found = json.loads(command(harvest_group, "verify", "uji-kunjungan", "--json").output)
    assert found["uji-kunjungan"]["differences"] == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE package SET state = 'deleted' WHERE type = 'dataset'", "is deleted"),
        ("UPDATE jambi_harvest_record SET package_id = 'hilang'", "does not exist"),
        ("UPDATE harvest_object SET current = false", "without a current harvest object"),
        ("DELETE FROM jambi_harvest_record", "without a record"),
        ("DELETE FROM jambi_search_doc", "search: "),
        ("UPDATE jambi_search_doc SET texts = '{}'", "search: "),
        ("UPDATE resource SET state = 'deleted'", "a table without its resource"),
        ("UPDATE jambi_harvest_load SET state = 'intended'", "never finished"),
    ],
)
def test_verify_names_what_differs(harvested: str, command: Any, statement: str, said: str) -> None:
    change(statement)
    answer = command(harvest_group, "verify", "uji-kunjungan")
    assert answer.exit_code == 1
    assert said in answer.output


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM {table} WHERE _id = 1", "29 rows, 30 after the last load"),
        ("UPDATE {table} SET kunjungan = kunjungan + 1 WHERE _id = 1", "not those that were loaded"),
        ("DROP TABLE {table} CASCADE", "the table is missing"),
    ],
)
def test_verify_reads_the_tables(harvested: str, command: Any, statement: str, said: str) -> None:
    change_table(statement)
    answer = command(harvest_group, "verify")
    assert (answer.exit_code, said in answer.output) == (1, True), answer.output


def test_verify_of_an_unknown_source_fails_by_name(command: Any) -> None:
    answer = command(harvest_group, "verify", "tidak-ada")
    assert (answer.exit_code, "tidak-ada" in answer.output) == (1, True)


def test_abort_ends_a_run_that_waits(harvested: str, command: Any) -> None:
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, harvested, "manual")
    assert command(harvest_group, "abort", run_id).output == f"{run_id}: aborted\n"
    assert shown(run_id)["state"] == "aborted"
    again = command(harvest_group, "abort", run_id)
    assert (again.exit_code, "ended already" in again.output) == (1, True)


def test_source_approve_is_by_a_reviewer_with_a_reason(
    apply_source: Any, command: Any, agency: dict[str, Any], ckan_config: Any
) -> None:
    ckan_config["ckanext.jambi.harvest.reviewing_organization"] = agency["name"]
    reviewer, other = member_of(agency["id"], "editor"), factories.User()["name"]
    apply_source(approve_by=None)
    [row] = json.loads(command(harvest_group, "status", "--json").output)
    given = ("approve", "uji-kunjungan", "--note", WHY, "--definition-hash", row["definition_hash"])
    assert command(source_group, *given, "--user", other).exit_code == 1
    assert command(source_group, *given, "--user", reviewer).output == "uji-kunjungan: approved\n"
    assert "already" in command(source_group, *given, "--user", reviewer).output


def test_target_add_list_remove(agency: dict[str, Any], command: Any) -> None:
    sysadmin = factories.Sysadmin()["name"]
    place = ("--host", "simpus.local", "--cidr", "10.1.2.3/32", "--port", "80", "--user", sysadmin)
    refused = command(targets, "add", "simpus", *place, "--reason", "uji")
    assert (refused.exit_code, "10" in refused.output) == (1, True)
    assert (
        command(targets, "add", "simpus", *place, "--reason", WHY, "--expires-at", "2099-01-01").exit_code
        == 0
    )
    assert (
        "2098-12-31T17:00" in command(targets, "list").output
        or "2099-01-01" in command(targets, "list").output
    )
    assert command(targets, "remove", "simpus", "--user", sysadmin).output == "simpus: removed\n"
    assert command(targets, "remove", "simpus", "--user", sysadmin).exit_code == 1
    assert json.loads(command(targets, "list", "--json").output) == []
