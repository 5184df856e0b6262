"""The scoreboard of a quarter, by band, as a feed and as a card; cases on the page of an OPD (F27, F29, F49)."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import ckan.plugins.toolkit as tk
import pytest
import yaml
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import CONFIG, Cases, promise

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import adopting, ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


@pytest.fixture
def opd(dataset, seen, portal_at) -> Any:
    """Return an OPD that kept its promise in September and not in October, as of 20 October."""
    one = dataset("mingguan", stored=True)
    promise(one)
    for day in (6, 13, 20, 27):
        portal_at(day)
        observe([seen(one, f"{day}")])
        ticking.run()
    portal_at(49)
    ticking.run()
    return model.Group.get(one["owner_org"])


def page(app: Any, path: str) -> BeautifulSoup:
    return BeautifulSoup(app.get(path).body, "html.parser")


def board(**asked: str) -> dict[str, Any]:
    return tk.get_action("jambi_freshness_leaderboard_list")({}, asked)


def test_f49_the_board_of_a_quarter_is_what_was_known_at_its_end(opd, seen, portal_at) -> None:
    (then,), (now,) = board(period="2026-Q3")["results"], board()["results"]
    asked = {"id": opd.id, "as_of": "2026-10-01T00:00:00+07:00"}
    known = tk.get_action("jambi_freshness_organization_show")({}, asked)
    assert then["index"] == known["index"]
    assert then["index"] > now["index"]
    assert all(each["day"] < "2026-10-01" for each in then["trend"])
    portal_at(60)
    assert board(period="2026-Q3")["results"][0]["index"] == then["index"]
    assert board(period="2026-Q4")["results"][0]["index"] == board()["results"][0]["index"]


def test_f49_the_board_comes_in_the_order_that_is_asked_for(dataset, seen, portal_at) -> None:
    made = {}
    for name in ("dinas-a", "dinas-b", "dinas-c"):
        owner = factories.Organization(name=name, title=name)["id"]
        made[name] = dataset("mingguan", stored=True, owner_org=owner)
        promise(made[name], code=name)
    for day, names in ((13, ("dinas-a", "dinas-b")), (20, ("dinas-b",))):
        portal_at(day)
        observe([seen(made[name], f"{name}{day}") for name in names])
    portal_at(30)
    ticking.run()
    found = {
        sort: "".join(each["name"][-1] for each in board(sort=sort)["results"])
        for sort in ("rank", "weakest", "name", "open", "datasets")
    }
    assert found == {"rank": "bac", "weakest": "cab", "name": "abc", "open": "cab", "datasets": "bac"}


def test_f49_an_order_that_nobody_knows_is_refused() -> None:
    with pytest.raises(tk.ValidationError, match="rank, weakest"):
        board(sort="luck")


def test_f49_the_page_offers_the_quarters_that_are_over_and_shows_the_chosen_one(app, opd) -> None:
    now, then = page(app, "/kemutakhiran"), page(app, "/kemutakhiran?period=2026-Q3")
    chosen = [each.text for each in then.select('nav.jambi-bar a[aria-current="true"]')]
    assert chosen == ["Triwulan III 2026"]
    note = "Menurut yang diketahui pada akhir periode ini"
    assert note in then.main.text
    assert note not in page(app, "/kemutakhiran?period=2026-Q4").main.text
    assert now.select_one("table.jambi-stick tbody").text != then.select_one("table.jambi-stick tbody").text
    data = json.loads(app.get("/freshness.json?period=2026-Q3").body)
    assert data["index_at"] == "2026-09-30T17:00:00+00:00"
    assert app.get("/kemutakhiran?period=kemarin").status_code == 404
    for address in ("/kemutakhiran", "/freshness.csv", "/freshness.json"):
        ahead = app.get(f"{address}?period=2027-Q1")
        assert ahead.status_code == 404
        assert "1 Januari 2027" in ahead.text


def test_f49_the_board_can_be_narrowed_to_a_band(app, opd) -> None:
    (row,) = board()["results"]
    assert len(page(app, f"/kemutakhiran?band={row['band']}").select("table.jambi-stick tbody tr")) == 1
    other = page(app, "/kemutakhiran?band=sangat_mutakhir")
    assert row["band"] != "sangat_mutakhir"
    assert other.select("table.jambi-stick tbody tr") == []
    assert "Hanya kategori Sangat mutakhir" in other.main.text


def test_f49_the_feed_has_an_entry_for_each_week_that_is_over(app, opd, portal_at) -> None:
    def entries() -> dict[str, str]:
        feed = ElementTree.fromstring(app.get("/freshness.atom").body)  # noqa: S314 - our own text
        return {each.findtext("{*}id"): each.findtext("{*}content") for each in feed.iterfind("{*}entry")}

    first = entries()
    days = [key.rsplit("/")[-1] for key in first]
    assert days == ["2026-10-18", "2026-10-11", "2026-10-04", "2026-09-27", "2026-09-20"]
    assert all(text.startswith("Kota: ") for text in first.values())
    portal_at(63)
    ticking.run()
    later = entries()
    assert first.items() <= later.items()
    assert len(later) == len(first) + 2


def test_f49_the_card_says_index_band_and_rank(app, opd) -> None:
    opd.title = "Dinas <Contoh> & Kawan yang Namanya Panjang Sekali sehingga Tidak Muat dalam Satu Baris"
    model.Session.commit()
    answer = app.get(f"/freshness/organization/{opd.name}.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    card = ElementTree.fromstring(answer.body)  # noqa: S314 - our own text
    (row,) = board()["results"]
    written = [each.text for each in card.iter("{http://www.w3.org/2000/svg}text")]
    assert f"{row['index']:.1f}".replace(".", ",") in written
    assert "peringkat 1 dari 1 OPD" in written
    assert sum("Dinas" in (each or "") for each in written) == 1
    assert "Dinas <Contoh> & Kawan" in card.findtext("{*}title")
    assert app.get("/freshness/organization/tidak-ada.svg").status_code == 404


def test_f27_exemptions_and_appeals_stand_on_the_page_of_the_opd(app, city, portal_at) -> None:
    exemptions, appeals = Cases("exemption"), Cases("appeal")
    law = {"reason": "Banjir besar.", "legal_basis": "SK 1/2026", "document_url": "https://contoh.example/sk"}
    days = {"from": "2026-09-16", "to": "2026-09-20", "reason_code": "bencana"}
    asked = exemptions.call("create", city.admin, code="A", **days, **law)
    exemptions.call(
        "decide", city.judge, id=asked["id"], outcome="diterima", reason="Benar.", legal_basis="SK 2"
    )
    portal_at(24)
    ticking.run()
    appeals.call("create", city.admin, code="A", period="2026-W37", **law)
    ticking.run()
    found = page(app, f"/organization/{model.Group.get(city.opd).name}")
    rows = [each.text for each in found.select("#kasus ~ section tbody tr")]
    assert len(rows) == 2
    assert "sanggahan" in rows[0]
    assert "menunggu keputusan" in rows[0]
    assert "pengecualian" in rows[1]
    assert "bencana" in rows[1]
    assert "16 Sep 2026 – 20 Sep 2026" in rows[1].replace("\xa0", " ")
    assert "dikabulkan" in rows[1]
    assert len(found.select("#kasus ~ section tbody tr:nth-of-type(2) a[href*='/freshness/log/']")) == 2


def test_f51_the_page_names_the_fewest_steps_into_the_next_band(app, opd) -> None:
    figures = tk.get_action("jambi_freshness_organization_show")({}, {"id": opd.id})
    asked = {"organization_id": opd.id}
    found = tk.get_action("jambi_freshness_shortcut_show")({"ignore_auth": True}, asked)
    assert found["band"] == figures["next_band"]["band"]
    assert found["index"] >= figures["index"] + figures["next_band"]["points"]
    assert found["minimal"]
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    answer = app.get(f"/organization/{opd.name}", headers=headers)
    section = BeautifulSoup(answer.body, "html.parser").select_one("#jalan").find_parent("section")
    assert len(section.select("li")) == len(found["steps"]) > 0
    assert "Kurang dari itu tidak cukup" in section.text


def test_f51_where_nothing_is_promised_there_is_no_way_to_show(dataset) -> None:
    owner = dataset("mingguan")["owner_org"]
    asked = {"organization_id": owner}
    assert tk.get_action("jambi_freshness_shortcut_show")({"ignore_auth": True}, asked) is None


def test_f23_the_formula_is_told_by_the_numbers_of_the_policy_in_force(app, opd, tmp_path) -> None:
    said = yaml.safe_load((CONFIG / "policy" / "v1.yaml").read_text("utf-8")) | {"version": 2}
    said["score"] |= {
        "parts": {"fresh": 50, "quality": 30, "available": 20},
        "index": {"mean": 70, "weakest": 30, "weakest_share": 15},
        "bands": [91, 81, 61],
    }
    told = page(app, "/freshness").select_one("#indeks ~ ol").text
    assert "60 untuk" in told
    assert "(80 %)" in told
    changed = tmp_path / "v2.yaml"
    changed.write_text(yaml.safe_dump(said), "utf-8")
    adopting.adopt(changed)
    model.Session.commit()
    told = page(app, "/freshness").select_one("#indeks ~ ol").text
    for part in (
        "50 untuk",
        "30 untuk",
        "20 untuk",
        "(70 %)",
        "15 % bobot",
        "(30 %)",
        "mulai 91",
        "kebijakan v2",
    ):
        assert part in told
    assert "dihitung 70 %" in page(app, f"/organization/{opd.name}").select_one("section:has(#indeks)").text
