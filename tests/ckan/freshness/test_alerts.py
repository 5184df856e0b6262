"""Walidata hears of data that is dated in the future (G2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from mail_server import MailServer

from ckanext.jambi import clock
from ckanext.jambi.freshness import alerts
from ckanext.jambi.freshness.errors import ObservationError
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import refusal
from ckanext.jambi.notices import sending

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi_notices jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules", "with_request_context"),
]
FUTURE = {"period_end": date(2030, 12, 31)}


@pytest.fixture
def foreseen(posts: None, dataset: Callable, seen: Callable) -> Callable[[str], None]:
    """Return what brings content of a dataset that is dated in the future."""
    one = dataset("bulanan", title="Kunjungan", name="kunjungan")

    def bring(content: str, **values: Any) -> None:
        observe([seen(one, content, **(values or FUTURE))])
        model.Session.commit()
        alerts.run()

    return bring


def sent(mail: MailServer) -> list[tuple[str, str]]:
    """Return whom the mails of this test went to, and what they say."""
    while sending.send_due().total():
        pass
    return [(to, message.get_content()) for to, message in mail.taken]


def test_g02_future_date_is_told_to_walidata_once_a_day(
    foreseen: Callable, mail: MailServer, portal_at: Callable
) -> None:
    for content in "abc":
        foreseen(content)
    [(to, body)] = sent(mail)
    assert to == "walidata@example.go.id"
    assert "Kunjungan" in body
    assert "/dataset/kunjungan" in body
    portal_at(1)
    foreseen("d")
    assert len(sent(mail)) == 2


def test_g02_other_content_is_not_told(foreseen: Callable, mail: MailServer) -> None:
    foreseen("a", period_end=date(2026, 8, 31))
    foreseen("a", period_end=date(2026, 8, 31))
    assert sent(mail) == []


def test_g02_two_runs_tell_once(foreseen: Callable, mail: MailServer) -> None:
    foreseen("a")
    alerts.run()
    assert len(sent(mail)) == 1


def test_g02_refused_evidence_is_told_to_walidata_once_a_day(
    foreseen: Callable, mail: MailServer, portal_at: Callable
) -> None:
    def refuse(content: str) -> None:
        with pytest.raises(ObservationError):
            foreseen(content, valid_at=clock.now() + timedelta(minutes=6))
        model.Session.rollback()  # whoever brought it loses all, the note of it stays
        alerts.run()

    refuse("a")
    refuse("b")
    [(to, body)] = sent(mail)
    assert to == "walidata@example.go.id"
    assert "Kunjungan" in body
    assert "2026-09-01T" in body
    portal_at(1)
    refuse("c")
    assert len(sent(mail)) == 2


def test_g02_notes_of_refusals_are_forgotten(foreseen: Callable, portal_at: Callable) -> None:
    with pytest.raises(ObservationError):
        foreseen("a", valid_at=clock.now() + timedelta(minutes=6))
    model.Session.rollback()
    portal_at(9)
    alerts.run()
    assert model.Session.execute(sa.select(refusal)).all() == []
