"""Digests: weekly for all, daily where asked and only if there is something to say (HV29)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import Answer
from mail_server import PLUGINS

from ckanext.jambi.notices import digest, reading, sending

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


def last_digest(days_ago: int) -> None:
    """Let the newest digest be of so many days ago."""
    statement = "UPDATE jambi_notice_reader SET digested_on = (now() - make_interval(days => :days))::date"
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(statement), {"days": days_ago})


def digests() -> list[dict[str, Any]]:
    with model.meta.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM jambi_notice WHERE event = 'digest'"))
        return [dict(row) for row in rows.mappings()]


def test_hv29_a_week_gives_one_digest_of_an_organization(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source.csv(5)
    harvest(apply_source(name="uji-baik"))
    source.answers.clear()
    harvest(apply_source(name="uji-mati"))
    assert digest.make_due() == 0
    last_digest(8)
    assert digest.make_due() == 1
    assert digest.make_due() == 0
    [one] = digests()
    assert "Your sources: 2, healthy: 1" in one["subject"]
    assert "disturbed" in one["body"]
    assert one["body"].count("- Jumlah Kunjungan") == 1


def test_hv29_decisions_that_wait_are_in_the_digest(source: Any, apply_source: Any, harvest: Any) -> None:
    source.csv(30)
    source_id = apply_source()
    harvest(source_id)
    source.csv(3)
    assert harvest(source_id)["state"] == "quarantined"
    digest.make_due()
    last_digest(8)
    digest.make_due()
    assert "decisions that wait: 1" in digests()[0]["body"]


def test_daily_digest_comes_only_if_there_is_something_to_say(
    source: Any, apply_source: Any, harvest: Any
) -> None:
    source.csv(5)
    source_id = apply_source(notify={"digest": "daily"})
    harvest(source_id)
    digest.make_due()
    with model.meta.engine.connect() as connection:
        monday = connection.scalar(sa.text("SELECT extract(isodow FROM now() + interval '0 hour') = 1"))
    last_digest(1)
    assert digest.make_due() in ((0, 1) if monday else (0,))
    source.answers["/data.csv"] = Answer(b"", 403)
    harvest(source_id)
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM jambi_notice"))
    last_digest(1)
    assert digest.make_due() == 1


def test_section_11_what_could_not_be_delivered_comes_with_the_digest(
    apply_source: Any, happen: Any, mail: Any
) -> None:
    happen("run.failed", apply_source(), code="source_down")
    reading.read_events()
    digest.make_due()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_notice_delivery SET created_at = now() - interval '8 days'"))
    sending.send_due()
    last_digest(8)
    assert digest.make_due() == 1
    assert sending.send_due() == {"sent": 1}
    [(_, message)] = mail.taken
    assert "could not be read" in message.get_content()
    with model.meta.engine.connect() as connection:
        states = set(connection.scalars(sa.text("SELECT state FROM jambi_notice_delivery")))
    assert states == {"digested", "sent"}
