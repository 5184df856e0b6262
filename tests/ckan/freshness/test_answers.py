"""The link of a reminder: signed, 14 days, once, as its user; looking does nothing (F19, F45)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from daftar import Cases, outcomes, promise

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.ladder import climbing
from ckanext.jambi.freshness.model import link as link_table
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.notices import links, sending

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi_notices jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]


@pytest.fixture
def reminded(
    posts: None, city: SimpleNamespace, seen: Any, mail: Any, portal_at: Any, with_request_context: None
) -> SimpleNamespace:
    """Return the city at the reminder of the first week's data; the week before was delivered."""
    observe([seen(city.dataset, "a", period_end=date(2026, 9, 6))])
    model.Session.commit()
    portal_at(13.01)
    ticking.run()
    climbing.run()
    sending.send_due()
    city.mail = mail
    return city


def path_for(who: dict[str, Any], mail: Any) -> str:
    """Return the path of the link in the newest message to a person."""
    address = model.User.get(who["user"]).email
    text = [message for to, message in mail.taken if to == address][-1].get_content()
    (url,) = re.findall(r"http\S+", text)
    split = urlsplit(url)
    return f"{split.path}?{split.query}"


def press(app: Any, path: str, answers: dict[str, str], status: int = 200) -> BeautifulSoup:
    return BeautifulSoup(app.post(path, data=answers, status=status).body, "html.parser")


def buttons(app: Any, path: str) -> dict[str, str]:
    """Return what the page offers to press: the value of each answer, by its words."""
    page = BeautifulSoup(app.get(path).body, "html.parser")
    return {
        each.get_text(): (each["name"], each["value"]) for each in page.select("button[name]") if each["name"]
    }


def test_f19_one_tap_states_that_nothing_changed(app, reminded, portal_at) -> None:
    path = path_for(reminded.editor, reminded.mail)
    portal_at(14)
    name, value = buttons(app, path)["No change in this period"]
    page = press(app, path, {name: value})
    assert "second person" in page.get_text()
    (case,) = Cases("attestation").call("list", reminded.admin)["results"]
    assert (case["act"], case["period_end"], case["status"]) == ("unchanged", "2026-09-13", "pending")
    assert case["asked"]["by"] == model.User.get(reminded.editor["user"]).id
    Cases("attestation").call("decide", reminded.admin, id=case["id"], outcome="diterima", reason="Sesuai")
    ticking.run()
    assert outcomes()[0] == "attested"


def test_f19_one_tap_states_that_nothing_happened(app, reminded, portal_at) -> None:
    path = path_for(reminded.admin, reminded.mail)
    portal_at(14)
    name, value = buttons(app, path)["Nothing happened in this period"]
    press(app, path, {name: value})
    (case,) = Cases("attestation").call("list", reminded.judge)["results"]
    assert (case["act"], case["asked"]["by"]) == ("nil", model.User.get(reminded.admin["user"]).id)


def test_f45_looking_at_the_link_does_nothing(app, reminded, portal_at) -> None:
    path = path_for(reminded.editor, reminded.mail)
    portal_at(14)
    for _ in range(3):
        answer = app.get(path)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "You answer as" in answer.body
    assert Cases("attestation").call("list", reminded.admin)["count"] == 0
    assert model.Session.scalars(sa.select(link_table.c.used_at)).all() == [None, None]


def test_f45_a_link_works_once(app, reminded, portal_at) -> None:
    path = path_for(reminded.editor, reminded.mail)
    portal_at(14)
    name, value = buttons(app, path)["No change in this period"]
    press(app, path, {name: value})
    assert "works once" in press(app, path, {name: value}, 410).get_text()
    assert "works once" in app.get(path, status=410).body
    assert Cases("attestation").call("list", reminded.admin)["count"] == 1
    assert buttons(app, path_for(reminded.admin, reminded.mail)) == {}  # its own link: the statement waits


def test_f45_a_link_lives_fourteen_days(app, reminded, portal_at) -> None:
    path = path_for(reminded.editor, reminded.mail)
    portal_at(27)
    assert "You answer as" in app.get(path).body
    portal_at(27.02)
    assert "works no more" in app.get(path, status=410).body
    press(app, path, {"x": "nil"}, 410)


@pytest.mark.parametrize("change", [lambda path: path[:-1], lambda path: path.split("?")[0]])
def test_f45_without_its_signature_a_link_leads_nowhere(app, reminded, change: Callable[[str], str]) -> None:
    path = change(path_for(reminded.editor, reminded.mail))
    app.get(path, status=404)
    app.post(path, status=404)


def test_f45_a_link_of_another_message_is_not_opened_by_this_signature(app, reminded) -> None:
    mine, other = (path_for(who, reminded.mail) for who in (reminded.editor, reminded.admin))
    app.get(f"{other.split('?')[0]}?{mine.split('?')[1]}", status=404)
    name = "no-such-message"
    with_app = links.signature(name)
    app.get(f"/freshness/answer/{name}?token={with_app}", status=404)


def test_f45_a_link_acts_as_its_user_with_the_rights_that_user_has_now(
    app, reminded, sysadmin, portal_at
) -> None:
    path = path_for(reminded.editor, reminded.mail)
    portal_at(14)
    name, value = buttons(app, path)["No change in this period"]
    role = {"id": reminded.opd, "username": reminded.editor["user"]}
    tk.get_action("organization_member_delete")({"user": sysadmin["name"]}, role)
    press(app, path, {name: value}, 403)
    assert Cases("attestation").call("list", reminded.admin)["count"] == 0
    assert model.Session.scalars(sa.select(link_table.c.used_at)).all() == [None, None]


def test_what_cannot_be_stated_is_said_and_the_link_keeps_working(app, reminded, portal_at) -> None:
    path = path_for(reminded.editor, reminded.mail)
    assert "Choose what you want to say" in press(app, path, {}, 400).get_text()
    assert len(buttons(app, path)) == 2
    portal_at(14)
    made = {"code": "A", "period": "2026-W37", "statement": "Tidak ada perubahan"}
    Cases("attestation").call("create", reminded.admin, **made)
    assert "waits for its approval" in app.get(path).body


def test_several_periods_are_one_link_and_all_or_nothing(app, reminded, dataset, seen, portal_at) -> None:
    other = dataset("mingguan", owner_org=reminded.opd)
    promise(other, code="B", title="Data B")
    portal_at(27)
    observe(
        [seen(each, f"c{each['id']}", period_end=date(2026, 9, 20)) for each in (reminded.dataset, other)]
    )
    model.Session.commit()
    ticking.run()
    climbing.run()
    sending.send_due()
    path = path_for(reminded.editor, reminded.mail)
    portal_at(28)
    page = BeautifulSoup(app.get(path).body, "html.parser")
    choices = [each["name"] for each in page.select("input[type=radio][value=unchanged]")]
    assert len(choices) == 2
    press(app, path, dict.fromkeys(choices, "unchanged") | {"csrf": "x"})
    assert Cases("attestation").call("list", reminded.admin)["count"] == 2


def test_f45_no_table_log_or_action_holds_a_link_that_works(app, reminded, sysadmin, caplog) -> None:
    path = path_for(reminded.editor, reminded.mail)
    token = path.split("token=")[1]
    with caplog.at_level(logging.DEBUG):
        app.get(path)
    assert token not in caplog.text
    for table in ("jambi_notice", "jambi_notice_delivery", "jambi_freshness_link", "jambi_freshness_notice"):
        assert token not in str(model.Session.execute(sa.text(f"SELECT * FROM {table}")).all())
    listed = tk.get_action("jambi_notice_list")({"user": sysadmin["name"], "ignore_auth": False}, {})
    bodies = [each["body"] for each in listed]
    assert any(path.split("?")[0] in body for body in bodies)
    assert all("token" not in body and "{signed" not in body for body in bodies)


@pytest.mark.ckan_config("ckan.locale_default", "id")
@pytest.mark.ckan_config("ckan.locales_offered", "id en")
def test_the_page_speaks_indonesian(app, reminded) -> None:
    path = path_for(reminded.editor, reminded.mail)
    text = BeautifulSoup(app.get(path).body, "html.parser").find("main").get_text()
    assert "Jawab pengingat" in text
    assert "Tidak ada perubahan pada periode ini" in text
