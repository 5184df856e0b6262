"""Pages that show the Indeks Kemutakhiran: scoreboard, OPD, dataset, release calendar (F24, F49)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import daftar
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from counting import statements
from icalendar import Calendar

from ckanext.jambi import clock
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking

CONFIG = Path(__file__).parents[3] / "config"

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


@pytest.fixture
def promise() -> Callable[..., str]:
    """Return what takes an item for a dataset into the Daftar Data."""
    return partial(daftar.promise, code="A-1", title="Judul butir")


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


def call(name: str, **asked: Any) -> Any:
    return tk.get_action(f"jambi_freshness_{name}")({}, asked)


def todo(organization_id: str) -> dict[str, Any]:
    asked = {"organization_id": organization_id}
    return tk.get_action("jambi_freshness_todo_list")({"ignore_auth": True}, asked)


def test_f51_the_page_of_an_opd_says_what_each_step_is_worth_and_it_comes_true(
    app, dataset, seen, portal_at, promise
) -> None:
    one, other = dataset("mingguan", stored=True), dataset("mingguan", stored=True)
    other["owner_org"] = one["owner_org"]
    promise(one, weight=2)
    promise(other, code="B-1")
    portal_at(7)
    observe([seen(one, "a"), seen(other, "b")])
    portal_at(39.9)
    ticking.run()
    portal_at(40)
    before = call("organization_show", id=one["owner_org"])["index"]
    steps = todo(one["owner_org"])["results"]
    (step,) = [each for each in steps if (each["code"], each["step"]) == ("A-1", "deliver")]
    path = f"/organization/{model.Group.get(one['owner_org']).name}"
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    found = page(app, path, headers=headers).select_one("#tindakan")
    assert "Kirim data semua periode yang telah berakhir" in found.find_parent("section").text
    observe([seen(one, "c")])
    ticking.run()
    after = call("organization_show", id=one["owner_org"])["index"]
    assert abs(after - before - step["gain"]) < 0.1


def test_f49_the_page_of_an_opd_shows_index_items_and_missed_obligations_with_their_proof(
    app, dataset, seen, portal_at, promise
) -> None:
    one = dataset("mingguan", stored=True)
    promise(one)
    portal_at(30)
    observe([seen(one, "a")])
    ticking.run()
    portal_at(30.1)
    found = page(app, f"/organization/{model.Group.get(one['owner_org']).name}")
    texts = {
        name: found.select_one(f"#{name}").find_parent("section").text
        for name in ("indeks", "butir", "wajib")
    }
    assert "peringkat 1 dari 1 OPD" in texts["indeks"]
    classes = found.select_one("#indeks").find_parent("section").select("tbody tr td")
    assert [each.text for each in classes][-10:].count("1") == 1
    assert "Judul butir" in texts["butir"]
    assert "Terpenuhi terlambat" in texts["wajib"]
    (seq,) = {row["closing_seq"] for row in call("obligation_list", outcome="met_late")["results"]}
    proof = found.select_one("#wajib").find_parent("section").find("a", string=f"baris {seq}")["href"]
    assert f"Baris {seq} log bukti" in page(app, proof).h1.text


def test_f24_an_item_that_is_not_open_gives_its_code_alone(app, dataset, seen, portal_at, promise) -> None:
    one = dataset("mingguan", stored=True, private=True, title="Judul rahasia", name="nama-rahasia")
    promise(one, access="terbatas", title="Judul rahasia")
    portal_at(7)
    observe([seen(one, "a")])
    portal_at(30)
    ticking.run()
    portal_at(30.1)
    organization = model.Group.get(one["owner_org"])
    assert call("organization_show", id=organization.id)["index"] > 0
    text = app.get(f"/organization/{organization.name}").body
    assert "A-1" in text
    assert "rahasia" not in text
    assert one["id"] not in text
    for asked in (
        todo(organization.id),
        call("obligation_list"),
        call("organization_show", id=organization.id),
    ):
        assert "rahasia" not in str(asked)
        assert one["id"] not in str(asked)


def test_f49_an_opd_without_any_item_has_no_index_on_its_page(app) -> None:
    found = page(app, f"/organization/{factories.Organization()['name']}")
    assert found.select_one("#indeks") is None


def test_a_row_of_the_log_that_is_not_there_is_not_found(app) -> None:
    app.get("/freshness/log/99999", status=404)


def test_f23_lost_points_and_score_are_a_hundred_and_name_rows_of_the_log(
    dataset, seen, portal_at, promise
) -> None:
    one, private = dataset("mingguan", stored=True), dataset("mingguan", private=True)
    private["owner_org"] = one["owner_org"]
    promise(one)
    promise(private, code="B-1")
    portal_at(7)
    observe([seen(one, "a")])
    portal_at(30)
    ticking.run()
    for row in call("organization_show", id=one["owner_org"])["scores"]:
        assert abs(sum(each["points"] for each in row["lost"]) + row["score"] - 100) < 0.001
        found = [
            call("observation_list", since_seq=each["seq"] - 1, limit=1)["results"][0] for each in row["lost"]
        ]
        kinds = [json.loads(each["payload"])["kind"] for each in found]
        assert kinds == (["harvest_ok", "facts", "facts"] if row["code"] == "A-1" else ["facts"] * 3)


def test_the_page_of_an_opd_asks_the_database_no_more_often_for_more_items(
    app, dataset, seen, portal_at, promise
) -> None:
    one = dataset("mingguan", stored=True)
    path = f"/organization/{model.Group.get(one['owner_org']).name}"

    def asked(day: float) -> int:
        portal_at(day)
        ticking.run()
        portal_at(day + 0.1)
        app.get(path)
        with statements() as counted:
            app.get(path)
        return len(counted)

    promise(one)
    few = asked(20)
    for number in range(5):
        more = dataset("mingguan", stored=True) | {"owner_org": one["owner_org"]}
        promise(more, code=f"B-{number}")
    assert asked(40) == few


def test_f48_the_page_of_a_dataset_judges_by_the_schedule_and_names_the_period(
    app, dataset, seen, portal_at, promise
) -> None:
    one, other = dataset("tahunan", stored=True), dataset("tahunan", stored=True)
    promise(one)
    portal_at(6)
    observe([seen(one, "a", period_end=date(2026, 9, 6)), seen(other, "a")])
    portal_at(13)
    observe([seen(one, "b", period_end=date(2026, 9, 13))])
    portal_at(30)
    ticking.run()
    found = page(app, f"/dataset/{one['name']}")
    (state,) = found.select(".jambi-state")
    assert "Terlambat" in state.text
    assert "menurut jadwal rilis" in state.text
    assert "data 14 Sep – 20 Sep 2026 terlambat 4 hari kerja" in state.text
    told = found.select_one("#janji").find_parent("section").text
    assert "14 Sep – 20 Sep 2026, seharusnya masuk paling lambat" in told
    assert "7 Sep – 13 Sep 2026 · Terpenuhi" in told
    (by_age,) = page(app, f"/dataset/{other['name']}").select(".jambi-state")
    assert "Mutakhir" in by_age.text
    assert "menurut umur data" in by_age.text


def test_f10_what_was_promised_of_a_dataset_is_told_with_its_next_and_last_obligation(
    dataset, seen, portal_at, promise
) -> None:
    one, other = (dataset("mingguan", stored=True) for _ in range(2))
    assert call("promise_list", id=one["id"])["results"] == []
    promise(one)
    promise(other, code="B-1", frequency="realtime")
    portal_at(13)
    observe([seen(one, "a", period_end=date(2026, 9, 13)), seen(other, "b")])
    portal_at(14)
    ticking.run()
    (weekly,), (rolling,) = (call("promise_list", id=each["name"])["results"] for each in (one, other))
    assert (weekly["basis"], weekly["state"]) == ("scheduled", "fresh")
    assert weekly["next"]["period_start"] == weekly["judging"]["period_start"] == "2026-09-14"
    assert (weekly["last_closed"]["outcome"], weekly["last_closed"]["period_end"]) == ("met", "2026-09-13")
    assert (rolling["basis"], rolling["state"], rolling["next"]) == ("rolling", "delinquent", None)
    portal_at(29)
    late = call("promise_list", id=one["id"])["results"][0]
    assert late["state"] == "overdue"


def test_f24_what_was_promised_of_a_private_dataset_is_told_to_those_who_read_it(dataset, promise) -> None:
    one = dataset("mingguan", private=True)
    promise(one)
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("jambi_freshness_promise_list")({"ignore_auth": False, "user": ""}, {"id": one["id"]})


def test_a_dataset_that_is_not_there_has_no_promise() -> None:
    with pytest.raises(tk.ObjectNotFound):
        call("promise_list", id="nowhere")


def test_f49_the_calendar_lists_the_deadlines_ahead_by_month(app, dataset, seen, portal_at, promise) -> None:
    one, other = dataset("bulanan", stored=True), dataset("mingguan", stored=True)
    promise(one, frequency="bulanan")
    promise(other, code="B-1", title="Judul lain")
    portal_at(41)  # 12 October: September was not promised in full, October is the first
    observe([seen(other, "b", period_end=date(2026, 10, 11))])
    ticking.run()
    found = page(app, "/kalender")
    months = [each.text for each in found.select("h2[id^=bulan-]")]
    assert months[:3] == ["Oktober 2026", "November 2026", "Desember 2026"]
    first = found.select_one("#bulan-1").find_parent("section").select_one("tbody tr").text
    assert "Judul lain" in first
    assert "Sudah masuk" in first
    assert "Oktober 2026" in found.select_one("#bulan-2").find_parent("section").select_one("tbody").text
    of_one = page(app, f"/kalender?organization={model.Group.get(one['owner_org']).name}")
    assert "Judul lain" not in of_one.main.text
    for address in ("/kalender", "/calendar.csv", "/calendar.ics"):
        app.get(f"{address}?organization=nowhere", status=404)
    without = factories.Organization(title="Tanpa Janji")
    assert "Tanpa Janji" in page(app, f"/kalender?organization={without['name']}").main.text
    app.get(f"/calendar.ics?organization={without['name']}", status=200)


def test_f49_the_calendar_can_be_subscribed_and_taken_as_csv(app, dataset, portal_at, promise) -> None:
    one = dataset("bulanan", stored=True)
    promise(one, frequency="bulanan")
    portal_at(41)
    ticking.run()
    portal_at(41.1)
    answer = app.get("/calendar.ics")
    assert answer.content_type.startswith("text/calendar")
    (event, *_) = Calendar.from_ical(answer.body).walk("VEVENT")
    (row, *_) = call("release_list")["results"]
    assert (row["period_end"], row["delivered"]) == ("2026-10-31", False)
    # The deadline is the midnight that ends the last day in time.
    last_day = datetime.fromisoformat(row["overdue_at"]).astimezone(clock.WIB).date() - timedelta(days=1)
    assert event.decoded("dtstart") == last_day
    assert str(event["summary"]) == "Judul butir: Oktober 2026"
    assert str(event["url"]).endswith(f"/dataset/{one['name']}")
    table = list(csv.DictReader(io.StringIO(app.get("/calendar.csv").body)))
    assert table[0]["last_day"] == last_day.isoformat()
    assert len(table) == len(call("release_list")["results"]) > 10


def test_f49_a_portal_without_items_has_an_empty_calendar(app) -> None:
    assert "Belum ada rilis yang dijanjikan" in page(app, "/calendar").select_one(".jambi-empty").text
    assert Calendar.from_ical(app.get("/calendar.ics").body).walk("VEVENT") == []


def test_f24_the_calendar_gives_the_code_alone_of_data_that_is_not_open(
    app, dataset, portal_at, promise
) -> None:
    one = dataset("mingguan", private=True, name="nama-rahasia")
    promise(one, access="tertutup", title="Judul rahasia")
    portal_at(20)
    ticking.run()
    portal_at(20.1)
    for path in ("/calendar", "/calendar.ics", "/calendar.csv"):
        text = app.get(path).body
        assert "A-1" in text
        assert "rahasia" not in text


def test_the_calendar_asks_the_database_no_more_often_for_more_items(
    app, dataset, portal_at, promise
) -> None:
    def asked(day: float) -> int:
        portal_at(day)
        app.get("/calendar")
        with statements() as counted:
            app.get("/calendar")
        return len(counted)

    promise(dataset("mingguan", stored=True))
    few = asked(20)
    for number in range(5):
        promise(dataset("mingguan", stored=True), code=f"B-{number}")
    assert asked(40) == few


def test_history_of_a_dataset_names_each_row_in_words(app, dataset, seen, portal_at, promise) -> None:
    one = dataset("mingguan", stored=True)
    promise(one)
    observe([seen(one, "a")])
    portal_at(13)
    ticking.run()
    observe([seen(one, "b")])
    model.Session.commit()
    rows = page(app, f"/dataset/{one['name']}").select("section:has(> #riwayat) tbody tr")
    said = " ".join(each.text for each in rows)
    assert "yang diketahui portal tentang set data" in said
    assert "facts" not in said


KINDS = ("baris data berubah", "yang diketahui portal tentang set data", "butir Daftar Data")
PLACES = ("tr", "li", "dd", "p")
"""What holds a date together with what is said of it."""


def test_g18_each_page_names_the_kind_of_evidence_beside_its_date(
    app, dataset, seen, portal_at, promise
) -> None:
    one = dataset("mingguan", stored=True)
    promise(one)
    portal_at(30)
    [credit] = observe([seen(one, "a")])
    ticking.run()
    portal_at(33)
    owner = model.Group.get(one["owner_org"]).name
    shown = {
        path: _dated(page(app, path), "1 Okt", places)
        for path, places in (
            (f"/dataset/{one['name']}", PLACES),
            (f"/dataset/{one['name']}/freshness", PLACES),
            (f"/organization/{owner}", PLACES),
            (f"/freshness/log/{credit.seq}", "dl"),  # the whole page is about one row, and names what it is
        )
    }
    assert all(shown.values())
    texts = [text for found in shown.values() for text in found]
    assert [text for text in texts if not any(kind in text for kind in KINDS)] == []


def _dated(found: BeautifulSoup, day: str, places: Any) -> list[str]:
    """Return what stands around each mention of a day; the bands of states begin and end, and prove nothing."""
    for section in found.select("#keadaan"):
        section.find_parent("section").decompose()
    around = [each.find_parent(places) for each in found.find_all(string=lambda text: day in text)]
    return [" ".join(each.text.split()) for each in around if each]
