"""Walidata hears in time and once when archives are to be looked at again (F25, F45)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from daftar import promise
from mail_server import MailServer

from ckanext.jambi import ticks
from ckanext.jambi.freshness.ladder import reviews
from ckanext.jambi.freshness.promises import adopting
from ckanext.jambi.notices import sending

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_notices jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules", "with_request_context"),
]


@pytest.fixture
def archives(posts: None, dataset: Callable, portal_at: Callable) -> None:
    """Take two archives in on 1 September 2026, hours apart, and one a month later."""
    for code, day in (("A", 0), ("B", 0.2), ("C", 30)):
        portal_at(day)
        promise(dataset("sekali"), code=code, title=f"Arsip {code}", frequency="sekali")


def told(days: float, portal_at: Callable, mail: MailServer) -> list[str]:
    """Let the duty run twice at an instant and return what walidata got by it."""
    portal_at(days)
    reviews.run()
    reviews.run()
    mail.taken.clear()
    while sending.send_due().total():
        pass
    assert {to for to, _ in mail.taken} <= {"walidata@example.go.id"}
    return [message.get_content() for _, message in mail.taken]


def test_f25_walidata_is_told_ahead_and_once_the_year_is_over(archives, mail, portal_at) -> None:
    assert told(300, portal_at, mail) == []
    [ahead] = told(307, portal_at, mail)  # Monday, 5 July 2027
    assert "Arsip A" in ahead
    assert "Arsip B" in ahead
    assert "Arsip C" not in ahead
    assert "by 1 September 2027" in ahead
    assert told(308, portal_at, mail) == []
    [of_c] = told(336, portal_at, mail)
    assert "Arsip C" in of_c
    [ended] = told(366, portal_at, mail)
    assert "owed yearly since 1 September 2027" in ended
    assert told(367, portal_at, mail) == []


def test_f45_after_an_outage_only_the_last_step_is_told(archives, mail, portal_at) -> None:
    texts = told(421, portal_at, mail)
    assert [("since" in text, "Arsip C" in text) for text in texts].count((True, False)) == 1
    assert len(texts) == 2
    assert told(422, portal_at, mail) == []


def test_f25_what_was_reviewed_or_retired_is_not_told(archives, mail, portal_at, person) -> None:
    portal_at(301)
    adopting.review("A", "Diperiksa", {"actor": model.User.get(person()["user"]).id, "actor_class": "person"})
    adopting.retire("B", portal_at(301).date(), "Perwal 3/2027")
    model.Session.commit()
    assert told(307, portal_at, mail) == []


def test_f45_nothing_goes_out_at_night(archives, mail, portal_at) -> None:
    assert told(307.6, portal_at, mail) == []
    assert len(told(308, portal_at, mail)) == 1


def test_the_duty_is_registered_and_does_nothing_without_posts(dataset, mail: Any, portal_at) -> None:
    promise(dataset("sekali"), code="A", frequency="sekali")
    assert reviews.tick.name in {one.name for one in ticks.registered()}
    assert told(400, portal_at, mail) == []
