"""Every figure that is published says by which rules, on which log and as of when it stands (F5)."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import ckan.plugins.toolkit as tk
import counting
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import CONFIG, promise

from ckanext.jambi import clock
from ckanext.jambi.freshness import calendars, ledger, stamps
from ckanext.jambi.freshness.decisions.desk import Desk
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.logic import (
    action,
    action_cases,
    action_faults,
    action_items,
    action_log,
    action_promises,
    action_reports,
    action_share,
)
from ckanext.jambi.freshness.model import root
from ckanext.jambi.freshness.promises import adopting, judging, ticking
from ckanext.jambi.freshness.roots import making
from ckanext.jambi.working_days import ONE_DAY, midnight

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
REPORT = "/freshness/report/{opd}/2026-09.json"
ACTIONS = (
    action,
    action_cases,
    action_faults,
    action_items,
    action_log,
    action_promises,
    action_reports,
    action_share,
)
NAMES = ("as_of", "policy_version", "calendar_version", "log")


@pytest.fixture
def weekly(dataset, seen, portal_at) -> dict[str, Any]:
    """Return a dataset with an item and one late week, as of 30 September."""
    one = dataset("mingguan", stored=True)
    promise(one)
    portal_at(13)
    observe([seen(one, "a")])
    model.Session.commit()
    portal_at(29.5)
    ticking.run()
    return one


def test_f05_the_end_of_the_log_is_that_of_the_instant(weekly, seen, portal_at) -> None:
    end = ledger.head()
    then = clock.now()
    portal_at(30)
    observe([seen(weekly, "b")])
    assert ledger.head().seq == end.seq + 1
    assert stamps.at(then) == {
        "as_of": then.isoformat(),
        "policy_version": "1",
        "calendar_version": "1",
        "log": {"seq": end.seq, "row_hash": end.row_hash.hex()},
    }
    assert stamps.at(portal_at(-1))["log"]["seq"] == 0
    assert stamps.at(portal_at(-1))["policy_version"] is None


@pytest.fixture
def ahead(weekly, tmp_path: Path) -> None:
    """Adopt a second policy and calendar that count from 5 October 2026 on."""
    for kind in ("policy", "calendar"):
        text = (CONFIG / kind / "v1.yaml").read_text("utf-8")
        later = tmp_path / f"{kind}.yaml"
        later.write_text(
            re.sub("version: 1\nvalid_from: .*", "version: 2\nvalid_from: 2026-10-05", text), "utf-8"
        )
        adopting.adopt(later)
    model.Session.commit()


@pytest.mark.parametrize(("days", "version"), [(30, "1"), (33.58, "1"), (33.59, "2")])
def test_f05_a_version_is_in_force_from_its_day_on(ahead, portal_at, days: float, version: str) -> None:
    now = portal_at(days)  # the day begins 33.583 days after the start
    stamp, law = stamps.at(now), judging.known(packages=[]).law
    assert (stamp["policy_version"], stamp["calendar_version"]) == (version, version)
    assert (law.policy_at(now).version, law.calendar_at(now).version) == (version, version)
    assert (calendars.at(now).version, Desk().calendar.version) == (version, version)
    for kind in ("policy", "calendar"):
        show = tk.get_action(f"jambi_freshness_{kind}_show")
        assert show({}, {})["version"] == version
        assert show({}, {"version": "2"})["body"]["valid_from"] == "2026-10-05"


def test_f05_a_version_names_a_day(tmp_path: Path) -> None:
    text = (CONFIG / "policy" / "v1.yaml").read_text("utf-8")
    later = tmp_path / "v3.yaml"
    later.write_text(text.replace("version: 1", "version: 3").replace("2025-01-01", "soon"), "utf-8")
    with pytest.raises(adopting.RuleError, match="soon"):
        adopting.adopt(later)


FIGURES = {
    "show": [{"id": ""}],
    "promise_list": [{"id": ""}],
    "timeline_show": [{"id": ""}],
    "list": [{}],
    "leaderboard_list": [{}],
    "obligation_list": [{}],
    "release_list": [{}],
    "organization_show": [{"id": "opd"}],
    "as_of_show": [{"as_of": "2026-09-20"}, {"as_of": "2026-09-20", "id": ""}],
    "history_list": [{}, {"id": ""}],
    "todo_list": [{"organization_id": "opd"}],
    "shortcut_show": [{"organization_id": "opd"}],
    "report_show": [{"organization_id": "opd", "period": "2026-09"}],
}
"""What each action that answers figures is asked for."""
NO_FIGURES = {
    *("item_list", "item_show", "policy_show", "calendar_show"),  # what was said, not what follows from it
    *(
        "appeal_list",
        "attestation_list",
        "exemption_list",
        "portal_fault_list",
    ),  # acts, each a row of the log
    *("observation_list", "log_export", "root_list"),  # the log itself
    *("report_list", "report_export", "report_verify"),  # reports, which carry it inside
}
PAGES = {
    "/": "/",
    "/freshness": "/freshness",
    "/kemutakhiran": "/kemutakhiran",
    "/calendar": "/calendar",
    "/kalender": "/kalender",
    "/dashboard/freshness": "/dashboard/freshness",
    "/dataset/<id>/freshness": "/dataset/{name}/freshness",
    "/dataset/<id>": "/dataset/{name}",
    "/organization/<id>": "/organization/{opd}",
    "/freshness/report/<organization>/<period>": "/freshness/report/{opd}/2026-09",
}
FILES = {
    "/freshness.csv": "/freshness.csv",
    "/freshness.json": "/freshness.json",
    "/freshness.atom": "/freshness.atom",
    "/calendar.csv": "/calendar.csv",
    "/calendar.ics": "/calendar.ics",
    "/freshness/report/<organization>/<period>.<any(json, csv, xlsx, pdf, zip):form>": REPORT,
}
"""Pages and files that show figures, by the rule of their address."""
WITHOUT = {
    *("/dataset/<id>/freshness.svg", "/dataset/<id>/freshness.json"),  # kept by caches: the rules alone
    *("/freshness/roots.csv", "/freshness/log", "/freshness/log/<int:seq>"),  # the log itself
    *(
        "/freshness/desk",
        "/freshness/desk/items",
        "/freshness/desk/<name>",
        "/freshness/answer/<link_id>",
    ),  # forms
    "/freshness/organization/<name>.svg",  # has room for a part of the hash: a test of its own
    "/freshness/organization/<name>",  # leads to the page of the OPD
}
OURS = re.compile(
    r"/(freshness|kemutakhiran|calendar|kalender|dashboard/freshness|dataset/<id>/freshness)\b.*"
)


def test_f05_every_action_that_reads_answers_figures_or_is_known_to_have_none() -> None:
    reads = {
        name.removeprefix("jambi_freshness_")
        for module in ACTIONS
        for name in module.__all__
        if getattr(getattr(module, name), "side_effect_free", False)
    }
    assert reads == {*FIGURES, *NO_FIGURES}


@pytest.mark.parametrize("action", FIGURES)
def test_f05_an_answer_names_its_rules_its_log_and_its_instant(weekly, action) -> None:
    named = {"": weekly["name"], "opd": weekly["owner_org"]}
    for asked in FIGURES[action]:
        given = {key: named.get(value, value) for key, value in asked.items()}
        found = tk.get_action(f"jambi_freshness_{action}")({"user": factories.Sysadmin()["name"]}, given)
        told = found.get("report", found)
        assert all(told[name] for name in NAMES)
        assert told["log"]["row_hash"] == ledger.hash_of(told["log"]["seq"])


def test_f05_every_address_of_freshness_shows_figures_or_is_known_to_have_none(app) -> None:
    rules = {each.rule for each in app.flask_app.url_map.iter_rules() if OURS.fullmatch(each.rule)}
    assert rules - {*PAGES, *FILES} == WITHOUT


@pytest.fixture
def editor(weekly) -> dict[str, str]:
    """Return what signs an editor of the OPD in."""
    token = factories.UserWithToken()
    role = {"id": weekly["owner_org"], "username": token["name"], "role": "editor"}
    tk.get_action("organization_member_create")({"ignore_auth": True}, role)
    return {"Authorization": token["token"]}


@pytest.mark.parametrize("path", PAGES.values())
def test_f05_a_page_of_figures_shows_them(app, weekly, editor, path) -> None:
    opd = model.Group.get(weekly["owner_org"]).name
    answer = app.get(path.format(opd=opd, name=weekly["name"]), headers=editor)
    main = BeautifulSoup(answer.body, "html.parser").main
    assert "kebijakan v1, kalender v1" in main.text
    root = main.select_one(".jambi-root").text
    link = main.select_one(".jambi-note:has(.jambi-root) a")["href"]
    assert ledger.hash_of(int(link.rsplit("/", 1)[1])) == root


@pytest.mark.parametrize("path", [*FILES.values(), REPORT.replace(".json", ".csv")])
def test_f05_a_file_of_figures_carries_them(app, weekly, portal_at, path) -> None:
    opd = model.Group.get(weekly["owner_org"]).name
    if "report" in path:
        portal_at(31)
        made = {"organization_id": weekly["owner_org"], "period": "2026-09"}
        tk.get_action("jambi_freshness_report_create")({"user": factories.Sysadmin()["name"]}, made)
    text = app.get(path.format(opd=opd)).body.replace("\r\n ", "")
    known = {ledger.hash_of(seq) for seq in range(1, ledger.head().seq + 1)}
    assert [each for each in known if each in text]
    assert re.search(r"kebijakan v1, kalender v1|policy_version", text)
    assert re.search(r"as_of|index_at|Menurut", text)


def test_f05_the_end_of_a_day_is_told_as_its_roots_know_it(weekly) -> None:
    days = [date(2026, 8, 31), date(2026, 9, 14), date(2026, 9, 20)]
    before = stamps.at_end_of(days)
    making.run()
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(root)) > 20
    with counting.statements() as few:
        assert stamps.at_end_of(days[1:]) == {day: before[day] for day in days[1:]}
    assert len(few) == 1 + len(days[1:])
    assert before == {day: stamps.at(midnight(day + ONE_DAY)) for day in days}


def test_f05_the_card_carries_them(app, weekly) -> None:
    (row,) = csv.DictReader(app.get("/freshness.csv").body.splitlines())
    answer = app.get(f"/freshness/organization/{row['organization']}.svg")
    card = ElementTree.fromstring(answer.body)  # noqa: S314 - our own text
    written = [each.text for each in card.iter("{http://www.w3.org/2000/svg}text")]
    assert f"kebijakan v1, kalender v1 · log {row['log_seq']} {row['log_root'][:12]}" in written
