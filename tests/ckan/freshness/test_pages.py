"""Pages that show the Indeks Kemutakhiran: scoreboard, OPD, dataset, release calendar (F24, F49)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import adopting, file, ticking

CONFIG = Path(__file__).parents[3] / "config"

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture(autouse=True)
def rules(clean_db: None, portal_at: Any) -> None:
    for path in (CONFIG / "policy" / "v1.yaml", CONFIG / "calendar" / "v1.yaml"):
        adopting.adopt(path)
    model.Session.commit()


@pytest.fixture
def promise() -> Callable[..., None]:
    """Return what takes an item for a dataset into the Daftar Data."""

    def take(one: dict[str, Any], **values: Any) -> None:
        owner = model.Group.get(one["owner_org"]).name
        said = {"code": "A-1", "organization": owner, "title": "Judul butir", "frequency": "mingguan"}
        row = {**said, "weight": 1, "valid_from": "2026-01-01", "datasets": [one["name"]], **values}
        assert file.problems_of(row) == []
        adopting.put([file.complete(row)], "a reason")
        model.Session.commit()

    return take


@contextmanager
def statements() -> Iterator[list[str]]:
    """Gather what is asked of the database."""
    asked: list[str] = []

    def listen(*args: Any) -> None:
        asked.append(args[2])

    sa.event.listen(model.meta.engine, "before_cursor_execute", listen)
    yield asked
    sa.event.remove(model.meta.engine, "before_cursor_execute", listen)


def page(app: Any, path: str, **more: Any) -> BeautifulSoup:
    return BeautifulSoup(app.get(path, **more).body, "html.parser")


def board() -> dict[str, dict[str, Any]]:
    found = tk.get_action("jambi_freshness_leaderboard_list")({}, {})["results"]
    return {row["name"]: row for row in found}


def test_f49_the_board_ranks_by_the_index_that_the_organization_has(
    dataset, seen, portal_at, promise
) -> None:
    good, bad = dataset("mingguan", stored=True), dataset("mingguan", stored=True)
    promise(good)
    promise(bad, code="B-1")
    for day in (6, 13, 20):
        portal_at(day)
        observe([seen(good, f"{day}"), *([seen(bad, "x")] if day == 6 else [])])
    portal_at(21)
    ticking.run()
    portal_at(21.1)
    found = board()
    first, last = (found[model.Group.get(one["owner_org"]).name] for one in (good, bad))
    assert (first["rank"], last["rank"]) == (1, 2)
    ask = {
        "id": bad["owner_org"],
        "as_of": tk.get_action("jambi_freshness_leaderboard_list")({}, {})["index_as_of"],
    }
    assert last["index"] == tk.get_action("jambi_freshness_organization_show")({}, ask)["index"]


def test_f24_equal_indexes_share_a_rank_and_no_opd_has_none(dataset, seen, portal_at, promise) -> None:
    several = [dataset("mingguan", stored=True) for _ in range(2)]
    bumd = factories.Organization(extras=[{"key": "jenis_opd", "value": "bumd"}])
    several.append(dataset("mingguan", stored=True, owner_org=bumd["id"]))
    for number, one in enumerate(several):
        promise(one, code=f"A-{number}")
    portal_at(14)
    observe([seen(one, f"{number}") for number, one in enumerate(several)])
    portal_at(20)
    ranks = {name: row["rank"] for name, row in board().items()}
    assert sorted(ranks.values(), key=str) == [1, 1, None]
    assert ranks[bumd["name"]] is None


def test_g09_an_organization_that_publishes_nothing_of_its_promise_stands_on_the_board(
    dataset, portal_at, promise
) -> None:
    one = dataset("mingguan", stored=True, private=True)
    promise(one)
    portal_at(20)
    row = board()[model.Group.get(one["owner_org"]).name]
    assert (row["index"], row["datasets"], row["rank"]) == (0, 0, 1)


def test_f49_the_change_is_that_of_thirty_days(dataset, seen, portal_at, promise) -> None:
    one = dataset("mingguan", stored=True)
    promise(one)
    portal_at(6)
    observe([seen(one, "a")])
    portal_at(20)
    ticking.run()
    portal_at(20.1)
    assert board()[model.Group.get(one["owner_org"]).name]["change"] is None
    portal_at(60)
    ticking.run()
    portal_at(60.1)
    row = board()[model.Group.get(one["owner_org"]).name]
    old = [each["index"] for each in row["trend"] if each["month_old"]]
    assert row["change"] == round(row["index"] - old[-1], 6) < 0


def test_f49_the_scoreboard_shows_index_band_and_who_is_not_judged_yet(
    app, dataset, seen, portal_at, promise
) -> None:
    one, other = dataset("mingguan", stored=True), dataset("mingguan", stored=True)
    promise(one)
    promise(other, code="B-1", frequency="tahunan")
    portal_at(14)
    observe([seen(one, "a")])
    ticking.run()
    portal_at(15)
    found = page(app, "/kemutakhiran?sort=weakest")
    (row,) = found.select("table.jambi-stick tbody tr")
    assert row.select_one("[class*=jambi-band--]").text in ("Cukup", "Perlu perbaikan")
    assert row.a["href"].endswith(model.Group.get(one["owner_org"]).name)
    assert "per 16 September 2026" in found.main.text
    assert model.Group.get(other["owner_org"]).title in found.select_one("#papan").find_parent("section").text


def test_f49_without_any_index_the_scoreboard_says_when_there_will_be_one(app, dataset, promise) -> None:
    promise(dataset("mingguan", stored=True))
    found = page(app, "/kemutakhiran")
    assert "Belum ada OPD yang memiliki indeks" in found.select_one(".jambi-empty").text


def test_the_scoreboard_asks_the_database_no_more_often_for_more_organizations(
    app, dataset, seen, portal_at, promise
) -> None:
    def asked() -> int:
        with statements() as counted:
            app.get("/kemutakhiran")
        return len(counted)

    promise(dataset("mingguan", stored=True))
    portal_at(20)
    asked()
    few = asked()
    for number in range(6):
        promise(dataset("mingguan", stored=True), code=f"B-{number}")
    portal_at(40)
    asked()
    assert asked() == few
