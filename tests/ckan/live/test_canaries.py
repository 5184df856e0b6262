"""The key of a source is in no mail, delivery, export, dump or log line (P10, S31, RL08)."""

from __future__ import annotations

import base64
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from harvest_source import PLUGINS, Answer
from receiving_end import Receiver
from test_screening import everything

from ckanext.jambi import vault
from ckanext.jambi.harvest.cli import harvest as harvest_group
from ckanext.jambi.harvest.cli import source as source_group
from ckanext.jambi.live import laying_out
from ckanext.jambi.live import sending as deliveries
from ckanext.jambi.metadata.doors.walk import Doors
from ckanext.jambi.notices import reading
from ckanext.jambi.notices import sending as mails

sys.path.insert(0, str(Path(__file__).parents[1] / "notices"))
from mail_server import MailServer, served

CANARY = "kenari-9e2f4ab716"
SPELLINGS = (CANARY, CANARY.encode().hex(), base64.b64encode(CANARY.encode()).decode().rstrip("="))
AUTH = {"type": "api_key", "name": "kunci", "api_key": "secret:SIMPUS", "location": "query"}
HOOK_SECRET = "kunci-uji-yang-cukup-panjang-0123456789"
READS = {
    "jambi_source_show": {"id": "uji-kunjungan", "include_definition": True},
    "harvest_source_show": {"id": "uji-kunjungan"},
    "jambi_source_list": {},
    "jambi_run_list": {"source_id": "uji-kunjungan"},
    "jambi_record_list": {"source_id": "uji-kunjungan"},
    "jambi_event_list": {},
    "jambi_secret_list": {"organization_id": "dinkes"},
    "package_search": {"include_private": True, "rows": 100},
}

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", f"jambi_theme jambi_live jambi_notices {PLUGINS}"),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def mail(ckan_config: Any) -> Iterator[MailServer]:
    """Return a mail server that the portal uses."""
    yield from served(ckan_config)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver of webhooks."""
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def used(agency: dict[str, Any], apply_source: Any, harvest: Any, source: Any) -> str:
    """Return the id of a source that was asked with the canary, well and then in vain: it says the key back."""
    with model.meta.engine.begin() as connection:
        vault.put(connection, agency["id"], "SIMPUS", CANARY, set_by="uji")
    source.csv(5)
    source_id = apply_source(client={"base_url": source.url, "auth": AUTH})
    assert harvest(source_id)["state"] == "succeeded"
    source.answers["/data.csv"] = Answer(f"kunci {CANARY} salah".encode(), 403)
    assert harvest(source_id)["state"] == "failed"
    assert f"kunci={CANARY}" in source.asked[-1]
    return source_id


def found_in(texts: list[str]) -> int:
    """Return how many of these texts hold the canary in any spelling."""
    return sum(any(one in text for one in SPELLINGS) for text in texts)


def test_p10_s31_canary_is_in_no_mail_delivery_export_dump_or_log_line(
    mail: MailServer,
    receiver: Receiver,
    caplog: Any,
    command: Any,
    agency: dict[str, Any],
    request: Any,
    app: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    admin = {"user": factories.Sysadmin()["name"]}
    tk.get_action("jambi_webhook_create")(admin, {"url": receiver.url(), "secret": HOOK_SECRET})
    request.getfixturevalue("used")
    logging.getLogger("uji.pustaka").warning("A library logs %s", CANARY)
    with app.flask_app.test_request_context():
        reading.read_events()
        mails.send_due()
        laying_out.lay_out(model.meta.engine)
        deliveries.send_due(model.meta.engine, receiver.client)

    scanned = {
        "mail": [message.as_string() + str(message.get_body()) for _, message in mail.taken],
        "deliveries": [f"{path} {headers} {body.decode()}" for path, headers, body in receiver.got],
        "exports": [
            json.dumps(tk.get_action(name)({**admin}, dict(data)), default=str)
            for name, data in READS.items()
        ]
        + [command(harvest_group, "status", "--json").output, command(source_group, "list").output],
        "dumps": everything().splitlines(),
        "log lines": caplog.text.splitlines(),
    }
    counts = {name: len(texts) for name, texts in scanned.items()}
    print(f"scanned: {counts}")  # noqa: T201
    assert all(counts.values()), counts
    assert {name: found_in(texts) for name, texts in scanned.items()} == dict.fromkeys(scanned, 0)


def test_p10_canary_is_behind_no_public_door(used: str, app: Any) -> None:
    doors = Doors(app.flask_app)
    hits: Counter[str] = Counter()
    for answer in doors.answers():
        hits[answer.door] += found_in([answer.body.decode("utf-8", "replace")])
    print(f"scanned: {dict(doors.opened)}")  # noqa: T201
    assert {door: hits[door] for door in doors.opened} == dict.fromkeys(doors.opened, 0)
    assert min(doors.opened[door] for door in ("api", "page", "table")) > 0
