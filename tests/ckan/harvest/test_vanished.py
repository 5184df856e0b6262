"""Records that vanish, come back, or change their name (harvesting.md 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, catalogue_definition, count

from ckanext.jambi import clock
from ckanext.jambi.harvest import duties

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def _site_user() -> str:
    return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]


def datasets() -> int:
    return count("package", "type = 'dataset' AND state = 'active'")


def test_catalogue_becomes_one_dataset_a_record(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    run = harvest(source_id)
    assert (run["state"], run["new"], run["error"]) == ("succeeded", 12, None)
    assert datasets() == 12
    assert count("resource", "state = 'active'") == 12
    again = harvest(source_id)
    assert again["state"] == "unchanged"


def test_s08_few_vanished_get_a_tombstone_and_stay_public(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(2, 12))
    run = harvest(source_id)
    assert (run["state"], run["vanished"]) == ("succeeded", 2)
    assert datasets() == 12
    assert count("jambi_harvest_record", "tombstone_until IS NOT NULL") == 2
    hidden = count("package", "type = 'dataset' AND private")
    assert count("jambi_event", "kind = 'dataset.tombstoned'") == 2
    assert count("jambi_event", "kind = 'dataset.tombstoned' AND public") == (0 if hidden else 2)


def test_record_that_comes_back_loses_its_tombstone(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(2, 12))
    harvest(source_id)
    listing(*range(12))
    run = harvest(source_id)
    assert (run["state"], run["changed"]) == ("succeeded", 2)
    assert count("jambi_harvest_record", "tombstone_until IS NOT NULL") == 0


def test_s08_many_vanished_are_held(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(6, 13))
    run = harvest(source_id)
    assert (run["state"], run["new"], run["held"]) == ("quarantined", 1, 6)
    assert datasets() == 13
    assert count("jambi_harvest_record", "tombstone_until IS NOT NULL") == 0
    assert count("jambi_harvest_quarantine", "state = 'open' AND reason = 'mass_deletion'") == 1


def test_p03_deletions_of_a_week_are_summed(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(2, 12))
    assert harvest(source_id)["state"] == "succeeded"
    listing(*range(4, 12))
    assert harvest(source_id)["state"] == "quarantined"
    assert count("jambi_harvest_record", "tombstone_until IS NOT NULL") == 2


def test_p03_short_grace_does_not_shorten_the_week(
    catalogue: Any,
    apply_source: Any,
    source: Any,
    harvest: Any,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    _, listing = catalogue
    guard = {"internal_target": "uji", "grace_days": 1}
    source_id = apply_source(catalogue_definition(source) | {"guard": guard})
    listing(*range(30))
    harvest(source_id)
    request.addfinalizer(lambda: clock.use(None))
    clock.use(tmp_path / "clock.json")
    states = []
    for day, left in ((0, 27), (2, 24), (4, 24), (9, 24)):
        clock.set_to(tmp_path / "clock.json", datetime.now(UTC) + timedelta(days=day))
        duties.bury()
        listing(*range(left))
        states.append(harvest(source_id, trigger="cli", mode="complete")["state"])
    assert states == ["succeeded", "quarantined", "quarantined", "succeeded"]
    assert datasets() == 27


def test_s08_dataset_that_was_purged_holds_up_no_other_tombstone(
    catalogue: Any, harvest: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(2, 12))
    harvest(source_id)
    with model.meta.engine.connect() as connection:
        query = "SELECT package_id FROM jambi_harvest_record WHERE missing_since IS NOT NULL ORDER BY guid"
        first = connection.scalar(sa.text(query))
    tk.get_action("dataset_purge")({"ignore_auth": True, "user": _site_user()}, {"id": first})
    request.addfinalizer(lambda: clock.use(None))
    clock.set_to(tmp_path / "clock.json", datetime.now(UTC) + timedelta(days=8))
    clock.use(tmp_path / "clock.json")
    duties.bury()
    assert count("package", "type = 'dataset' AND state = 'deleted'") == 1
    assert count("jambi_harvest_record") == 10


def test_cleared_source_comes_again_whole(catalogue: Any, harvest: Any, admin: str, editor: str) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("harvest_source_clear")({"user": editor}, {"id": source_id})
    model.Session.rollback()
    tk.get_action("harvest_source_clear")({"user": admin, "model": model}, {"id": source_id})
    assert (datasets(), count("jambi_harvest_record")) == (0, 0)
    run = harvest(source_id)
    assert (run["state"], run["new"]) == ("succeeded", 12)
    assert datasets() == 12


def test_hv26_newer_run_supersedes_an_open_quarantine(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    for last in (7, 8):
        listing(*range(last, 12))
        harvest(source_id)
    assert count("jambi_harvest_quarantine", "state = 'open'") == 1
    assert count("jambi_harvest_quarantine", "state = 'superseded'") == 1


def test_s19_equal_content_under_another_id_is_held(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(1, 12), baru="0")
    run = harvest(source_id)
    assert run["state"] == "quarantined"
    assert datasets() == 12
    assert count("jambi_harvest_quarantine", "reason = 'possible_rename'") == 1


def test_tombstone_that_ends_deletes_the_dataset(
    catalogue: Any, harvest: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source_id, listing = catalogue
    listing(*range(12))
    harvest(source_id)
    listing(*range(1, 12))
    harvest(source_id)
    duties.bury()
    assert datasets() == 12
    request.addfinalizer(lambda: clock.use(None))
    clock.set_to(tmp_path / "clock.json", datetime.now(UTC) + timedelta(days=8))
    clock.use(tmp_path / "clock.json")
    duties.bury()
    assert datasets() == 11
    assert count("package", "type = 'dataset' AND state = 'deleted'") == 1
    listing(*range(12))
    run = harvest(source_id)
    assert run["state"] == "succeeded"
    assert datasets() == 12


def test_s18_doubled_ids_make_one_dataset(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(1, 2, **{"ID-1": "1"})
    harvest(source_id)
    assert datasets() == 2


def test_hv22_datasets_of_a_source_keep_their_ids(catalogue: Any, harvest: Any) -> None:
    source_id, listing = catalogue
    listing(1)
    harvest(source_id)
    [before] = model.Session.query(model.Package).filter_by(type="dataset").all()
    tk.get_action("package_patch")(
        {"ignore_auth": True, "user": _site_user()}, {"id": before.id, "catatan_mutu": "Diperiksa walidata."}
    )
    listing(1)
    harvest(source_id, mode="complete")
    shown = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": before.id})
    assert shown["catatan_mutu"] == "Diperiksa walidata."
