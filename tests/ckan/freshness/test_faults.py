"""Faults of the portal, noted by sysadmins and by the portal itself (F16, F28, G16)."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner
from daftar import outcomes, promise, stored

from ckanext.jambi.freshness import ledger, pulse
from ckanext.jambi.freshness.cli import freshness
from ckanext.jambi.freshness.model import item, obligation
from ckanext.jambi.freshness.model import pulse as table
from ckanext.jambi.freshness.promises import ticking
from ckanext.jambi.freshness.rules import chain

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "rules"),
]
# The week from 7 September is due on the 15th and overdue on the 18th; the portal is at the 19th.
DAY = {"from": "2026-09-16T00:00:00+07:00", "to": "2026-09-17T00:00:00+07:00"}
NOTED = {**DAY, "reason_code": "web", "reason": "Listrik padam di pusat data"}


def create(who: dict[str, Any] | None = None, **data: Any) -> Any:
    who = who or {"user": factories.Sysadmin()["name"]}
    return tk.get_action("jambi_freshness_portal_fault_create")(who, {**NOTED, **data})


def listed(**data: Any) -> Any:
    return tk.get_action("jambi_freshness_portal_fault_list")({"user": ""}, data)


def deadline(code: str = "A") -> str:
    """Return until when an item's first period can be delivered, in UTC."""
    joined = obligation.join(item, item.c.id == obligation.c.item_id)
    query = sa.select(obligation.c.overdue_at).select_from(joined).where(item.c.code == code)
    return model.Session.scalar(query.order_by(obligation.c.period_start).limit(1)).isoformat()[:10]


@pytest.fixture
def two(rules, dataset, person, walidata, portal_at) -> Any:
    """Return two OPDs with a weekly item each, on the 19th."""
    first, other = dataset("mingguan"), dataset("mingguan")
    promise(first)
    promise(other, code="B")
    portal_at(18)
    ticking.run()
    assert (deadline(), deadline("B")) == ("2026-09-17", "2026-09-17")
    opd = first["owner_org"]
    return SimpleNamespace(opd=opd, other=other["owner_org"], admin=person(opd), judge=person(walidata["id"]))


def test_g16_a_fault_moves_the_deadlines_of_all_alike(two) -> None:
    create()
    ticking.run()
    assert (deadline(), deadline("B")) == ("2026-09-18", "2026-09-18")


def test_f28_a_fault_that_names_opds_counts_for_them_alone(two) -> None:
    create(organizations=[two.opd], reason_code="network")
    ticking.run()
    assert (deadline(), deadline("B")) == ("2026-09-18", "2026-09-17")
    assert listed(organization_id=two.other)["count"] == 0
    (found,) = listed(organization_id=two.opd)["results"]
    assert found["organizations"] == [two.opd]


def test_f16_time_that_two_faults_cover_counts_once(two) -> None:
    create()
    create(**{"from": "2026-09-16T12:00:00+07:00", "to": "2026-09-17T12:00:00+07:00"}, reason_code="worker")
    create()
    ticking.run()
    query = sa.select(obligation.c.overdue_at).order_by(obligation.c.period_start).limit(1)
    assert model.Session.scalar(query).isoformat() == "2026-09-19T05:00:00+00:00"  # 36 hours later


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"to": DAY["from"]}, "to", "before it begins"),
        ({"to": "2026-09-20T00:00:00+07:00"}, "to", "once it is over"),
        ({"from": "yesterday"}, "from", "Give an instant"),
        ({"organizations": ["nobody"]}, "organizations", "nobody"),
        ({"organizations": []}, "organizations", "organization"),
        ({"organizations": "opd"}, "organizations", "list of ids"),
        ({"reason_code": "weather"}, "reason_code", "web, worker, network"),
        ({"reason": "081234567890"}, "reason", "N4"),
    ],
)
def test_f28_what_cannot_be_noted_is_named(two, changed, field, text) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        create(**changed)
    assert text in caught.value.error_dict[field][0]


def test_f28_only_sysadmins_note_faults(two) -> None:
    for who in (two.admin, two.judge, {"user": ""}):
        with pytest.raises(tk.NotAuthorized):
            create(who)


def test_f28_faults_are_public_with_their_reason(two) -> None:
    made = create()
    (found,) = listed()["results"]
    assert (found["reason_code"], found["organizations"]) == ("web", None)
    assert (found["noted"]["seq"], found["noted"]["reason"]) == (made["seq"], NOTED["reason"])


def test_f53_rebuild_equals_the_live_tables(two, portal_at) -> None:
    portal_at(18.3)
    create()
    ticking.run()
    portal_at(27.4)
    ticking.run()
    live = stored()
    assert outcomes() == ["open"] * 4
    CliRunner().invoke(freshness, ["rebuild"])
    assert stored() == live
    assert chain.verify(ledger.export()).ok


@pytest.fixture
def web(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a web server whose answer can be set, as the watched one."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(server.status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"ready\n")

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status = 200
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/health/ready"
    monkeypatch.setitem(ckan_config, "ckanext.jambi.freshness.watched_url", url)
    yield server
    server.shutdown()
    server.server_close()


def age(minutes: float, *columns: str) -> None:
    """Let what the portal remembers of its parts lie further back."""
    older = {name: table.c[name] - timedelta(minutes=minutes) for name in columns}
    model.Session.execute(sa.update(table).values(older))
    model.Session.commit()


@pytest.mark.parametrize(("minutes", "faults"), [(14, 0), (16, 1), (600, 1)])
def test_f28_a_silent_worker_is_noted_once_it_is_back(two, minutes, faults) -> None:
    pulse.take()
    assert listed()["count"] == 0
    age(minutes, "seen_at")
    pulse.take()
    pulse.take()
    found = listed()["results"]
    assert [(each["reason_code"], each["noted"]["by"]) for each in found] == [("worker", None)] * faults


def test_f28_a_noted_outage_is_as_long_as_it_was(two) -> None:
    pulse.take()
    age(600, "seen_at")
    pulse.take()
    ticking.run()
    (found,) = listed()["results"]
    length = _instant(found["to_at"]) - _instant(found["from_at"])
    assert timedelta(minutes=600) <= length < timedelta(minutes=601)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_f28_a_busy_worker_is_no_silent_one(two) -> None:
    pulse.take()
    age(10, "seen_at")
    with model.meta.engine.begin() as connection:
        pulse.beat(connection)
    age(10, "seen_at")
    pulse.take()
    assert listed()["count"] == 0


def test_f28_a_beat_does_not_hide_an_outage(two) -> None:
    pulse.take()
    age(20, "seen_at")
    with model.meta.engine.begin() as connection:
        pulse.beat(connection)
    pulse.take()
    assert listed()["count"] == 1


@pytest.mark.parametrize(("minutes", "faults"), [(10, []), (20, ["web"])])
def test_f28_a_web_server_that_does_not_answer_is_noted_once_it_does(two, web, minutes, faults) -> None:
    pulse.take()
    web.status = 503
    pulse.take()
    age(minutes, "failed_at")
    pulse.take()
    assert listed()["count"] == 0
    web.status = 200
    pulse.take()
    pulse.take()
    assert [each["reason_code"] for each in listed()["results"]] == faults


def test_f28_nobody_listening_is_no_answer(web) -> None:
    url = tk.config["ckanext.jambi.freshness.watched_url"]
    assert pulse.answers(url)
    web.shutdown()
    web.server_close()
    assert not pulse.answers(url)


@pytest.mark.parametrize("url", ["ftp://data.example/x", "nonsense", "http://"])
def test_f28_an_address_that_is_none_gives_no_answer(url: str) -> None:
    assert not pulse.answers(url)
