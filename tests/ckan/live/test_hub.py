from __future__ import annotations

import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from listening import Listener, Served, until

from ckanext.jambi import outbox
from ckanext.jambi.live.hub import Hub
from ckanext.jambi.live.reader import Reader

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def serve(clean_db: None) -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def start(**options: Any) -> Served:
        options = {"poll_seconds": 0.05, **options}
        running.append(Served(Hub(Reader(model.meta.engine), **options)))
        return running[-1]

    yield start
    for one in running:
        one.close()


def dataset(name: str, *, private: bool = False, topics: str | None = None, owner: str | None = None) -> str:
    extras = {"topik": topics} if topics else {}
    package = model.Package(name=name, title=name, private=private, owner_org=owner, extras=extras)
    model.Session.add(package)
    model.Session.commit()
    return package.id


def organization(name: str) -> str:
    made = model.Group(name=name, type="organization", is_organization=True)
    model.Session.add(made)
    model.Session.commit()
    return made.id


def tell(package_id: str | None, kind: str = "dataset.changed", **over: Any) -> None:
    outbox.emit(outbox.Event(kind, package_id=package_id, **{"public": True} | over))
    model.Session.commit()


def test_hv34_listener_hears_what_changes(serve) -> None:
    served = serve()
    one, owner = dataset("satu", topics='["kesehatan"]'), organization("dinkes")
    listener = Listener(served)

    tell(one, organization_id=owner, payload={"rows": 3})

    kind, data, _ = listener.next()
    assert kind == "dataset.changed"
    assert data["dataset"] == {"id": one, "name": "satu", "title": "satu"}
    assert (data["organization"]["name"], data["topics"], data["payload"]) == (
        "dinkes",
        ["kesehatan"],
        {"rows": 3},
    )
    listener.close()


def test_hv34_listener_that_comes_back_with_its_last_id_misses_nothing(serve) -> None:
    served = serve()
    ids = [dataset(f"d{number}") for number in range(6)]
    first = Listener(served)
    tell(ids[0])
    last = first.next()[2]
    first.close()
    for one in ids[1:4]:
        tell(one)

    second = Listener(served, Last_Event_ID=last)
    heard = second.datasets(3)
    for one in ids[4:]:
        tell(one)

    assert heard + second.datasets(2) == ["d1", "d2", "d3", "d4", "d5"]
    second.close()


def test_hv34_catching_up_while_events_come_loses_and_doubles_none(serve) -> None:
    served = serve()
    one = dataset("satu")
    for number in range(1_200):
        outbox.emit(outbox.Event("rows.changed", package_id=one, public=True, payload={"n": number}))
    model.Session.commit()

    listener = Listener(served, "/events?last-event-id=0-0")
    for number in range(1_200, 1_260):
        tell(one, "rows.changed", payload={"n": number})

    assert [listener.next()[1]["payload"]["n"] for _ in range(1_260)] == list(range(1_260))
    listener.close()


def test_hv34_event_that_commits_late_is_not_skipped(serve) -> None:
    served = serve()
    one, two = dataset("dulu"), dataset("lalu")
    listener = Listener(served)
    insert = sa.text(
        "INSERT INTO jambi_event (kind, package_id, public, payload) VALUES ('dataset.changed', :p, true, '{}')"
    )
    with model.meta.engine.connect() as early, model.meta.engine.connect() as late:
        early.execute(insert, {"p": one})
        late.execute(insert, {"p": two})
        late.commit()
        early.commit()

    assert listener.datasets(2) == ["dulu", "lalu"]
    listener.close()


def test_hv34_nothing_is_told_of_what_is_not_public(serve) -> None:
    served = serve()
    hidden, deleted, shown = dataset("rahasia", private=True), dataset("hapus"), dataset("umum")
    model.Session.execute(sa.text("UPDATE package SET state = 'deleted' WHERE name = 'hapus'"))
    model.Session.commit()
    listener = Listener(served)

    tell(hidden)
    tell(deleted)
    tell(str(uuid.uuid4()))
    tell(shown, "dataset.checked", public=False)
    tell(shown, "quarantine.opened", public=False)
    tell(shown, "dataset.changed", public=False)
    tell(shown, "rows.changed")

    assert listener.next()[0] == "rows.changed"
    again = Listener(served, Last_Event_ID="0-0")
    assert again.datasets(1) == ["umum"]
    listener.close()
    again.close()


def test_hv34_filters_by_dataset_organization_topic_and_kind(serve) -> None:
    served = serve()
    owner = organization("dinkes")
    one, two = dataset("satu", topics='["kesehatan", "sosial"]'), dataset("dua", topics="ekonomi")
    listeners = {
        path: Listener(served, f"/events?{path}")
        for path in ("dataset=dua", "organization=dinkes", "topic=sosial", "kind=rows.changed,source.down")
    }

    tell(one, organization_id=owner, payload={"n": 1})
    tell(two, payload={"n": 2})
    tell(two, "rows.changed", payload={"n": 3})
    tell(None, "source.down", payload={"n": 4})

    heard = {path: listener.next()[1]["payload"]["n"] for path, listener in listeners.items()}
    assert heard == {
        "dataset=dua": 2,
        "organization=dinkes": 1,
        "topic=sosial": 1,
        "kind=rows.changed,source.down": 3,
    }
    assert listeners["kind=rows.changed,source.down"].next()[1]["payload"]["n"] == 4
    for listener in listeners.values():
        listener.close()


def test_hv34_heartbeat_keeps_the_line_open(serve) -> None:
    listener = Listener(serve(heartbeat_seconds=0.1))

    assert listener.comment() == ": still here"
    assert listener.comment() == ": still here"
    listener.close()


def burst(package_id: str, events: int, size: int = 0) -> None:
    payloads = [{"n": number, "x": "x" * size} for number in range(events)]
    outbox.emit_many(
        [outbox.Event("rows.changed", package_id=package_id, public=True, payload=one) for one in payloads]
    )
    model.Session.commit()


def test_hv34_burst_larger_than_a_queue_reaches_everyone_whole(serve) -> None:
    served = serve(queue=8)
    one = dataset("satu")
    listeners = [Listener(served) for _ in range(3)]
    until(lambda: served.hub.clients == 3)

    burst(one, 700)
    tell(one, payload={"n": 700})

    for listener in listeners:
        assert [listener.next()[1]["payload"]["n"] for _ in range(701)] == list(range(701))
        listener.close()


def test_hv34_listener_that_does_not_read_is_cut_and_can_resume(serve) -> None:
    served = serve(queue=8, send_seconds=0.3)
    one = dataset("satu")
    stalled = Listener(served, buffer=4_096)
    until(lambda: served.hub.clients == 1)

    burst(one, 400, size=100_000)

    until(lambda: served.hub.clients == 0, 30)
    heard, last = [], ""
    try:
        while True:
            _, data, last = stalled.next()
            heard.append(data["payload"]["n"])
    except (EOFError, ConnectionError):
        stalled.close()
    assert 0 < len(heard) < 400
    resumed = Listener(served, Last_Event_ID=last)
    assert resumed.next()[1]["payload"]["n"] == len(heard)
    resumed.close()


def test_hv34_listener_whose_place_is_no_longer_kept_is_told_of_the_gap(serve) -> None:
    served = serve()
    one = dataset("satu")
    tell(one)
    old = Listener(served, Last_Event_ID="1-1")

    assert old.next()[0] == "gap"
    assert old.datasets(1) == ["satu"]
    old.close()


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/events?data=satu", {}), ("/events", {"Last_Event_ID": "kemarin"}), ("/events?last-event-id=1", {})],
)
def test_bad_question_is_answered_with_what_is_wrong(serve, path: str, headers: dict[str, str]) -> None:
    listener = Listener(serve(), path, **headers)

    assert listener.status == 400
    listener.close()


def test_full_hub_says_when_to_come_again(serve) -> None:
    served = serve(max_clients=1)
    first = Listener(served)
    until(lambda: served.hub.clients == 1)

    second = Listener(served)

    assert (second.status, second.headers["retry-after"]) == (503, "30")
    first.close()
    until(lambda: served.hub.clients == 0)
    third = Listener(served)
    assert third.status == 200
    second.close()
    third.close()


def test_rl04_stream_carries_the_security_headers_and_is_open_to_other_sites(serve) -> None:
    listener = Listener(serve())

    assert listener.headers["content-type"].startswith("text/event-stream")
    assert listener.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in listener.headers["content-security-policy"]
    assert listener.headers["cache-control"] == "no-store"
    assert listener.headers["access-control-allow-origin"] == "*"
    listener.close()


def test_rl17_health_answers_without_a_secret(serve) -> None:
    served = serve()

    for path in ("/health/live", "/health/ready"):
        with urllib.request.urlopen(f"http://127.0.0.1:{served.port}{path}") as answer:
            assert answer.status == 200
            assert "version" not in answer.read().decode()


def test_hv34_many_listeners_all_hear_everything(serve) -> None:
    served = serve()
    one = dataset("satu")
    listeners = [Listener(served) for _ in range(150)]
    until(lambda: served.hub.clients == 150)

    for number in range(5):
        tell(one, payload={"n": number})

    heard = [[listener.next()[1]["payload"]["n"] for _ in range(5)] for listener in listeners]
    assert heard == [[0, 1, 2, 3, 4]] * 150
    for listener in listeners:
        listener.close()
