"""The page on which a steward sees what to do, and what each step is worth (F51)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import promise

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.promises import ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
PATH = "/dashboard/freshness"


def signed_in(organization_ids: list[str], role: str = "editor") -> dict[str, str]:
    token = factories.UserWithToken()
    for key in organization_ids:
        tk.get_action("organization_member_create")(
            {"ignore_auth": True}, {"id": key, "username": token["name"], "role": role}
        )
    return {"Authorization": token["token"]}


def shown(app: Any, headers: dict[str, str]) -> BeautifulSoup:
    return BeautifulSoup(app.get(PATH, headers=headers).body, "html.parser")


def test_f51_the_steps_of_all_opds_of_the_reader_by_gain(app, dataset, seen, portal_at) -> None:
    first, second, foreign = dataset("mingguan", stored=True), dataset("mingguan"), dataset("mingguan")
    for code, one in (("A", first), ("B", second), ("C", foreign)):
        promise(one, code=code, title=f"Data {code}")
    portal_at(6)
    observe([seen(one, one["id"]) for one in (first, second, foreign)])
    portal_at(40)
    ticking.run()
    page = shown(app, signed_in([first["owner_org"], second["owner_org"]]))
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in page.select("tbody tr")
    ]
    expected = [
        (step["gain"], step["points"])
        for one in (first, second)
        for step in tk.get_action("jambi_freshness_todo_list")(
            {"ignore_auth": True}, {"organization_id": one["owner_org"]}
        )["results"]
    ]
    gains = [f"+{gain:.1f} poin".replace(".", ",") for gain, _ in sorted(expected, key=lambda e: -e[0])]
    assert [row[3] for row in rows] == gains
    assert {row[4] for row in rows} == {f"+{points:.1f} poin".replace(".", ",") for _, points in expected}
    assert {row[1] for row in rows} == {model.Group.get(one["owner_org"]).title for one in (first, second)}
    assert all(row[2].startswith("terlambat sejak") for row in rows)
    assert "Data C" not in page.main.text


def test_f51_who_is_not_signed_in_is_asked_to_and_who_edits_nothing_is_told(app) -> None:
    answer = app.get(PATH, follow_redirects=False)
    assert answer.status_code == 302
    assert "/user/login" in answer.headers["Location"]
    assert "tidak menjadi editor" in shown(app, signed_in([])).main.text


def test_f49_the_address_of_an_opd_below_the_scoreboard_leads_to_its_page(app, dataset) -> None:
    name = model.Group.get(dataset()["owner_org"]).name
    answer = app.get(f"/freshness/organization/{name}", follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/organization/{name}")


@pytest.mark.parametrize("name", ["todo_list", "shortcut_show"])
def test_f51_members_of_the_opd_and_walidata_alone_read_what_to_do(app, city, person, name) -> None:
    action, asked = tk.get_action(f"jambi_freshness_{name}"), {"organization_id": city.opd}
    for who in (city.admin, city.editor, person(city.opd, "member"), city.judge):
        action(dict(who), dict(asked))
    for who in (person(), {"user": ""}):
        with pytest.raises(tk.NotAuthorized):
            action(dict(who), dict(asked))


def test_f51_the_page_of_an_opd_tells_its_members_alone_what_to_do(app, dataset, seen, portal_at) -> None:
    one = dataset("mingguan")
    promise(one)
    portal_at(40)
    ticking.run()
    path = f"/organization/{model.Group.get(one['owner_org']).name}"
    headers = signed_in([one["owner_org"]], "member")
    member = BeautifulSoup(app.get(path, headers=headers).body, "html.parser")
    assert member.select_one("#tindakan") is not None
    assert BeautifulSoup(app.get(path).body, "html.parser").select_one("#tindakan") is None


def test_f51_a_step_of_an_item_with_several_datasets_leads_to_each(app, dataset, seen, portal_at) -> None:
    first = dataset("mingguan")
    second = dataset("mingguan", owner_org=first["owner_org"])
    promise(first, code="A", title="Data A", datasets=[first["name"], second["name"]])
    promise(dataset("mingguan", owner_org=first["owner_org"], name="sendiri"), code="B", title="Data B")
    portal_at(6)
    observe([seen(one, one["id"]) for one in (first, second)])
    portal_at(40)
    ticking.run()
    headers = signed_in([first["owner_org"]])
    rows = shown(app, headers).select("tbody tr")
    of_a = [row for row in rows if "Data A" in row.text]
    assert of_a
    for row in of_a:
        links = [link["href"].rpartition("/")[2] for link in row.select("a")]
        assert sorted(links) == sorted([first["name"], second["name"]])
    (one_link,) = next(row for row in rows if "Data B" in row.text).select("a")
    assert one_link["href"].endswith("/sendiri")
    name = model.Group.get(first["owner_org"]).name
    page = BeautifulSoup(app.get(f"/organization/{name}", headers=headers).body, "html.parser")
    steps = [step for step in page.select(".jambi-todo li") if "Data A" in step.text]
    assert {len(step.select("a")) for step in steps} == {2}
