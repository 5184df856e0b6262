"""What pages show of a period for which nothing came: since which row, or which days excuse it (F15, F27)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from daftar import Cases

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.theme.pages import board
from ckanext.jambi.theme.pages.freshness import lasting

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
SPAN = re.compile(r"\d+ \w+ – \d+ \w+ \d{4}")
LAW = {"reason": "Banjir.", "legal_basis": "SK 1/2026"}


def main(app: Any, path: str) -> BeautifulSoup:
    """Return what a stranger reads on a page."""
    return BeautifulSoup(app.get(path).body, "html.parser").main


def duties(page: BeautifulSoup) -> dict[str, BeautifulSoup]:
    """Return the rows of the obligations on a page, by their period."""
    rows = page.select_one("#wajib").find_parent("section").select("tbody tr")
    return {
        next(each.text for each in row.select("th, td") if SPAN.fullmatch(each.text)): row for row in rows
    }


def excuse(city: Any, first: str, last: str) -> int:
    """Let walidata grant exempt days; return the row of the decision."""
    case = Cases("exemption")
    days = {"from": first, "to": last}
    asked = case.call("create", city.admin, code="A", reason_code="bencana", **days, **LAW)
    decided = case.call("decide", city.judge, id=asked["id"], outcome="diterima", **LAW)
    return decided["seq"]


@pytest.mark.parametrize("path", ["/dataset/{name}/freshness", "/organization/{opd}"])
def test_f15_an_open_period_names_the_last_row_that_brought_content(app, city, seen, portal_at, path) -> None:
    named = {"name": city.dataset["name"], "opd": model.Group.get(city.opd).name}
    portal_at(24)
    ticking.run()
    before = main(app, path.format(**named))
    assert "belum pernah ada data yang dihitung" in duties(before)["7 Sep – 13 Sep 2026"].text
    (made,) = observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    ticking.run()
    rows = duties(main(app, path.format(**named)))
    late = rows["7 Sep – 13 Sep 2026"]
    assert "tidak ada data baru sejak" in late.text
    assert late.select_one("a[href*='/freshness/log/']")["href"].endswith(f"/{made.seq}")


def test_f15_a_period_that_is_closed_or_not_over_owes_no_proof_of_absence(city, app, seen, portal_at) -> None:
    (made,) = observe([seen(city.dataset, "a")])
    ticking.run()
    asked = {"id": city.dataset["id"]}
    found = tk.get_action("jambi_freshness_obligation_list")({}, asked)["results"]
    assert {each["content_seq"] for each in found if each["outcome"] == "open"} == {made.seq}
    assert {each["content_seq"] for each in found if each["outcome"] != "open"} <= {None}
    shown = main(app, f"/dataset/{city.dataset['name']}/freshness")
    assert "tidak ada data baru" not in shown.select_one("#wajib").find_parent("section").text


def test_f27_a_period_that_an_exemption_excuses_shows_its_days_and_no_delivery(city, app, portal_at) -> None:
    seq = excuse(city, "2026-09-14", "2026-09-20")
    portal_at(30)
    ticking.run()
    row = duties(main(app, f"/dataset/{city.dataset['name']}/freshness"))["14 Sep – 20 Sep 2026"]
    cells = [" ".join(each.text.split()) for each in row.select("td")]
    assert cells[-2:] == ["dikecualikan 14 Sep 2026 – 20 Sep 2026", f"baris {seq}"]


def test_f50_bands_of_no_length_are_left_out_and_their_neighbours_meet() -> None:
    def band(start: str, end: str, state: str) -> dict[str, str]:
        return {"from": f"2026-09-01T{start}+00:00", "to": f"2026-09-01T{end}+00:00", "state": state}

    bands = [
        band("00:00:00", "08:00:00", "fresh"),
        band("08:00:00", "08:00:30", "overdue"),
        band("08:00:30", "09:00:00", "fresh"),
        band("09:00:00", "09:00:00", "due"),
        band("09:00:00", "10:00:00", "overdue"),
    ]
    assert lasting(bands) == [
        band("00:00:00", "09:00:00", "fresh"),
        band("09:00:00", "10:00:00", "overdue"),
    ]


def test_f49_a_chart_that_begins_without_a_value_is_named_by_its_first_one() -> None:
    trend = [{"day": "2026-09-06", "index": None}, {"day": "2026-09-13", "index": 40.0}]
    counted = {**dict.fromkeys((*board._COPIED, "name"), 0), "title": "T", "trend": trend, "index": 50.0}
    assert board._row(counted)["since"] == trend[1]
