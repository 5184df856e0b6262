"""Every figure that is published says by which rules, on which log and as of when it stands (F5)."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import CONFIG, promise

from ckanext.jambi import clock
from ckanext.jambi.freshness import calendars, ledger, stamps
from ckanext.jambi.freshness.decisions.desk import Desk
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import adopting, judging, ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
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
    later.write_text(text.replace("version: 1", "version: 3").replace("2026-11-24", "soon"), "utf-8")
    with pytest.raises(adopting.RuleError, match="soon"):
        adopting.adopt(later)


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("show", {"id": ""}),
        ("timeline_show", {"id": ""}),
        ("list", {}),
        ("leaderboard_list", {}),
        ("obligation_list", {}),
        ("organization_show", {"id": "opd"}),
        ("as_of_show", {"as_of": "2026-09-20"}),
        ("as_of_show", {"as_of": "2026-09-20", "id": ""}),
        ("history_list", {}),
        ("history_list", {"id": ""}),
        ("todo_list", {"organization_id": "opd"}),
        ("shortcut_show", {"organization_id": "opd"}),
    ],
)
def test_f05_an_answer_names_its_rules_its_log_and_its_instant(weekly, action, asked) -> None:
    named = {"": weekly["name"], "opd": weekly["owner_org"]}
    given = {key: named.get(value, value) for key, value in asked.items()}
    found = tk.get_action(f"jambi_freshness_{action}")({"user": factories.Sysadmin()["name"]}, given)
    assert all(found[name] for name in NAMES)
    assert found["log"]["row_hash"] == ledger.hash_of(found["log"]["seq"])


@pytest.mark.parametrize(
    "path",
    ["/freshness", "/organization/{opd}", "/dataset/{name}/freshness", "/calendar", "/dashboard/freshness"],
)
def test_f05_a_page_of_figures_shows_them(app, weekly, path) -> None:
    token = factories.UserWithToken()
    opd = model.Group.get(weekly["owner_org"]).name
    tk.get_action("organization_member_create")(
        {"ignore_auth": True}, {"id": opd, "username": token["name"], "role": "editor"}
    )
    answer = app.get(path.format(opd=opd, name=weekly["name"]), headers={"Authorization": token["token"]})
    main = BeautifulSoup(answer.body, "html.parser").main
    assert "kebijakan v1, kalender v1" in main.text
    root = main.select_one(".jambi-root").text
    link = main.select_one(".jambi-note:has(.jambi-root) a")["href"]
    assert ledger.hash_of(int(link.rsplit("/", 1)[1])) == root


def test_f05_files_of_the_board_and_the_card_carry_them(app, weekly) -> None:
    (row,) = csv.DictReader(app.get("/freshness.csv").body.splitlines())
    assert (row["policy_version"], row["calendar_version"]) == ("1", "1")
    assert ledger.hash_of(int(row["log_seq"])) == row["log_root"]
    (told,) = json.loads(app.get("/freshness.json").body)["organizations"]
    assert told["log_root"] == row["log_root"]
    answer = app.get(f"/freshness/organization/{row['organization']}.svg")
    card = ElementTree.fromstring(answer.body)  # noqa: S314 - our own text
    written = [each.text for each in card.iter("{http://www.w3.org/2000/svg}text")]
    assert f"kebijakan v1, kalender v1 · log {row['log_seq']} {row['log_root'][:12]}" in written
