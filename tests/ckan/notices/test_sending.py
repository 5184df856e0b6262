"""Deliveries: sent once, tried again with patience, kept through an outage of the mail server."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from killing import killed_before
from mail_server import HOST, PLUGINS

from ckanext.jambi.notices import mail as mailing
from ckanext.jambi.notices import reading, sending
from ckanext.jambi.notices.cli import notices as notices_group

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


@pytest.fixture
def one_notice(apply_source: Any, happen: Any) -> None:
    """Make one notice with one delivery, to the agency's contact."""
    happen("run.failed", apply_source(), code="source_down")
    assert reading.read_events() == 1


def deliveries() -> list[dict[str, Any]]:
    with model.meta.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM jambi_notice_delivery ORDER BY recipient"))
        return [dict(row) for row in rows.mappings()]


def move(**columns: str) -> None:
    """Set columns of all deliveries to SQL expressions."""
    values = ", ".join(f"{name} = {value}" for name, value in columns.items())
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE jambi_notice_delivery SET {values}"))


def test_hv29_a_notice_is_sent_once(one_notice: None, mail: Any) -> None:
    assert sending.send_due() == {"sent": 1}
    assert sending.send_due() == {}
    [(recipient, message)] = mail.taken
    assert recipient == message["To"] == "dinkes@example.go.id"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Jambi-Event"] == "failed"
    assert "Next step: " in message.get_content()
    [one] = deliveries()
    assert (one["state"], one["attempts"], one["last_error"]) == ("sent", 1, None)
    assert message["Message-ID"].startswith(f"<{one['id']}@")


def test_p01_killed_between_sending_and_noting_repeats_under_the_same_id(one_notice: None, mail: Any) -> None:
    assert killed_before(1, sending.send_due, only="'state': 'sent'")
    [one] = deliveries()
    assert one["state"] == "sending"
    assert sending.send_due() == {}
    move(due_at="now()")
    assert sending.send_due() == {"sent": 1}
    ids = [message["Message-ID"] for _, message in mail.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_p01_a_sender_killed_anywhere_loses_nothing(one_notice: None, mail: Any) -> None:
    kills = 0
    while killed_before(kills + 1, sending.send_due):
        kills += 1
        move(due_at="now()")
    assert kills >= 5
    assert [one["state"] for one in deliveries()] == ["sent"]
    assert {message["Message-ID"] for _, message in mail.taken} == {mail.taken[0][1]["Message-ID"]}


def test_section_11_an_outage_of_the_mail_server_delays_and_loses_nothing(
    one_notice: None, mail: Any, ckan_config: Any
) -> None:
    port = mail.port
    ckan_config["smtp.server"] = f"{HOST}:1"
    assert sending.send_due() == {"server": 1}
    assert deliveries()[0]["state"] == "queued"
    ckan_config["smtp.server"] = f"{HOST}:{port}"
    assert sending.send_due() == {"sent": 1}


def test_without_a_mail_server_notices_wait(one_notice: None, ckan_config: Any) -> None:
    ckan_config["smtp.server"] = ""
    assert sending.send_due() == {}
    assert (deliveries()[0]["state"], deliveries()[0]["attempts"]) == ("queued", 0)


def test_a_delay_is_tried_again_later_and_later(one_notice: None, mail: Any) -> None:
    mail.answers["dinkes@example.go.id"] = "451 try later"
    waits = []
    for _ in range(3):
        assert sending.send_due() == {"queued": 1}
        with model.meta.engine.connect() as connection:
            query = "SELECT extract(epoch FROM due_at - clock_timestamp()) FROM jambi_notice_delivery"
            waits.append(round(connection.scalar(sa.text(query)) / 60))
        move(due_at="now()")
    assert waits == [1, 5, 15]
    assert "451" in deliveries()[0]["last_error"]
    mail.answers.clear()
    assert sending.send_due() == {"sent": 1}


def test_a_refusal_is_final_and_stops_nobody_else(one_notice: None, mail: Any, happen: Any) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO jambi_notice_delivery (id, notice_id, recipient)"
                " SELECT 'dua', notice_id, 'lain@example.go.id' FROM jambi_notice_delivery"
            )
        )
    mail.answers["dinkes@example.go.id"] = "550 no such user"
    assert sending.send_due() == {"failed": 1, "sent": 1}
    assert [one["state"] for one in deliveries()] == ["failed", "sent"]


def test_section_11_what_waited_for_seven_days_is_left_to_the_digest(one_notice: None, mail: Any) -> None:
    move(created_at="now() - interval '8 days'")
    assert sending.send_due() == {}
    assert deliveries()[0]["state"] == "deferred"
    assert mail.taken == []


def test_starttls_that_is_asked_for_is_never_left_out(one_notice: None, mail: Any, ckan_config: Any) -> None:
    ckan_config["smtp.starttls"] = True
    assert sending.send_due() == {"server": 1}
    assert mail.taken == []


def test_two_senders_send_a_delivery_once(one_notice: None, mail: Any) -> None:
    first, second = sending._take(), sending._take()
    assert first is not None
    assert second is None


def test_a_sender_that_slept_changes_nothing(one_notice: None, mail: Any) -> None:
    slow = sending._take()
    move(due_at="now()")
    assert sending.send_due() == {"sent": 1}
    sending._note(slow, "queued", last_error="late")
    assert (deliveries()[0]["state"], deliveries()[0]["last_error"]) == ("sent", None)


def test_p10_a_line_break_in_an_address_is_no_header(mail: Any) -> None:
    from ckanext.jambi.notices import config

    server = config.mail_server()
    assert server is not None
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        mailing.message(server, "satu", "a@example.go.id\nBcc: b@example.go.id", "uji", "uji")


def test_command_sends_what_is_due(one_notice: None, mail: Any, command: Any, ckan_config: Any) -> None:
    answer = command(notices_group, "send")
    assert (answer.exit_code, answer.output) == (0, "0 made, 1 sent, 0 put back, 0 refused\n")
    assert "1 sent" in command(notices_group, "list").output
    [row] = json.loads(command(notices_group, "list", "--json").output)
    assert row["deliveries"] == {"sent": 1}
    ckan_config["smtp.server"] = ""
    unset = command(notices_group, "send")
    assert (unset.exit_code, "smtp.server" in unset.output) == (1, True)


def test_command_tries_the_mail_server(mail: Any, command: Any) -> None:
    good = command(notices_group, "test", "uji@example.go.id")
    assert good.exit_code == 0
    assert mail.taken[0][0] == "uji@example.go.id"
    mail.answers["uji@example.go.id"] = "550 no such user"
    bad = command(notices_group, "test", "uji@example.go.id")
    assert (bad.exit_code, "550" in bad.output) == (1, True)
