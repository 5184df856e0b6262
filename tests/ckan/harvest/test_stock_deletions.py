"""P3 for harvesters that are not ours: many deletions wait for a decision, an empty list deletes nothing."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckanext.harvest.model import HarvestObjectError
from harvest_source import NOTES, PLUGINS, count
from stock_sites import CATALOGUE, rdf_catalogue

from ckanext.jambi.harvest import duties

REASON = "sudah diperiksa bersama pemilik data"
ACTIVE = "type = 'dataset' AND state = 'active'"
BURIED = "tombstone_until IS NOT NULL"

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"{PLUGINS} uji_harvester dcat_rdf_harvester"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def call(name: str, **data: Any) -> Any:
    return tk.get_action(name)({"user": factories.Sysadmin()["name"]}, data)


def pass_a_week() -> None:
    """Let the tombstones be a week older."""
    with model.meta.engine.begin() as connection:
        columns = ("missing_since", "tombstone_until")
        older = ", ".join(f"{name} = {name} - interval '7 days'" for name in columns)
        connection.execute(sa.text(f"UPDATE jambi_harvest_record SET {older}"))


def held(source_id: str) -> list[tuple[str, str]]:
    """Return reason and state of the quarantines of a source, newest first."""
    return [(one["reason"], one["state"]) for one in call("jambi_quarantine_list", source_id=source_id)]


def decide(source_id: str, decision: str) -> None:
    [found] = [one for one in call("jambi_quarantine_list", source_id=source_id) if one["state"] == "open"]
    shown = call("jambi_quarantine_show", id=found["id"])
    assert shown["approvable"]
    decided = {"decision": decision, "change_hash": shown["change_hash"], "note": REASON}
    call("jambi_quarantine_decide", id=found["id"], **decided)


@pytest.fixture
def catalogue(source: Any, allow_source: None, make_stock: Any, harvest_stock: Any) -> Any:
    """Return the id of a source that ckanext-dcat's harvester has read; it listed eight datasets."""
    source.answers[CATALOGUE] = rdf_catalogue(*range(8))
    source_id = make_stock("dcat_rdf", f"{source.url}{CATALOGUE}")
    assert harvest_stock(source_id)["new"] == 8
    return source_id


def test_p03_few_datasets_that_vanish_get_tombstones(source: Any, catalogue: str, harvest_stock: Any) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(*range(6))
    run = harvest_stock(catalogue)

    assert (run["state"], run["vanished"], run["held"]) == ("succeeded", 2, 0)
    assert count("harvest_object", "report_status = 'deleted'") == 2
    assert held(catalogue) == []
    assert (count("package", ACTIVE), count("jambi_harvest_record", BURIED)) == (8, 2)
    assert count("jambi_event", "kind = 'dataset.tombstoned' AND payload ? 'until'") == 2
    duties.bury()
    assert count("package", ACTIVE) == 8
    pass_a_week()
    duties.bury()
    assert (count("package", ACTIVE), count("jambi_harvest_record")) == (6, 0)


def test_p03_what_is_listed_again_or_restored_loses_its_tombstone(
    source: Any, catalogue: str, harvest_stock: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(*range(5))
    harvest_stock(catalogue)
    kept, *_ = [one for one in call("jambi_record_list", source_id=catalogue) if one["missing_since"]]
    call("jambi_record_restore", source_id=catalogue, guid=kept["guid"])
    assert count("jambi_harvest_record", BURIED) == 2
    source.answers[CATALOGUE] = rdf_catalogue(*range(8))
    assert harvest_stock(catalogue)["state"] == "succeeded"

    assert count("jambi_harvest_record") == 0
    pass_a_week()
    duties.bury()
    assert count("package", ACTIVE) == 8


def test_p03_many_deletions_are_held_and_the_rest_goes_on(
    source: Any, catalogue: str, harvest_stock: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(0, 1, 2, 9, notes=f"{NOTES} Baru.")
    run = harvest_stock(catalogue)

    assert (run["state"], run["new"], run["changed"]) == ("quarantined", 1, 3)
    assert (run["vanished"], run["failed"], run["held"]) == (0, 5, 5)
    assert count("package", ACTIVE) == 9
    [found] = call("jambi_quarantine_list", source_id=catalogue)
    assert (found["reason"], found["state"]) == ("mass_deletion", "open")
    assert (found["summary"]["gone"], found["summary"]["live"]) == (5, 8)
    shown = call("jambi_quarantine_show", id=found["id"])
    assert shown["counts"] == {"vanished": 5}
    assert {one["title"] for one in shown["changes"]} == {f"Kunjungan RDF {number}" for number in range(3, 8)}
    assert all("Held: too many" in one.message for one in model.Session.query(HarvestObjectError))


def test_hv26_approved_deletions_are_carried_out_but_for_what_came_back(
    source: Any, catalogue: str, harvest_stock: Any, work_off: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(0, 1, 2)
    harvest_stock(catalogue)
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE harvest_object SET current = true, gathered = now() + interval '1 minute' WHERE id ="
                " (SELECT id FROM harvest_object WHERE package_id ="
                " (SELECT id FROM package WHERE title = 'Kunjungan RDF 7') LIMIT 1)"
            )
        )
    decide(catalogue, "approve")

    assert work_off() == ["succeeded"]
    assert count("jambi_harvest_record", BURIED) == 4
    pass_a_week()
    duties.bury()
    assert count("package", ACTIVE) == 4
    assert count("package", "title = 'Kunjungan RDF 7' AND state = 'active'") == 1
    assert count("jambi_harvest_run", "trigger = 'decision' AND vanished = 4") == 1
    assert count("jambi_harvest_incoming") == 0


def test_hv26_rejected_deletions_are_not_asked_about_again(
    source: Any, catalogue: str, harvest_stock: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(0, 1, 2)
    harvest_stock(catalogue)
    decide(catalogue, "reject")
    again = harvest_stock(catalogue)

    assert (again["state"], count("package", ACTIVE)) == ("quarantined", 8)
    assert held(catalogue) == [("mass_deletion", "rejected")]


def test_hv26_list_that_is_whole_again_settles_what_was_held(
    source: Any, catalogue: str, harvest_stock: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(0, 1, 2)
    harvest_stock(catalogue)
    source.answers[CATALOGUE] = rdf_catalogue(*range(8))
    harvest_stock(catalogue)

    assert held(catalogue) == [("mass_deletion", "superseded")]
    assert count("package", ACTIVE) == 8


def test_p03_deletions_of_a_week_are_summed(source: Any, catalogue: str, harvest_stock: Any) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(*range(6))
    harvest_stock(catalogue)
    source.answers[CATALOGUE] = rdf_catalogue(*range(4))

    assert harvest_stock(catalogue)["state"] == "quarantined"
    assert (count("package", ACTIVE), count("jambi_harvest_record", BURIED)) == (8, 2)


def test_s07_empty_catalogue_deletes_nothing_however_small_the_source(
    source: Any, allow_source: None, make_stock: Any, harvest_stock: Any
) -> None:
    source.answers[CATALOGUE] = rdf_catalogue(0, 1)
    source_id = make_stock("dcat_rdf", f"{source.url}{CATALOGUE}")
    harvest_stock(source_id)
    source.answers[CATALOGUE] = rdf_catalogue()

    assert harvest_stock(source_id)["state"] == "quarantined"
    assert held(source_id) == [("empty", "open")]
    assert count("package", ACTIVE) == 2


def configure(source_id: str, **over: Any) -> None:
    """Change the config of a source of the test harvester."""
    with model.meta.engine.begin() as connection:
        query = sa.text("SELECT config FROM harvest_source WHERE id = :id")
        config = json.loads(connection.scalar(query, {"id": source_id}) or "{}") | over
        statement = sa.text("UPDATE harvest_source SET config = :config WHERE id = :id")
        connection.execute(statement, {"config": json.dumps(config), "id": source_id})


@pytest.mark.parametrize("way", ["delete", "purge", "patch"])
def test_p03_whatever_way_a_harvester_deletes_it_is_judged(
    make_stock: Any, harvest_stock: Any, way: str
) -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    source_id = make_stock(names=names)
    harvest_stock(source_id)
    listed = dict.fromkeys(names, "unchanged")
    configure(source_id, traps=listed | dict.fromkeys(names[:4], way))

    assert harvest_stock(source_id)["state"] == "quarantined"
    assert held(source_id) == [("mass_deletion", "open")]
    assert count("package", ACTIVE) == 6
    configure(source_id, traps=listed | dict.fromkeys(names[:2], way))
    for _ in range(2):  # asked for again, it is the same tombstone
        assert harvest_stock(source_id)["vanished"] == 2
        assert (count("package", ACTIVE), count("jambi_harvest_record", BURIED)) == (6, 2)
        pass_a_week()
    duties.bury()
    assert count("package", ACTIVE) == 4


def test_s17_list_with_an_error_deletes_nothing(make_stock: Any, harvest_stock: Any) -> None:
    source_id = make_stock(names=["a", "b"])
    harvest_stock(source_id)
    configure(source_id, names=["a"], traps={"a": "delete"}, gather="err")
    run = harvest_stock(source_id)

    assert (run["state"], run["vanished"], run["held"]) == ("partial", 0, 0)
    assert count("package", ACTIVE) == 2
    assert [one.message for one in model.Session.query(HarvestObjectError)] == [
        "Not deleted: the list was not read to its end without errors."
    ]
