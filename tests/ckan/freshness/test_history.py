"""The page of a dataset's freshness and the action behind it (F20, F50)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from counting import statements
from daftar import promise

from ckanext.jambi import clock
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import dataset_week
from ckanext.jambi.freshness.promises import datasets, ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


def timeline(one: dict[str, Any]) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_timeline_show")({}, {"id": one["id"]})


def state(one: dict[str, Any]) -> str:
    return tk.get_action("jambi_freshness_show")({}, {"id": one["id"]})["state"]


@pytest.fixture
def weekly(dataset, seen, portal_at) -> dict[str, Any]:
    """Return a dataset of which the first week came in time, the second late, and the third is owed."""
    one = dataset("mingguan", stored=True)
    promise(one)
    for day, content, last in ((13, "a", date(2026, 9, 13)), (26, "b", date(2026, 9, 20))):
        portal_at(day)
        observe([seen(one, content, period_end=last, row_count=12)])
        ticking.run()
    portal_at(29.5)
    ticking.run()
    return one


def test_f50_bands_are_the_states_that_were_shown_and_end_with_the_one_that_is(
    dataset, seen, portal_at
) -> None:
    one = dataset("mingguan", stored=True)
    promise(one)
    shown: dict[datetime, str] = {}
    for day in range(1, 60):
        portal_at(day + 0.3)
        if day in (13, 26, 40):
            end = clock.today().date() - timedelta(days=1)
            observe([seen(one, f"{day}", period_end=end)])
        ticking.run()
        shown[clock.now()] = state(one)
    bands = timeline(one)["bands"]
    for at, name in shown.items():
        found = [each for each in bands if each["from"] <= at.isoformat() < each["to"]] or bands[-1:]
        if at >= datetime.fromisoformat(bands[0]["from"]):
            assert found[0]["state"] == name, at
    assert bands[-1]["state"] == state(one)
    assert {each["state"] for each in bands} == {"fresh", "due", "overdue", "delinquent", "unknown"}


def test_f50_scores_are_those_of_each_weeks_end_and_rebuild_gives_the_same(weekly) -> None:
    before = timeline(weekly)["scores"]
    assert [each["day"] for each in before] == [
        "2026-09-20",
        "2026-09-27",
    ]  # the first item counts from the 14th
    ticking.rebuild()
    assert timeline(weekly)["scores"] == before


def test_f50_weeks_that_the_curve_shows_no_more_are_forgotten(weekly, portal_at) -> None:
    sunday, kept = date(2026, 10, 4), datasets.KEPT
    old = [sunday - kept, sunday - kept + timedelta(weeks=1)]
    rows = [{"package_id": weekly["id"], "day": day, "score": 1} for day in old]
    model.Session.execute(sa.insert(dataset_week), rows)
    portal_at(35)
    ticking.run()
    days = sorted(model.Session.scalars(sa.select(dataset_week.c.day)))
    assert [day for day in days if day.year < 2026] == old[1:]
    assert days[-1] == sunday
    assert timedelta(days=730) <= kept


def test_f50_obligations_and_evidence_name_their_rows(weekly) -> None:
    found = timeline(weekly)
    assert [each["outcome"] for each in found["obligations"]] == ["open", "open", "met_late", "met"]
    late = found["obligations"][2]
    newest = found["evidence"][0]
    assert (newest["seq"], newest["kind"], newest["rows"]) == (late["closing_seq"], "harvest_ok", 12)
    assert newest["credited"]


def test_f50_data_outside_the_daftar_data_has_states_and_no_score(dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    observe([seen(one, "a")])
    portal_at(16)
    found = timeline(one)
    assert [each["state"] for each in found["bands"]] == ["fresh", "due", "overdue"]
    assert (found["scores"], found["obligations"]) == ([], [])


def test_f50_the_page_shows_bands_with_their_table_evidence_and_obligations(app, weekly) -> None:
    found = BeautifulSoup(app.get(f"/dataset/{weekly['name']}/freshness").body, "html.parser")
    drawing = found.select_one("svg.jambi-statebar")
    rows = found.select("#keadaan ~ details tbody tr")
    assert len(drawing.select("rect")) == len(rows) == len(timeline(weekly)["bands"])
    assert drawing["aria-label"].startswith("Keadaan sejak")
    assert sum(float(each["width"][:-1]) for each in drawing.select("rect")) == pytest.approx(100, abs=0.1)
    evidence = found.select_one("#bukti").find_parent("section")
    assert "baris data berubah" in evidence.text
    assert "dihitung: isinya baru" in evidence.text
    assert all("/freshness/log/" in each["href"] for each in evidence.select("td a"))
    assert "21 Sep – 27 Sep 2026" in found.select_one("#wajib").find_parent("section").text
    assert found.select_one("#nilai") is not None


def test_f50_page_and_badge_lead_to_it(app, weekly) -> None:
    found = BeautifulSoup(app.get(f"/dataset/{weekly['name']}").body, "html.parser")
    assert found.select(f'.jambi-state a[href$="/dataset/{weekly["name"]}/freshness"]')


def test_f50_a_private_dataset_does_not_exist_for_strangers(app, dataset, seen) -> None:
    one = dataset("mingguan", private=True)
    observe([seen(one, "a")])
    model.Session.commit()
    path = f"/dataset/{one['name']}/freshness"
    assert app.get(path).status_code == 404
    assert app.get("/dataset/tidak-ada/freshness").status_code == 404
    context = {"user": factories.User()["name"]}
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("jambi_freshness_timeline_show")(context, {"id": one["id"]})
    admin = factories.SysadminWithToken()
    assert app.get(path, headers={"Authorization": admin["token"]}).status_code == 200


def test_f50_without_any_evidence_the_page_says_so(app, dataset) -> None:
    found = BeautifulSoup(app.get(f"/dataset/{dataset()['name']}/freshness").body, "html.parser")
    assert "Belum ada bukti isi yang masuk" in found.select_one("#bukti ~ .jambi-empty").text


def test_f50_longer_histories_cost_no_more_statements(weekly, seen, portal_at) -> None:
    def asked() -> int:
        with statements() as counted:
            timeline(weekly)
        return len(counted)

    few = asked()
    for day in range(30, 60, 3):
        portal_at(day)
        observe([seen(weekly, f"{day}", period_end=clock.today().date() - timedelta(days=1))])
    ticking.run()
    assert asked() == few <= 10
