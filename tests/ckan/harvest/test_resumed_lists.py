"""HV07: a run that is killed while it reads its list goes on behind the pages that it had committed."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from typing import Any

import persons
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, count, shown
from paged_list import PAGES, PAGINATORS, PER_PAGE, Site, Town, definition, site_definition
from processes import fork

from ckanext.jambi.harvest import gather, queue
from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def town(source: Any, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Return a list; each of its pages is committed as it comes."""
    monkeypatch.setattr(gather, "BATCH_RECORDS", PER_PAGE)
    monkeypatch.setattr(gather, "PLACE_RECORDS", PER_PAGE)
    return Town(source)


@pytest.fixture
def site(town: Town, source: Any) -> Site:
    """Return the list as another CKAN site shows it."""
    return Site(source)


@pytest.fixture
def killed(app: Any, town: Town) -> Callable[..., str]:
    """Return a function that starts a run and kills its worker when it asks for a page."""

    def kill(source_id: str, page: int, town: Town = town) -> str:
        with model.meta.engine.begin() as connection:
            run_id = queue.enqueue(connection, source_id, "timer", mode="complete")
        town.kills = page
        town.victim = fork(lambda: _work(app, town, run_id))
        child = town.victim
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        return run_id

    return kill


def _work(app: Any, town: Town, run_id: str) -> None:
    Worker(app.flask_app, owner="struck").run_next(run_id)


@pytest.mark.parametrize("paginator", PAGINATORS)
def test_hv07_pages_that_were_committed_are_not_asked_for_again(
    source: Any, apply_source: Any, harvest: Any, killed: Any, town: Town, app: Any, paginator: str
) -> None:
    source_id = apply_source(definition(source, paginator))
    assert harvest(source_id)["state"] == "succeeded"
    town.titles["id-0"] = "Judul lain"
    del town.titles["id-5"], town.titles["id-6"]
    town.titles |= {"baru-1": "Judul baru", "baru-2": "Judul lebih baru"}
    town.asked.clear()
    run_id = killed(source_id, 4)
    assert town.asked == [1, 2, 3, 4]
    town.asked.clear()
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    run = shown(run_id)
    assert town.asked == [4, 5]
    counts = ("state", "complete", "seen", "new", "changed", "unchanged", "vanished", "pages", "requests")
    assert tuple(run[name] for name in counts) == ("succeeded", True, 20, 2, 1, 17, 2, 5, 5)
    assert count("jambi_harvest_attempt", f"run_id = '{run_id}'") == 5
    assert count("package", "type = 'dataset' AND state = 'active'") == 22
    assert count("jambi_harvest_place") == 0


@pytest.mark.parametrize("page", range(1, PAGES + 1))
def test_hv07_killed_at_any_page_a_list_is_as_proven_as_a_whole_one(
    source: Any, apply_source: Any, killed: Any, town: Town, app: Any, page: int
) -> None:
    source_id = apply_source(definition(source, "offset"))
    run_id = killed(source_id, page)
    town.asked.clear()
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    assert town.asked == list(range(page, PAGES + 1))
    assert (shown(run_id)["complete"], shown(run_id)["seen"], shown(run_id)["new"]) == (True, 20, 20)
    assert count("package", "type = 'dataset'") == 20


def test_hv07_other_ckan_site_is_read_behind_the_pages_that_were_committed(
    source: Any, apply_source: Any, harvest: Any, killed: Any, site: Site, app: Any
) -> None:
    source_id = apply_source(site_definition(source))
    assert harvest(source_id)["state"] == "succeeded"
    site.titles["id-0"] = "Judul lain"
    run_id = killed(source_id, 4, site)
    site.asked.clear()
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    run = shown(run_id)
    assert site.asked == [0, 4, 5]
    counts = ("state", "complete", "seen", "new", "changed", "unchanged", "vanished", "pages")
    assert tuple(run[name] for name in counts) == ("succeeded", True, 20, 0, 1, 19, 0, 5)


def test_hv07_list_that_moved_while_a_worker_was_dead_begins_again(
    source: Any, apply_source: Any, killed: Any, site: Site, app: Any
) -> None:
    source_id = apply_source(site_definition(source))
    run_id = killed(source_id, 4, site)
    del site.titles["id-0"]
    site.titles["id-99"] = "Judul baru"
    site.asked.clear()
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    run = shown(run_id)
    assert site.asked == [0, 1, 2, 3, 4, 5]
    assert (run["state"], run["complete"], run["seen"], run["new"]) == ("succeeded", True, 20, 20)
    assert count("package", "type = 'dataset' AND title = 'Judul 0'") == 0


@pytest.mark.parametrize("personal", ["key", "cursor"])
def test_s28_place_that_names_a_person_is_not_kept(
    source: Any, apply_source: Any, killed: Any, town: Town, app: Any, personal: str
) -> None:
    nik = persons.nik(random.Random(7))
    if personal == "key":
        town.titles = {nik: "Judul", **town.titles}
    else:
        town.cursor = f"{nik}|{{}}"
    source_id = apply_source(definition(source, "cursor"))
    run_id = killed(source_id, 4)
    assert count("jambi_harvest_place") == 0
    town.asked.clear()
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    assert town.asked[:5] == [1, 2, 3, 4, 5]


def test_s17_list_that_grows_while_a_worker_is_dead_is_not_complete(
    source: Any, apply_source: Any, harvest: Any, killed: Any, town: Town, app: Any
) -> None:
    source_id = apply_source(definition(source, "offset"))
    harvest(source_id)
    run_id = killed(source_id, 4)
    town.titles["baru"] = "Judul baru"
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    assert (shown(run_id)["state"], shown(run_id)["complete"], shown(run_id)["vanished"]) == (
        "partial",
        False,
        0,
    )


def test_hv07_place_that_the_source_no_longer_knows_lets_the_list_begin_again(
    source: Any, apply_source: Any, killed: Any, town: Town, app: Any
) -> None:
    source_id = apply_source(definition(source, "cursor"))
    run_id = killed(source_id, 4)
    town.asked.clear()
    town.status = 404
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    assert town.asked == [4, 1, 2, 3, 4, 5]
    assert (shown(run_id)["state"], shown(run_id)["seen"]) == ("succeeded", 20)


def test_hv07_list_of_another_definition_or_of_long_ago_begins_again(
    source: Any, apply_source: Any, killed: Any, town: Town, app: Any
) -> None:
    source_id = apply_source(definition(source))
    run_id = killed(source_id, 4)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_harvest_place SET kept_at = kept_at - interval '2 hours'"))
    town.asked.clear()
    Worker(app.flask_app, owner="resumed").run_next(run_id)
    assert town.asked == [1, 2, 3, 4, 5]
    assert shown(run_id)["state"] == "succeeded"
