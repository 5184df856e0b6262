"""The desk: what walidata, the panel and the OPDs ask for, decide and keep on pages (F10, F19, F27 to F29, F46)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import Cases, outcomes

from ckanext.jambi import clock
from ckanext.jambi.clock import WIB
from ckanext.jambi.freshness.evidence import Observation, observe
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
DESK = "/freshness/desk"
SAME = {"kind": "harvest_ok", "content_hash": "same", "hash_method": "rows-v1"}
ITEM = {
    **{"code": "DD-1", "title": "Harga pangan", "frequency": "bulanan", "class": "biasa", "weight": "2"},
    **{"calendar": "kerja", "access": "terbuka", "valid_from": "2026-01-01", "reason": "SK 1/2026"},
}


@pytest.fixture
def of(app: Any) -> Any:
    """Return a maker of readers: pages and forms as somebody sees them."""
    return lambda who: Reader(app, who["user"])


class Reader:
    """Somebody who is signed in by a token."""

    def __init__(self, app: Any, name: str) -> None:
        token = factories.APIToken(user=name)
        self._app, self._headers = app, {"Authorization": token["token"]}

    def page(self, path: str, status: int = 200) -> BeautifulSoup:
        answer = self._app.get(f"{DESK}{path}", headers=self._headers, status=status)
        return BeautifulSoup(answer.body, "html.parser")

    def send(self, name: str, **typed: str) -> BeautifulSoup:
        answer = self._app.post(f"{DESK}/{name}", data=typed, headers=self._headers)
        return BeautifulSoup(answer.body, "html.parser")


def test_f29_an_opd_objects_without_a_report_and_the_panel_decides(app, city, of, portal_at) -> None:
    portal_at(24)
    ticking.run()
    opd, walidata = of(city.admin), of(city.judge)
    name = model.Group.get(city.opd).name
    headers = opd._headers
    shown = BeautifulSoup(app.get(f"/organization/{name}", headers=headers).body, "html.parser")
    link = next(each["href"] for each in shown.select("a[href*='/freshness/desk/object']"))
    form = opd.page(link.split(DESK)[1])
    typed = {
        each["name"]: each["value"]
        for each in form.select("main input[type=hidden]")
        if each["name"] != "_csrf_token"
    }
    assert "aria-invalid" in str(opd.send("object", **typed))  # without a reason
    opd.send("object", **typed, reason="Banjir.")
    (appeal,) = Cases("appeal").call("list", city.admin)["results"]
    assert "menunggu" in walidata.page("").main.text.lower()
    (decide,) = [each["href"] for each in walidata.page("").select("a[href*='/desk/appeal']")]
    assert "Banjir." in walidata.page(decide.split(DESK)[1]).main.text
    walidata.send("appeal", id=appeal["id"], outcome="diterima", reason="Benar.", legal_basis="SK 2")
    ticking.run()
    assert "excused" in outcomes()
    assert opd.page("").select("a[href*='/desk/appeal']") == []
    assert "Hanya walidata yang memutus." in opd.page(f"/appeal?id={appeal['id']}", status=403).main.text
    settled = walidata.page(f"/appeal?id={appeal['id']}", status=409)
    assert "Ini sudah selesai: dikabulkan." in settled.main.text
    assert settled.select("main form[action*='/desk/']") == []


def test_f10_walidata_keeps_items_on_pages(city, of) -> None:
    walidata, name = of(city.judge), model.Group.get(city.opd).name
    wrong = walidata.send("item-new", **ITEM | {"organization": name, "weight": "7"})
    assert wrong.select_one("#weight")["aria-invalid"] == "true"
    assert "DD-1: Bobot harus 1, 2, atau 3, bukan 7." in wrong.select_one("#weight-e").text
    assert wrong.select_one("#title")["value"] == "Harga pangan"
    walidata.send("item-new", **ITEM, organization=name)
    ticking.run()
    listed = walidata.page("/items")
    assert "DD-1" in listed.main.text
    form = walidata.page("/item-change?code=DD-1")
    typed = {each["name"]: each.get("value", "") for each in form.select("main form [name]")} | ITEM
    walidata.send(
        "item-change", **typed | {"title": "Harga beras", "datasets": "harga\ntabel, kec, Danau Teluk"}
    )
    said = tk.get_action("jambi_freshness_item_show")({"ignore_auth": True}, {"code": "DD-1"})
    assert said["title"] == "Harga beras"
    assert said["datasets"] == [{"name": "harga"}, {"name": "tabel", "column": "kec", "value": "Danau Teluk"}]
    walidata.send("retire", code="DD-1", last_day="2026-12-31", reason="Perwal 2")
    ticking.run()
    (row,) = [each for each in tk.get_action("jambi_freshness_item_list")({}, {}) if each["code"] == "DD-1"]
    assert row["valid_to"] == "2026-12-30"
    of(city.admin).page("/item-new", status=403)
    assert of(city.admin).page("/items").select("a[href*='/desk/item-']") == []


def test_f19_a_statement_is_approved_on_a_page(city, of, portal_at) -> None:
    made = Cases("attestation").call("create", city.editor, code="A", period="2026-W37", statement="Tetap.")
    admin = of(city.admin)
    (link,) = [each["href"] for each in admin.page("").select("a[href*='/desk/attestation']")]
    assert "2026" in admin.page(link.split(DESK)[1]).main.text
    admin.send("attestation", id=made["id"], outcome="diterima", reason="Benar.")
    ticking.run()
    assert outcomes()[0] == "attested"


def test_f27_an_exemption_is_asked_for_decided_and_withdrawn_on_pages(city, of) -> None:
    admin, walidata = of(city.admin), of(city.judge)
    days = {"from": "2026-09-16", "to": "2026-09-30"}
    law = {"reason": "Banjir.", "legal_basis": "SK 1"}
    assert [each["value"] for each in admin.page("/exempt").select("#code option")] == ["A"]
    admin.send("exempt", code="A", reason_code="bencana", **days, **law)
    (asked,) = Cases("exemption").call("list", city.admin)["results"]
    form = walidata.page(f"/exemption?id={asked['id']}")
    shown, title = form.select_one("main dl").text, model.Group.get(city.opd).title
    assert all(part in shown for part in (title, "A · T", "16 Sep 2026", "bencana", "SK 1", "Banjir."))
    assert [each["value"] for each in form.select("#outcome option[selected]")] == [""]
    decided = walidata.send("exemption", id=asked["id"], outcome="diterima", **law)
    assert "Diputus: dikabulkan" in decided.text
    (link,) = [each["href"] for each in admin.page("").select("a[href*='/desk/withdraw']")]
    admin.send("withdraw", id=asked["id"], reason="Surut.")
    (one,) = Cases("exemption").call("list", city.admin)["results"]
    assert (one["status"], link.endswith(asked["id"])) == ("withdrawn", True)


def test_f46_reports_and_f28_faults_are_made_on_pages(city, of, portal_at) -> None:
    portal_at(40)
    ticking.run()
    walidata, sysadmin = of(city.judge), of({"user": factories.Sysadmin()["name"]})
    walidata.send("report", organization_id=city.opd, period="2026-09", as_of="2026-10-05T08:00")
    (draft,) = tk.get_action("jambi_freshness_report_list")({}, {})["results"]
    assert datetime.fromisoformat(draft["as_of"]) == datetime(2026, 10, 5, 1, tzinfo=UTC)
    (link,) = [each["href"] for each in walidata.page("").select("a[href*='/desk/finalize']")]
    early = walidata.page(link.split(DESK)[1], status=409).main.text
    assert "Sanggahan dapat diajukan sampai" in early
    assert model.Group.get(city.opd).title in early
    assert "September 2026" in early
    portal_at(60)
    assert walidata.page(link.split(DESK)[1]).select("main form[action*='/desk/finalize']") != []
    fault = {
        "from": "2026-10-01T08:00",
        "to": "2026-10-01T10:00",
        "reason_code": "web",
        "reason": "Listrik padam.",
    }
    sysadmin.send("fault", **fault)
    (noted,) = tk.get_action("jambi_freshness_portal_fault_list")({}, {})["results"]
    assert datetime.fromisoformat(noted["from_at"]) == datetime(2026, 10, 1, 1, tzinfo=UTC)
    assert "Hanya sysadmin" in walidata.page("/fault", status=403).main.text


def test_f10_the_daftar_data_is_public_and_the_desk_is_not(app, city) -> None:
    assert "A" in BeautifulSoup(app.get(f"{DESK}/items").body, "html.parser").main.text
    answer = app.get(DESK, follow_redirects=False)
    assert "/user/login" in answer.headers["Location"]
    assert app.get(f"{DESK}/nothing", follow_redirects=False).status_code == 302


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"frequency": "kadang"}, "frequency", "Frekuensi 'kadang' tidak dikenal"),
        ({"title": ""}, "title", "Judul belum diisi."),
        ({"lag_days": "999"}, "lag_days", "harus berupa jumlah hari kerja dari 0 sampai 180."),
        ({"valid_from": "besok"}, "valid_from", "Berlaku sejak harus berupa tanggal, misalnya 2026-01-01."),
        ({"class": "spm"}, "weight", "Bobot 3 berlaku untuk Kelas prioritas dan spm"),
        ({"datasets": "{name}"}, "datasets", "sudah mewakili A; sebutkan sumber dayanya"),
    ],
)
def test_f10_what_is_wrong_with_an_item_is_told_in_the_words_of_the_form(
    city, of, typed, field, told
) -> None:
    sent = ITEM | {"organization": model.Group.get(city.opd).name}
    sent |= {key: value.format(name=city.dataset["name"]) for key, value in typed.items()}
    shown = of(city.judge).send("item-new", **sent)
    assert told in shown.select_one(f"#{field}-e").text


def test_f10_every_opd_can_be_chosen_and_is_named_by_its_title(
    app, city, of, ckan_config, monkeypatch
) -> None:
    monkeypatch.setitem(ckan_config, "ckan.group_and_organization_list_all_fields_max", 2)
    for n in range(5):
        factories.Organization(name=f"dinas-{n}", title=f"Dinas {n} Kota Jambi")
    walidata = of(city.judge)
    offered = [each.text.strip() for each in walidata.page("/item-new").select("#organization option")]
    assert {f"Dinas {n}" for n in range(5)} <= set(offered)
    title = model.Group.get(city.opd).title
    assert title in walidata.page("/items").select_one("main table").text


def test_f29_the_desk_of_an_opd_says_where_points_were_lost_and_until_when_to_object(
    app, city, of, portal_at
) -> None:
    admin = of(city.admin)
    assert "tidak ada yang dapat disanggah" in admin.page("").main.text
    portal_at(24)
    ticking.run()
    shown = admin.page("")
    name = model.Group.get(city.opd).name
    late = tk.get_action("jambi_freshness_obligation_list")({}, {"organization_id": city.opd})["results"]
    until = [each["appeal_until"] for each in late if each["appeal_until"]]
    last = datetime.fromisoformat(min(until)) - timedelta(seconds=1)
    told = f"{len(until)} periode dapat disanggah, paling awal sampai {last.astimezone(WIB).day} "
    assert told in shown.main.text
    lost, wrong = [each["href"] for each in shown.select("section[aria-labelledby=sanggah] a")]
    assert (lost.rsplit("/")[-1], wrong.rsplit("/")[-1]) == (f"{name}#butir", f"{name}#wajib")
    page = BeautifulSoup(app.get(lost.split("#")[0], headers=admin._headers).body, "html.parser")
    assert page.select("#butir")
    assert page.select("section:has(> #butir) a[href*='/freshness/log/']")
    assert page.select("section:has(#wajib) a[href*='/desk/object']")
    assert of(city.judge).page("").select("section[aria-labelledby=sanggah]") == []


def test_f29_the_page_of_a_dataset_leads_to_the_objection(app, city, of, portal_at) -> None:
    portal_at(24)
    ticking.run()
    admin, path = of(city.admin), f"/dataset/{city.dataset['name']}/freshness"
    shown = BeautifulSoup(app.get(path, headers=admin._headers).body, "html.parser")
    links = [each["href"] for each in shown.select("a[href*='/desk/object']")]
    form = admin.page(links[0].split(DESK)[1])
    assert "2026" in form.select_one("main dl").text
    assert "Sanggahan sampai" in form.select_one("main dl").text
    typed = {each["name"]: each["value"] for each in form.select("main input[type=hidden]")}
    admin.send("object", **typed | {"reason": "Banjir."})
    again = BeautifulSoup(app.get(path, headers=admin._headers).body, "html.parser")
    assert len(again.select("a[href*='/desk/object']")) == len(links) - 1
    assert "sanggahan diajukan" in again.select_one("section[aria-labelledby=wajib]").text.lower()
    others = BeautifulSoup(app.get(path).body, "html.parser")
    assert others.select("a[href*='/desk/object']") == []


def test_f29_pages_name_who_decides_and_how_long_one_has_to_object(app, posts, city, of, portal_at) -> None:
    portal_at(24)
    ticking.run()
    seated = [model.Group.get(name).title for name in ("inspektorat", "setda-bagian-hukum")]
    panel = f"Sanggahan diputus panel: {', '.join(seated)}."
    paths = (f"/organization/{model.Group.get(city.opd).name}", f"/dataset/{city.dataset['name']}/freshness")
    for path in paths:
        shown = BeautifulSoup(app.get(path).body, "html.parser").select_one("section:has(#wajib)").text
        assert "dalam 5 hari kerja sejak kewajiban terlambat" in shown
        assert panel in shown
    assert panel in of(city.admin).page("/object?code=A&period=2026-09-13").main.text


def test_f29_without_a_panel_the_pages_name_walidata(app, city, of) -> None:
    name = model.Group.get(city.opd).name
    shown = BeautifulSoup(app.get(f"/organization/{name}").body, "html.parser").select_one(
        "section:has(#wajib)"
    )
    assert "Sanggahan diputus walidata." in shown.text


def test_f29_the_form_of_an_objection_says_at_once_why_there_is_nothing_to_send(city, of, portal_at) -> None:
    admin, words = of(city.admin), {"reason": "Banjir.", "legal_basis": "Surat 5"}

    def refused(period: str, status: int = 409) -> str:
        shown = admin.page(f"/object?code=A&dataset={city.dataset['name']}&period={period}", status=status)
        assert shown.select("main form[action*='/desk/']") == []
        return shown.main.text

    ticking.run()
    assert "tidak terlambat" in refused("2026-09-13")
    assert "Tidak ada periode" in refused("2026-09-14", 404)
    portal_at(24)
    ticking.run()
    filed = Cases("appeal").call("create", city.admin, code="A", period="2026-09-13", **words)
    assert "Sanggahan atas ini sudah diajukan: menunggu keputusan" in refused("2026-09-13")
    assert f"baris {filed['seq']}" in admin.send("object", code="A", period="2026-09-13", **words).main.text
    portal_at(60)
    ticking.run()
    assert "Hari terakhir untuk menyanggah adalah 2 Okt 2026" in refused("2026-09-20")


def test_f29_the_form_of_an_objection_says_who_reads_it_and_what_may_be_left_out(city, of, posts) -> None:
    ticking.run()
    form = of(city.admin).page("/exempt")
    assert "dibaca OPD yang bersangkutan dan walidata." in form.select_one("#reason-h").text
    assert "Boleh dikosongkan" not in form.select_one("#legal_basis-h").text
    form = of(city.admin).page(f"/dispute?observation={_refused_row(city)}")
    assert "dibaca OPD yang bersangkutan, walidata, dan panel." in form.select_one("#reason-h").text
    assert "Boleh dikosongkan." in form.select_one("#legal_basis-h").text


def _refused_row(city: Any) -> int:
    """Return a row of evidence that does not count: the same content again."""
    coming = [Observation(**SAME, package_id=city.dataset["id"], valid_at=clock.now()) for _ in range(2)]
    made = observe(coming)[1]
    model.Session.commit()
    return made.seq


def test_f19_who_may_not_approve_a_statement_reads_who_may(city, of) -> None:
    made = Cases("attestation").call("create", city.editor, code="A", period="2026-W37", statement="Tetap.")
    refused = of(city.editor).page(f"/attestation?id={made['id']}", status=403)
    assert "Hanya admin OPD yang bersangkutan dan walidata yang boleh" in refused.main.text


@pytest.mark.parametrize("form", ["appeal", "exemption", "attestation", "withdraw", "finalize"])
def test_f29_a_case_that_does_not_exist_is_not_found(city, of, form) -> None:
    of(city.judge).page(f"/{form}?id=zzz", status=404)


def test_f29_members_of_the_opd_read_their_own_cases_and_nobody_else_does(app, city, of, portal_at) -> None:
    portal_at(24)
    ticking.run()
    of(city.admin).send("object", code="A", period="2026-09-13", reason="Banjir besar.", legal_basis="SK 7")
    (filed,) = Cases("appeal").call("list", city.admin)["results"]
    waiting = of(city.editor).page("").select_one("section[aria-labelledby=kasus]")
    assert all(
        part in waiting.text for part in ("Banjir besar.", "SK 7", "Menunggu keputusan", "paling lambat")
    )
    ruling = {"outcome": "ditolak", "reason": "Tidak terbukti.", "legal_basis": "SK 8"}
    Cases("appeal").call("decide", city.judge, id=filed["id"], **ruling)
    decided = of(city.editor).page("").select_one("section[aria-labelledby=kasus]")
    assert all(part in decided.text for part in ("Ditolak", "Tidak terbukti.", "SK 8"))
    assert len(decided.select("a[href*='/freshness/log/']")) == 2
    assert of(city.judge).page("").select("section[aria-labelledby=kasus]") == []
    public = BeautifulSoup(app.get(f"/organization/{model.Group.get(city.opd).name}").body, "html.parser")
    assert "ditolak" in public.main.text
    assert "Banjir besar." not in public.text
    assert "Tidak terbukti." not in public.text


def test_f46_members_of_the_opd_see_its_drafts(city, of, portal_at) -> None:
    portal_at(40)
    ticking.run()
    of(city.judge).send("report", organization_id=city.opd, period="2026-09")
    shown = of(city.editor).page("").select_one("section[aria-labelledby=kasus]")
    assert "Draf laporan: September 2026" in " ".join(shown.text.split())
