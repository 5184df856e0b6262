"""The evidence log on pages: its start, and what a row says to somebody who looks for proof (F30 to F35)."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import Cases

from ckanext.jambi.freshness import ledger
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
START = "/freshness/log"
ASKED = {
    **{"code": "A", "from": "2026-09-14", "to": "2026-09-20", "reason_code": "bencana"},
    **{"reason": "Banjir merendam ruang server", "legal_basis": "Surat 800/12/2026"},
}
DECIDED = {
    **{"outcome": "sebagian", "from": "2026-09-14", "to": "2026-09-16"},
    **{"reason": "Tiga hari terbukti", "legal_basis": "Surat 900/3/2026"},
}


@pytest.fixture
def looked(app: Any) -> Any:
    """Return a way to look at a page, as a stranger or as somebody."""

    def look(path: str, who: dict[str, Any] | None = None, status: int = 200) -> BeautifulSoup:
        headers = {"Authorization": factories.APIToken(user=who["user"])["token"]} if who else {}
        return BeautifulSoup(app.get(path, headers=headers, status=status).body, "html.parser").main

    return look


def said(page: BeautifulSoup) -> dict[str, str]:
    """Return what a row of the log says, by its names."""
    return {
        each.dt.get_text(strip=True): each.dd.get_text(" ", strip=True) for each in page.select("dl > div")
    }


def seqs(page: BeautifulSoup) -> list[int]:
    """Return the numbers of the rows that the start lists."""
    return [
        int(each["href"].rsplit("/", 1)[1]) for each in page.select("#baris ~ dl dt a, .jambi-head ~ dl dt a")
    ]


def test_f30_the_log_begins_with_its_newest_rows_and_says_how_it_is_checked(city, looked) -> None:
    page = looked(START)
    assert seqs(page) == sorted(seqs(page), reverse=True)
    assert seqs(page)[0] == ledger.head().seq
    assert ledger.head().row_hash.hex() in page.text
    told = page.select_one("section:has(> #periksa)")
    assert "verify log.txt --roots roots.csv" in told.text
    assert {"/freshness/roots.csv", "/api/3/action/jambi_freshness_log_export?from_seq=1"} <= {
        each["href"] for each in told.select("a")
    }


def test_f30_the_log_is_paged_to_its_first_row(city, looked, seen) -> None:
    observe([seen(city.dataset, str(n)) for n in range(60)])
    model.Session.commit()
    walked, page = [], looked(START)
    while older := page.select_one("a[rel=next]"):
        walked += seqs(page)
        page = looked(older["href"].split("#")[0])
    assert [*walked, *seqs(page)] == [*range(ledger.head().seq, 0, -1)]


def test_f30_rows_of_one_opd_are_shown_alone(city, looked, dataset, seen) -> None:
    other = dataset("mingguan")
    (foreign,) = observe([seen(other, "x")])
    model.Session.commit()
    name = model.Group.get(city.opd).name
    page = looked(f"{START}?organization={name}")
    assert foreign.seq not in seqs(page)
    about = tk.get_action("jambi_freshness_observation_list")({}, {"organization_id": city.opd})["results"]
    assert len(seqs(page)) == len(about) > 0
    assert page.select_one("#organization option[selected]")["value"] == name
    looked(f"{START}?organization=tidak-ada", status=404)


def test_f30_a_number_leads_to_its_row_and_one_that_is_not_there_says_so(app, city, looked) -> None:
    found = app.get(f"{START}?row=1", follow_redirects=False)
    assert found.headers["Location"].endswith("/freshness/log/1")
    for wrong in ("0", "99999999999999999999999", "satu"):
        told = looked(f"{START}?row={wrong}", status=404).select_one("[role=alert]").text
        assert f"Tidak ada baris {wrong}: baris bernomor 1 sampai {ledger.head().seq}." in told
    looked(f"{START}/99999999999999999999999", status=404)


def test_f31_a_row_shows_the_hash_before_it_and_its_own_so_that_the_chain_can_be_walked(city, looked) -> None:
    first, second = looked(f"{START}/1"), looked(f"{START}/2")
    chain = said(first)
    assert chain["Hash baris sebelumnya"].startswith(sha256(b"jambi-freshness-log/1").hexdigest())
    assert said(second)["Hash baris sebelumnya"].startswith(chain["Hash baris ini"])
    assert second.select_one("a[rel=prev]")["href"].endswith("/freshness/log/1")
    assert first.select_one("a[rel=next]")["href"].endswith("/freshness/log/2")
    assert looked(f"{START}/{ledger.head().seq}").select_one("a[rel=next]") is None


def test_f27_rows_of_an_exemption_say_who_asked_and_what_was_decided(city, looked) -> None:
    case = Cases("exemption")
    asked = case.call("create", city.admin, **ASKED)
    decided = case.call("decide", city.judge, id=asked["id"], **DECIDED)
    page = looked(f"{START}/{asked['seq']}", city.admin)
    told = said(page)
    assert told["Yang ditunjukkan"] == "pengecualian dimohonkan"
    assert told["Siapa"] == "admin OPD"
    assert told["Hari yang dimohonkan"] == "14 Sep 2026 – 20 Sep 2026"
    assert (told["Dasar"], told["Alasan"]) == ("bencana", ASKED["reason"])
    assert told["Dasar hukum atau surat"] == ASKED["legal_basis"]
    assert told["Keputusan"] == f"baris {decided['seq']}"
    ruled = looked(f"{START}/{decided['seq']}")
    assert said(ruled)["Yang ditunjukkan"] == "pengecualian: dikabulkan sebagian"
    assert said(ruled)["Siapa"] == "walidata"
    assert said(ruled)["Hari yang dikabulkan"] == "14 Sep 2026 – 16 Sep 2026"
    assert DECIDED["reason"] not in ruled.text  # for the OPD, walidata and the panel alone
    assert said(ruled)["Dasar hukum atau surat"] == DECIDED["legal_basis"]


def test_f29_rows_of_an_objection_name_item_period_and_outcome(city, looked, portal_at) -> None:
    portal_at(24)
    ticking.run()
    case = Cases("appeal")
    asked = case.call("create", city.admin, code="A", period="2026-09-13", reason="Sudah dikirim.")
    told = said(looked(f"{START}/{asked['seq']}"))
    assert (told["Butir"], told["Periode"]) == ("A · T", "7 Sep – 13 Sep 2026")
    assert told["Keputusan"] == "menunggu keputusan"
    ruling = {"outcome": "diterima", "reason": "Benar.", "legal_basis": "SK 2"}
    decided = case.call("decide", city.judge, id=asked["id"], **ruling)
    ruled = said(looked(f"{START}/{decided['seq']}"))
    assert (ruled["Yang ditunjukkan"], ruled["Siapa"]) == ("sanggahan: dikabulkan", "walidata")
    assert said(looked(f"{START}/{asked['seq']}"))["Keputusan"] == f"baris {decided['seq']}"


def test_f19_rows_of_a_statement_say_what_was_stated(city, looked) -> None:
    made = Cases("attestation").call(
        "create", city.editor, code="A", period="2026-W37", statement="Tetap.", nil=True
    )
    page = looked(f"{START}/{made['seq']}", city.admin)
    assert said(page)["Yang ditunjukkan"] == "dinyatakan bahwa tidak ada kejadian dalam satu periode"
    assert said(page)["Siapa"] == "produsen data OPD"
    assert said(page)["Dengan kata-katanya"] == "Tetap."


def test_f28_a_row_of_a_fault_says_what_was_down_and_for_whom(city, looked) -> None:
    sysadmin = {"user": factories.Sysadmin()["name"]}
    time = {"from": "2026-09-10T08:00:00+07:00", "to": "2026-09-10T10:00:00+07:00"}
    made = Cases("portal_fault").call("create", sysadmin, **time, reason_code="web", reason="Listrik padam.")
    told = said(looked(f"{START}/{made['seq']}"))
    assert (told["Yang terganggu"], told["Untuk siapa"]) == ("halaman publik dan API", "semua OPD bersama")
    assert (told["Alasan"], told["Siapa"]) == ("Listrik padam.", "sysadmin")


def test_f25_rows_of_rules_and_items_say_what_they_put_in_force(city, looked) -> None:
    rows = tk.get_action("jambi_freshness_observation_list")({}, {})["results"]
    events = {(each["kind"], each["detail"].get("event")): each["seq"] for each in map(read, rows)}
    policy, item = (said(looked(f"{START}/{events[key]}")) for key in (("policy", None), ("item", "create")))
    assert (policy["Versi"], policy["Siapa"]) == ("1", "portal sendiri")
    assert (item["Butir"], item["Frekuensi"], item["Bobot"]) == ("A · T", "Mingguan", "1 (biasa)")
    assert item["Set data yang mewakilinya"] == city.dataset["name"]
    assert (
        "set data mewakili butir" in said(looked(f"{START}/{events['item', 'assign']}"))["Yang ditunjukkan"]
    )


def read(row: dict[str, str]) -> dict[str, Any]:
    return json.loads(row["payload"])


def test_f46_a_row_of_a_report_leads_to_it(city, looked, portal_at) -> None:
    portal_at(40)
    ticking.run()
    asked = {"organization_id": city.opd, "period": "2026-09"}
    made = tk.get_action("jambi_freshness_report_create")(dict(city.judge), asked)
    page = looked(f"{START}/{made['draft_seq']}")
    assert said(page)["Yang ditunjukkan"] == "Draf laporan"
    assert made["sha256"]["json"] in page.text
    link = page.select_one("a[href*='/freshness/report/']")["href"]
    assert looked(link).h1


def test_f24_a_dataset_that_is_not_public_is_not_named(city, looked, dataset, seen) -> None:
    hidden = dataset("mingguan", private=True, title="Rahasia")
    (made,) = observe([seen(hidden, "x")])
    model.Session.commit()
    assert "Rahasia" not in looked(START).text
    assert "Rahasia" not in looked(f"{START}/{made.seq}").text


@pytest.mark.parametrize(
    "path", ["/freshness", "/freshness/log/1", "/dataset/{name}/freshness", "/organization/{opd}"]
)
def test_f30_pages_on_which_one_looks_for_proof_lead_to_the_log(city, app, path) -> None:
    named = {"name": city.dataset["name"], "opd": model.Group.get(city.opd).name}
    body = BeautifulSoup(app.get(path.format(**named)).body, "html.parser")
    assert body.main.select(f"a[href^='{START}#'], a[href='{START}'], a[href^='{START}?']")
    assert body.footer.select(f"a[href='{START}']")


def test_f30_the_newest_rows_of_an_opd_are_found_by_an_index_of_their_own(city) -> None:
    asked = sa.text(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'jambi_freshness_observation_organization'"
    )
    assert "(organization_id, seq)" in model.Session.scalar(asked)
