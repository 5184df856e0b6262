"""Further channels through apprise: delivered, tried again, kept from leading elsewhere (F45)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import chat_server
import pytest
import sqlalchemy as sa
from chat_server import ChatServer, keep
from ckan import model
from mail_server import PLUGINS

from ckanext.jambi import vault
from ckanext.jambi.harvest.model import target
from ckanext.jambi.notices import channels, posting, sending
from ckanext.jambi.notices.cli import notices as notices_group
from ckanext.jambi.notices.occasions import Occasion
from ckanext.jambi.notices.wording import Told

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]
TOKEN = "kanari-41c7f09b2d"


@pytest.fixture
def chat(with_plugins: None, clean_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    yield from chat_server.served(monkeypatch)


@pytest.fixture
def channel(agency: dict[str, Any], chat: ChatServer) -> str:
    """Return a recipient whose secret leads to the server."""
    keep(agency["id"], "CHAT", chat.address(TOKEN))
    return channels.recipient(agency["id"], "CHAT")


def post(*recipients: str) -> None:
    now = datetime.now(UTC)
    messages = [
        posting.Message(model.types.make_uuid(), each, Told("Judul", "Isi\n"), None, now)
        for each in recipients
    ]
    posting.post(Occasion.LADDER, messages)
    model.Session.commit()


def rows() -> list[Any]:
    query = "SELECT recipient, state, attempts, last_error FROM jambi_notice_delivery ORDER BY recipient"
    with model.meta.engine.connect() as connection:
        return list(connection.execute(sa.text(query)))


def make_due() -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_notice_delivery SET due_at = now() WHERE state = 'queued'"))


def test_f45_a_message_reaches_the_service_once_without_a_mail_server(channel: str, chat: ChatServer) -> None:
    post(channel)
    assert sending.send_due() == {"sent": 1}
    assert sending.send_due() == {}
    [(path, message)] = chat.taken
    assert (path, message["title"], message["message"]) == (TOKEN, "Judul", "Isi")


def test_f45_a_channel_that_fails_is_tried_again_and_doubles_no_other(
    channel: str, chat: ChatServer, mail: Any, agency: dict[str, Any]
) -> None:
    keep(agency["id"], "LAIN", chat.address("lain"))
    chat.statuses[TOKEN] = 503
    post(channel, channels.recipient(agency["id"], "LAIN"), "kepala@example.go.id")
    assert sending.send_due() == {"sent": 2, "queued": 1}
    make_due()
    assert sending.send_due() == {"queued": 1}
    chat.statuses.clear()
    make_due()
    assert sending.send_due() == {"sent": 1}
    assert sorted(path for path, _ in chat.taken) == sorted([TOKEN, "lain"])
    assert [to for to, _ in mail.taken] == ["kepala@example.go.id"]
    assert [row.attempts for row in rows()].count(3) == 1


def test_a_silent_channel_is_asked_once_a_round(channel: str, chat: ChatServer) -> None:
    chat.statuses[TOKEN] = 500
    post(channel, channel, channel)
    assert sending.send_due() == {"queued": 1}
    assert sum(row.attempts for row in rows()) == 1


@pytest.mark.parametrize(
    "address",
    ["syslog://", "mailto://a:b@example.go.id", "bukan alamat", "tgram://123456789:abcdefg_hijklmnop/1/2"],
)
def test_a_secret_that_names_no_single_recipient_of_a_known_service_is_refused(
    channel: str, agency: dict[str, Any], address: str
) -> None:
    keep(agency["id"], "CHAT", address)
    post(channel)
    assert sending.send_due() == {"failed": 1}
    assert rows()[0].last_error.startswith("The secret holds no address of one recipient")


def test_a_secret_that_is_gone_is_told(channel: str, agency: dict[str, Any]) -> None:
    post(channel)
    with model.meta.engine.begin() as connection:
        vault.remove(connection, agency["id"], "CHAT")
    assert sending.send_due() == {"failed": 1}
    assert "keeps no secret CHAT" in rows()[0].last_error


@pytest.mark.parametrize("host", ["localhost", "169.254.169.254", "10.0.0.8"])
def test_f45_no_channel_leads_into_a_network_that_is_not_allowed(
    channel: str, chat: ChatServer, agency: dict[str, Any], host: str
) -> None:
    keep(agency["id"], "CHAT", chat.address(TOKEN, host))
    post(channel)
    assert sending.send_due() == {"queued": 1}
    assert (chat.taken, rows()[0].last_error) == (
        [],
        "The portal does not go to that address (address_refused).",
    )


def test_what_sources_may_reach_is_closed_to_channels(channel: str, chat: ChatServer) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(target).values(name="simpus"))
    post(channel)
    assert sending.send_due() == {"queued": 1}
    assert (chat.taken, "address_refused" in rows()[0].last_error) == ([], True)


def test_no_table_and_no_log_line_holds_the_address(
    channel: str, chat: ChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat.statuses[TOKEN] = 403
    post(channel)
    assert sending.send_due() == {"queued": 1}
    assert TOKEN not in f"{rows()}{caplog.text}"


def test_command_tries_a_channel(channel: str, chat: ChatServer, command: Any) -> None:
    good = command(notices_group, "test", "secret:dinkes/CHAT")
    assert (good.exit_code, good.output) == (0, "The service took the message.\n")
    chat.statuses[TOKEN] = 404
    bad = command(notices_group, "test", "secret:dinkes/CHAT")
    assert (bad.exit_code, bad.output) == (1, "The service did not take the message.\n")
    assert command(notices_group, "test", "secret:bukan/CHAT").exit_code == 1
