"""Data that comes as needed: a named user is asked each quarter, and walidata reviews archives (F25)."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from daftar import Cases, promise
from mail_server import MailServer

from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.ladder import climbing
from ckanext.jambi.freshness.model import item, notice, score
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.notices import sending

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_theme jambi_freshness jambi_notices jambi"),
    pytest.mark.ckan_config("ckan.locale_default", "id"),
    pytest.mark.ckan_config("ckan.locales_offered", "id en"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
telling = pytest.mark.usefixtures("with_request_context")  # as a worker tells, which has one
DESK = "/freshness/desk"
ASKED = ["confirm_1", "confirm_2", "confirm_3"]


@pytest.fixture
def opd(
    posts: None,
    dataset: Callable,
    seen: Callable,
    person: Callable,
    walidata: dict[str, Any],
    mail: MailServer,
) -> Callable[..., SimpleNamespace]:
    """Return what makes an OPD with an item A of a frequency, its data there since the first day."""

    def make(frequency: str, weight_beside: int = 2) -> SimpleNamespace:
        one = dataset("insidental", name="produk-hukum", title="Produk hukum")
        promise(one, frequency=frequency, title="Produk hukum")
        for code in "BC":
            promise(one, code=code, weight=weight_beside, frequency="tahunan", datasets=[])
        observe([seen(one, "a")])
        model.Session.commit()
        ticking.run()
        owner = one["owner_org"]
        editor, judge = person(owner, "editor"), person(walidata["id"])
        return SimpleNamespace(opd=owner, dataset=one, editor=editor, judge=judge, mail=mail)

    return make


def work(day: float, portal_at: Callable) -> None:
    """Let the duties run twice at an instant."""
    portal_at(day)
    ticking.run()
    climbing.run()
    climbing.run()


def asked() -> list[str]:
    """Return how often item A was asked for, in order."""
    query = sa.select(notice.c.step).join(item, item.c.id == notice.c.item_id).where(item.c.code == "A")
    return list(model.Session.scalars(query.order_by(notice.c.written_at, notice.c.due_at)))


def text_to(who: dict[str, Any], mail: MailServer) -> str:
    """Return what the newest message to a person says."""
    while sending.send_due().total():
        pass
    address = model.User.get(who["user"]).email
    found: str = [message for to, message in mail.taken if to == address][-1].get_content()
    return found


def state() -> str | None:
    joined = score.join(item, score.c.item_id == item.c.id)
    return model.Session.scalar(sa.select(score.c.state).select_from(joined).where(item.c.code == "A"))


def headers_of(who: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": factories.APIToken(user=who["user"])["token"]}


def page(app: Any, path: str, who: dict[str, Any], status: int = 200) -> BeautifulSoup:
    return BeautifulSoup(app.get(path, headers=headers_of(who), status=status).body, "html.parser")


@telling
def test_f25_a_named_user_is_asked_once_a_quarter(opd, portal_at) -> None:
    made = opd("insidental")
    told = {}
    for day in (80, 92, 100, 183, 200, 274, 300, 340):
        work(day, portal_at)
        told[day] = asked()
    assert [len(steps) for steps in told.values()] == [0, 1, 1, 2, 2, 3, 3, 3]
    assert told[340] == ASKED
    while sending.send_due().total():
        pass
    address = model.User.get(made.editor["user"]).email
    subjects = [message["Subject"] for to, message in made.mail.taken if to == address]
    assert sum("Produk hukum: masih benar?" in each for each in subjects) == 3


@telling
def test_f25_after_an_outage_no_quarter_is_asked_for_twice(opd, portal_at) -> None:
    made = opd("insidental")
    work(300, portal_at)
    work(301, portal_at)
    assert asked() == ASKED
    address = model.User.get(made.editor["user"]).email
    text_to(made.editor, made.mail)
    assert (
        sum(to == address and "Produk hukum" in message.get_content() for to, message in made.mail.taken) == 1
    )


@telling
def test_f25_what_was_renewed_is_asked_for_a_quarter_later(opd, seen, portal_at) -> None:
    made = opd("insidental")
    portal_at(60)
    observe([seen(made.dataset, "b")])
    model.Session.commit()
    work(100, portal_at)
    assert asked() == []
    work(153, portal_at)
    assert asked() == ["confirm_1"]


@telling
def test_f25_one_tap_on_the_link_confirms_in_the_name_of_its_reader(app, opd, portal_at) -> None:
    made = opd("insidental")
    work(92, portal_at)
    text = text_to(made.editor, made.mail)
    assert "bila masih benar, nyatakan di sini" in " ".join(text.split())
    (url,) = re.findall(r"http\S+", text)
    path = f"{urlsplit(url).path}?{urlsplit(url).query}"
    shown = BeautifulSoup(app.get(path).body, "html.parser")
    (button,) = shown.select("button[name][value=confirmed]")
    assert button.get_text() == "Data masih benar"
    done = app.post(path, data={button["name"]: "confirmed"})
    assert "Konfirmasi langsung dihitung" in done.body
    (case,) = Cases("attestation").call("list", made.judge)["results"]
    assert (case["act"], case["status"]) == ("confirmed", "decided")
    assert case["asked"]["by"] == model.User.get(made.editor["user"]).id
    work(140, portal_at)
    assert asked() == ["confirm_1"]
    work(184, portal_at)
    assert asked() == ["confirm_1", "confirm_1"]  # of the next quarter: a confirmation is evidence


@telling
def test_f25_a_link_of_data_that_was_renewed_meanwhile_has_nothing_to_ask(app, opd, seen, portal_at) -> None:
    made = opd("insidental")
    work(92, portal_at)
    (url,) = re.findall(r"http\S+", text_to(made.editor, made.mail))
    portal_at(93)
    observe([seen(made.dataset, "b")])
    model.Session.commit()
    shown = BeautifulSoup(app.get(f"{urlsplit(url).path}?{urlsplit(url).query}").body, "html.parser")
    assert shown.select("button[value=confirmed]") == []
    assert "sudah diperbarui atau dikonfirmasi" in shown.main.get_text()


@telling
def test_f25_outside_the_fifth_nobody_is_asked(opd, portal_at) -> None:
    opd("insidental", weight_beside=1)
    work(183, portal_at)
    assert asked() == []


def passed(day: float, portal_at: Callable) -> None:
    """Let the tables follow to an instant."""
    portal_at(day)
    ticking.run()


def test_f51_the_to_do_list_leads_to_the_form_of_the_confirmation(app, opd, portal_at) -> None:
    made = opd("insidental")
    assert page(app, "/dashboard/freshness", made.editor).select(f"a[href*='{DESK}/confirm']") == []
    passed(100, portal_at)
    (link,) = page(app, "/dashboard/freshness", made.editor).select(f"a[href*='{DESK}/confirm']")
    assert page(app, DESK, made.editor).select("main a[href$='/dashboard/freshness']") != []
    form = page(app, link["href"], made.editor)
    assert "A · Produk hukum" in form.main.get_text()
    assert form.select("a[href$='/dataset/produk-hukum']") != []
    typed = {each["name"]: each.get("value", "") for each in form.select("main form [name]")}
    path, headers = f"{DESK}/confirm", headers_of(made.editor)
    empty = BeautifulSoup(app.post(path, data=typed, headers=headers).body, "html.parser")
    assert empty.select_one("#statement")["aria-invalid"] == "true"
    assert empty.select_one("#statement-e").get_text(strip=True)
    said = typed | {"statement": "Dicocokkan dengan register"}
    sent = app.post(path, data=said, headers=headers, follow_redirects=False)
    assert (sent.status_code, sent.headers["Location"].endswith("/dashboard/freshness")) == (302, True)
    passed(100.01, portal_at)
    assert page(app, "/dashboard/freshness", made.editor).select(f"a[href*='{DESK}/confirm']") == []


def test_f25_others_have_no_way_to_the_form(app, opd, person, portal_at) -> None:
    made = opd("insidental")
    passed(100, portal_at)
    page(app, f"{DESK}/confirm?code=A", person(), 403)
    page(app, f"{DESK}/confirm?code=A", person(made.opd, "member"), 403)
    page(app, f"{DESK}/confirm", made.editor, 404)


def test_f25_walidata_reviews_archives_from_the_desk(app, opd, portal_at) -> None:
    made = opd("sekali")
    assert page(app, DESK, made.judge).select(f"a[href*='{DESK}/review']") == []
    passed(320, portal_at)
    (link,) = page(app, DESK, made.judge).select(f"a[href*='{DESK}/review']")
    assert "1 Sep 2027" in link.parent.get_text()
    passed(430, portal_at)
    assert state() == "overdue"
    (late,) = page(app, DESK, made.judge).select(f"a[href*='{DESK}/review']")
    assert "wajib tiap tahun sejak" in late.parent.get_text()
    headers = headers_of(made.judge)
    empty = app.post(f"{DESK}/review", data={"code": "A"}, headers=headers)
    assert BeautifulSoup(empty.body, "html.parser").select_one("#reason")["aria-invalid"] == "true"
    app.post(f"{DESK}/review", data={"code": "A", "reason": "Diperiksa"}, headers=headers)
    ticking.run()
    assert state() == "fresh"
    assert page(app, DESK, made.judge).select(f"a[href*='{DESK}/review']") == []
    page(app, f"{DESK}/review?code=A", made.editor, 403)
    (listed,) = tk.get_action("jambi_freshness_item_list")({}, {"code": "A"})
    assert listed["review_until"] > "2028-11"


def test_f25_the_form_says_what_is_no_archive_in_the_language_of_the_page(app, opd) -> None:
    made = opd("insidental")
    opened = page(app, f"{DESK}/review?code=A", made.judge, 404)
    assert "tidak ada arsip" in opened.select_one("[role=alert]").get_text()
    assert opened.select("main form") == []
    page(app, f"{DESK}/review?code=TIDAK-ADA", made.judge, 404)
    sent = app.post(f"{DESK}/review", data={"code": "A", "reason": "x"}, headers=headers_of(made.judge))
    assert "tidak ada arsip" in BeautifulSoup(sent.body, "html.parser").select_one("[role=alert]").get_text()
