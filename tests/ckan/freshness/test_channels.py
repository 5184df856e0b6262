"""The ladder through further channels: one message a recipient and channel, none doubled or lost (F45)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import chat_server
import pytest
import sqlalchemy as sa
import yaml
from chat_server import ChatServer, keep
from ckan import model
from ckan.tests import factories
from daftar import CONFIG, promise

from ckanext.jambi.freshness.ladder import climbing
from ckanext.jambi.freshness.model import notice
from ckanext.jambi.freshness.promises import adopting, ticking
from ckanext.jambi.notices import sending

pytestmark = [
    pytest.mark.ckan_config(
        "ckan.plugins",
        "jambi_harvest jambi_freshness jambi_metadata jambi_search jambi_notices jambi harvest activity datastore",
    ),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules", "with_request_context"),
]
CHANNELS = {
    "steward": ["secret:CHAT_TIM"],
    "head": ["secret:CHAT_KEPALA"],
    "trustee": ["secret:inspektorat/CHAT_WALIDATA"],
}


@pytest.fixture
def chat(rules: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    yield from chat_server.served(monkeypatch)


@pytest.fixture
def owing(
    chat: ChatServer, mail: Any, city: SimpleNamespace, portal_at: Any, tmp_path: Path
) -> SimpleNamespace:
    """Return the city with posts that have channels; their secrets are kept, but those of other OPDs."""
    organizations = {
        name: factories.Organization(name=name) for name in ("inspektorat", "setda-bagian-hukum")
    }
    body = yaml.safe_load((CONFIG / "posts.yaml").read_text("utf-8"))
    for post, named in CHANNELS.items():
        body["posts"][post]["channels"] = named
    file = tmp_path / "posts.yaml"
    file.write_text(yaml.safe_dump(body), "utf-8")
    adopting.adopt(file)
    keep(city.opd, "CHAT_TIM", chat.address("tim"))
    keep(city.opd, "CHAT_KEPALA", chat.address("kepala"))
    keep(organizations["inspektorat"]["id"], "CHAT_WALIDATA", chat.address("walidata"))
    model.Session.commit()
    climbing.run()
    return city


def work(days: float, portal_at: Any) -> None:
    """Let the duties run at an instant, and all that waits be sent."""
    portal_at(days)
    ticking.run()
    climbing.run()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_notice_delivery SET due_at = now() WHERE state = 'queued'"))
    while sending.send_due()["sent"]:
        pass


def told(chat: ChatServer) -> Counter[str]:
    return Counter(path for path, _ in chat.taken)


def test_f45_each_step_goes_to_the_channels_of_its_posts_beside_mail(owing, chat, mail, portal_at) -> None:
    found: dict[str, Counter[str]] = {}
    for day in (13, 17, 20, 22, 25, 28):
        chat.taken.clear()
        work(day, portal_at)
        found[day] = told(chat)
    assert found[17] == {"tim": 1}
    assert found[22]["kepala"] == 1
    assert found[28]["walidata"] == 1
    channels = Counter(model.Session.scalars(sa.select(notice.c.channel)))
    assert set(channels) == {"mail+apprise"}


def test_f45_thirty_days_without_the_service_double_and_lose_nothing(owing, chat, mail, portal_at) -> None:
    work(13, portal_at)
    chat.taken.clear()
    mail.taken.clear()
    chat.statuses.update(dict.fromkeys(("tim", "kepala", "walidata"), 503))
    for day in range(14, 45, 5):
        work(day, portal_at)
    assert chat.taken == []
    by_mail = Counter(to for to, _ in mail.taken)
    with model.meta.engine.connect() as connection:
        query = "SELECT state, count(*) FROM jambi_notice_delivery WHERE recipient LIKE 'secret:%' GROUP BY 1"
        waiting = dict(tuple(row) for row in connection.execute(sa.text(query)))
    chat.statuses.clear()
    work(44, portal_at)
    assert chat.taken
    assert len(chat.taken) == waiting["queued"]
    assert Counter(to for to, _ in mail.taken) == by_mail
    work(44, portal_at)
    assert len(chat.taken) == waiting["queued"]
    query = sa.select(notice.c.step).where(notice.c.channel == "mail+apprise", notice.c.step == "ladder_3")
    steps = len(set(model.Session.execute(query.add_columns(notice.c.written_at))))
    assert told(chat)["walidata"] == steps


def test_f45_after_thirty_days_of_outage_of_the_portal_a_channel_gets_one_message(
    owing, chat, mail, portal_at
) -> None:
    work(13, portal_at)
    chat.taken.clear()
    work(44, portal_at)
    work(44, portal_at)
    assert told(chat) == {"tim": 1, "kepala": 1, "walidata": 1}


def test_f45_no_link_that_acts_for_a_person_goes_to_a_channel(owing, chat, mail, dataset, portal_at) -> None:
    for code in "BCDEFG":
        promise(dataset("mingguan", owner_org=owing.opd), code=code, title=f"Data {code}")
    work(35, portal_at)
    texts = [message["message"] for path, message in chat.taken if path == "tim"]
    assert all("token=" not in text and text.count("http") == 1 for text in texts)
    assert max(map(len, texts)) <= 1000
    assert any("more: see the page" in text for text in texts)


def test_f45_an_opd_that_keeps_no_such_secret_is_told_by_mail_alone(
    owing, chat, mail, dataset, portal_at
) -> None:
    other = dataset("mingguan")
    promise(other, code="LAIN", title="Data lain")
    work(36, portal_at)
    query = sa.select(notice.c.channel).where(notice.c.organization_id == other["owner_org"])
    assert set(model.Session.scalars(query)) == {"mail"}


def test_a_channel_of_an_organization_that_does_not_exist_is_refused(rules: None, tmp_path: Path) -> None:
    for name in ("inspektorat", "setda-bagian-hukum"):
        factories.Organization(name=name)
    body = yaml.safe_load((CONFIG / "posts.yaml").read_text("utf-8"))
    body["posts"]["sekda"]["channels"] = ["secret:bukan/CHAT"]
    file = tmp_path / "posts.yaml"
    file.write_text(yaml.safe_dump(body), "utf-8")
    with pytest.raises(adopting.RuleError, match="a channel names 'bukan'"):
        adopting.adopt(file)
