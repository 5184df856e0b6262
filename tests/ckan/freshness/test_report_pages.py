"""The page of a report, its files, and the form on which an OPD objects (F29, F52)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import Cases

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
REPORTS, APPEALS = Cases("report"), Cases("appeal")
WRITTEN = {"reason": "Portal menolak unggahan", "legal_basis": "Surat 5/2026"}


@pytest.fixture
def late(city, seen, portal_at) -> Any:
    """Return the city on Monday, 5 October, when two weeks of September are late."""
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    portal_at(34)
    ticking.run()
    city.name = model.Group.get(city.opd).name
    city.path = f"/freshness/report/{city.name}/2026-09"
    return city


@pytest.fixture
def drafted(late) -> dict[str, Any]:
    """Return the draft of September."""
    return REPORTS.call("create", late.judge, organization_id=late.opd, period="2026-09")


def page(app: Any, path: str, **more: Any) -> BeautifulSoup:
    return BeautifulSoup(app.get(path, **more).body, "html.parser")


def signed_in(who: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": factories.APIToken(user=who["user"])["token"]}}


def test_f52_a_draft_shows_index_what_is_worst_what_to_do_and_the_days_left(app, late, drafted) -> None:
    found = page(app, late.path)
    assert len(found.find_all("h1")) == 1
    assert found.find("script") is None
    text = found.main.get_text(" ", strip=True)
    assert "Laporan kemutakhiran, September 2026" in text
    assert "Draf, revisi 0: sanggahan sampai 12 Okt 2026" in text
    assert "Tersisa 6 hari kerja untuk menyanggah." in text
    rows = found.select("#terburuk ~ section tbody tr")
    assert [row.select("td")[3].text for row in rows] == ["11", "6"]
    assert found.select(".jambi-todo li")


def test_f52_the_days_left_run_out(app, late, drafted, portal_at) -> None:
    portal_at(41.5)
    assert "Tersisa 1 hari kerja" in page(app, late.path).main.text
    portal_at(42)
    found = page(app, late.path)
    assert "Masa sanggah telah berakhir" in found.main.text
    assert found.find("a", string=lambda text: text and "Sanggah" in text) is None


def test_f52_a_final_report_says_so_and_older_revisions_stay(app, late, drafted, seen, portal_at) -> None:
    portal_at(42)
    REPORTS.call("finalize", late.judge, id=drafted["id"])
    assert "Final, revisi 0" in page(app, late.path).main.text
    observe([seen(late.dataset, "b", period_end=date(2026, 9, 27))])
    model.Session.commit()
    REPORTS.call("create", late.judge, organization_id=late.opd, period="2026-09")
    assert "Draf, revisi 1" in page(app, late.path).main.text
    assert "Final, revisi 0" in page(app, f"{late.path}?revision=0").main.text


@pytest.mark.parametrize(
    ("form", "begins"), [("json", b"{"), ("csv", b"line,"), ("xlsx", b"PK"), ("pdf", b"%PDF-")]
)
def test_f52_the_page_leads_to_the_files(app, late, drafted, form, begins) -> None:
    addresses = [link["href"] for link in page(app, late.path).select(".jambi-buttons a")]
    (address,) = [each for each in addresses if f".{form}" in each]
    answer = app.get(address)
    assert answer.data.startswith(begins)
    assert f"kemutakhiran-{late.name}-2026-09-r0.{form}" in answer.headers["Content-Disposition"]


def test_f52_without_a_report_there_is_a_preview_without_files(app, late) -> None:
    found = page(app, late.path)
    assert "Pratinjau" in found.main.text
    assert not found.select(".jambi-buttons a")
    app.get(f"{late.path}.pdf", status=404)
    app.get(f"{late.path}?revision=0", status=404)


def test_f52_the_report_of_all_names_no_opd(app, late) -> None:
    assert page(app, "/freshness/report/all/2026-09").h1.text == "Semua OPD"


@pytest.mark.parametrize(
    "path", ["{name}/2026-11", "{name}/September", "tidak-ada/2026-09", "{name}/2026-09.docx"]
)
def test_f52_what_has_not_begun_or_is_no_time_is_not_found(app, late, path) -> None:
    app.get(f"/freshness/report/{path.format(name=late.name)}", status=404)


def test_f52_the_page_of_an_opd_lists_its_reports(app, late, drafted) -> None:
    found = page(app, f"/organization/{late.name}")
    addresses = [link["href"] for link in found.select("#laporan + dl a")]
    assert f"{late.path}?revision=0" in addresses
    assert f"/freshness/report/{late.name}/2026-Q4" in addresses


def test_f52_the_page_of_an_opd_leads_to_quarters_that_are_over_without_a_report(app, late) -> None:
    found = page(app, f"/organization/{late.name}")
    rows = {row.dt.text: row.a["href"] for row in found.select("#laporan + dl > div")}
    assert rows["triwulan III 2026"] == f"/freshness/report/{late.name}/2026-Q3"
    assert "triwulan IV 2025" not in rows  # nothing was promised yet
    assert "Pratinjau" in page(app, rows["triwulan III 2026"]).main.text


OBJECT = "a[href*='/freshness/desk/object']"


def objecting(found: BeautifulSoup) -> list[str]:
    return [link["href"] for link in found.select(f"td {OBJECT}")]


def test_f29_an_admin_of_the_opd_objects_on_the_form_of_the_desk(app, late, drafted) -> None:
    as_admin = signed_in(late.admin)
    before = objecting(page(app, late.path, **as_admin))
    shown = page(app, before[0], **as_admin)
    assert "7 Sep – 13 Sep 2026" in shown.select_one("main dl").text
    assert "Sanggahan sampai" in shown.select_one("main dl").text
    form = shown.select_one("main form[method=post]")
    typed = {each["name"]: each.get("value", "") for each in form.select("input[name]")}
    answer = app.post(form["action"], data=typed | WRITTEN, **as_admin)
    assert "Sanggahan tercatat sebagai baris" in answer.body
    (filed,) = APPEALS.call("list", late.admin)["results"]
    assert (filed["code"], filed["period_end"]) == ("A", "2026-09-13")
    found = page(app, late.path, **as_admin)
    assert "menunggu keputusan" in found.main.text
    assert objecting(found) == before[1:]


def test_f29_what_was_due_before_the_period_is_shown_and_cannot_be_objected_to(app, late, portal_at) -> None:
    portal_at(65)
    REPORTS.call("create", late.judge, organization_id=late.opd, period="2026-10")
    found = page(app, f"/freshness/report/{late.name}/2026-10", **signed_in(late.admin))
    linked = {row.td.text: bool(row.select(OBJECT)) for row in found.select("#terburuk ~ section tbody tr")}
    assert linked["7 Sep – 13 Sep 2026"] is False
    assert linked["28 Sep – 4 Okt 2026"] is True


def test_f29_only_those_who_may_object_are_led_to_the_form(app, late, drafted) -> None:
    (address, *_) = objecting(page(app, late.path, **signed_in(late.admin)))
    for headers in ({}, signed_in(late.editor), signed_in(late.judge)):
        found = page(app, late.path, **headers)
        assert objecting(found) == []
        assert "Admin OPD menyanggah melalui baris" in found.main.text
    app.get(address, status=403, **signed_in(late.editor))


def test_f52_the_action_gives_a_preview_by_name(late) -> None:
    found = REPORTS.call("show", {}, organization_id=late.name, period="2026-09")
    assert list(found) == ["report"]
    assert json.dumps(found["report"]["worst"])
    assert "period" in REPORTS.refused("show", {}, organization_id=late.name, period="2027")
    assert "period" in REPORTS.refused("show", {}, organization_id=late.name)


def test_f46_the_page_says_out_of_how_many_the_earlier_rank_was(app, late, drafted) -> None:
    said = REPORTS.call("show", late.judge, id=drafted["id"])["report"]
    before = said["before"] | {"rank": 7, "ranked": 20}
    with app.flask_app.test_request_context():
        shown = tk.render_snippet(
            "jambi/reports/index.html", {"report": said | {"before": before, "change": 0}}
        )
    assert "sebelumnya: 7 dari 20" in shown


def test_f29_appeals_before_a_draft_are_not_counted_as_those_against_it(app, late, drafted) -> None:
    decided = page(app, late.path).select_one("section:has(> #keputusan)")
    assert "Sanggahan: 0, dikabulkan 0." in decided.text
    Cases("appeal").call("create", late.admin, code="A", period="2026-09-20", reason="Sudah dikirim.")
    decided = page(app, late.path).select_one("section:has(> #keputusan)")
    assert "Sanggahan sebelum draf: 0, dikabulkan 0. Sanggahan atas draf: 1." in decided.text
