from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers
from receiving_end import Receiver

from ckanext.jambi import outbox, vault
from ckanext.jambi.live import laying_out, sending, signing, ticks, webhooks
from jambi_harvesters.http import Client, Policy

SECRET = "kunci-uji-yang-cukup-panjang-0123456789"
DOCS = Path(__file__).parents[3] / "docs/live.md"

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_live jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def user(clean_db: None) -> dict[str, Any]:
    return factories.User()


@pytest.fixture
def subscribe(user: dict[str, Any], receiver: Receiver) -> Callable[..., str]:
    def make(owner: str | None = None, **over: Any) -> str:
        data = {"url": receiver.url(), "secret": SECRET} | over
        return act("jambi_webhook_create", owner or user["name"], **data)["id"]

    return make


def act(action: str, name: str, **data: Any) -> Any:
    return helpers.call_action(action, {"user": name, "ignore_auth": False}, **data)


def dataset(name: str, *, private: bool = False, topics: str | None = None, owner: str | None = None) -> str:
    extras = {"topik": topics} if topics else {}
    package = model.Package(name=name, title=name, private=private, owner_org=owner, extras=extras)
    model.Session.add(package)
    model.Session.commit()
    return package.id


def tell(package_id: str | None, kind: str = "dataset.changed", **over: Any) -> None:
    outbox.emit(outbox.Event(kind, package_id=package_id, **{"public": True} | over))
    model.Session.commit()


def deliver(receiver: Receiver) -> Counter[str]:
    laying_out.lay_out(model.meta.engine)
    return sending.send_due(model.meta.engine, receiver.client)


def change(table: str, **values: Any) -> None:
    sets = ", ".join(f"{name} = {value}" for name, value in values.items())
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {table} SET {sets}"))


def be_due() -> None:
    change("jambi_webhook", due_at="now()")
    change("jambi_webhook_delivery", due_at="now()")


def states(hook: str, name: str) -> dict[str, int]:
    return act("jambi_webhook_show", name, id=hook)["deliveries"]


def test_hv34_subscriber_gets_a_signed_event(subscribe, receiver, user) -> None:
    hook = subscribe()
    one = dataset("satu", topics='["kesehatan"]')
    tell(one, payload={"rows": 3})

    assert deliver(receiver) == {"delivered": 1}

    path, headers, body = receiver.got[0]
    told = json.loads(body)
    assert (path, headers["X-Jambi-Event"], headers["X-Jambi-Webhook"]) == ("/masuk", "dataset.changed", hook)
    assert (told["dataset"]["name"], told["topics"], told["payload"]) == ("satu", ["kesehatan"], {"rows": 3})
    stamp = signing.parse(headers[signing.TIMESTAMP_HEADER], headers[signing.SIGNATURE_HEADER])
    assert stamp.is_genuine(SECRET, body)
    assert stamp.is_timely(time.time())
    newest = act("jambi_webhook_show", user["name"], id=hook)["newest"][0]
    assert (newest["id"], newest["status"], newest["outcome"]) == (headers["X-Jambi-Delivery"], 204, "ok")


def test_hv34_receiver_of_the_docs_verifies_what_is_sent(subscribe, receiver) -> None:
    subscribe()
    tell(dataset("satu"))
    deliver(receiver)
    code = re.search(r"```python\n(# A receiver.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    scope: dict[str, Any] = {"__name__": "receiver"}
    exec(code[1], scope)  # noqa: S102 - the example of the docs is what is tested
    _, headers, body = receiver.got[0]

    assert scope["is_genuine"](SECRET.encode(), headers, body)
    assert not scope["is_genuine"](SECRET.encode(), headers, body + b" ")
    assert not scope["is_genuine"](b"lain", headers, body)
    assert not scope["is_genuine"](SECRET.encode(), {**headers, "X-Jambi-Timestamp": "1"}, body)
    assert not scope["is_genuine"](SECRET.encode(), {}, body)


def test_hv34_filters_choose_as_those_of_the_stream(subscribe, receiver) -> None:
    subscribe(url=receiver.url("/satu"), dataset="satu")
    subscribe(url=receiver.url("/topik"), topic=["kesehatan"], kind="rows.changed,dataset.tombstoned")
    subscribe(url=receiver.url("/semua"))
    one, two = dataset("satu"), dataset("dua", topics='["kesehatan"]')

    tell(one)
    tell(two)
    tell(two, "rows.changed")
    deliver(receiver)

    assert Counter(path for path, _, _ in receiver.got) == {"/satu": 1, "/topik": 1, "/semua": 3}


def test_hv34_subscription_begins_now(subscribe, receiver) -> None:
    subscribe()
    before, after = dataset("sebelum"), dataset("sesudah")
    tell(before)
    subscribe(url=receiver.url("/akhir"))
    tell(after)

    deliver(receiver)

    told = [json.loads(body)["dataset"]["name"] for path, _, body in receiver.got if path == "/akhir"]
    assert told == ["sesudah"]


def test_hv34_event_that_commits_late_is_not_skipped(subscribe, receiver) -> None:
    subscribe()
    first, second = dataset("awal"), dataset("akhir")
    open_one = model.meta.engine.connect()
    outbox.emit_on(open_one, [outbox.Event("dataset.changed", package_id=first, public=True)])
    tell(second)

    deliver(receiver)
    assert receiver.told == []  # nothing beyond the transaction that is open
    open_one.commit()
    open_one.close()
    deliver(receiver)

    assert receiver.told == ["awal", "akhir"]


def test_p10_only_public_events_are_sent_also_when_hidden_later(subscribe, receiver, user) -> None:
    hook = subscribe()
    shown = dataset("terbuka")
    tell(dataset("tertutup", private=True))
    tell(shown, "dataset.checked", public=False)
    tell(shown)
    laying_out.lay_out(model.meta.engine)
    assert states(hook, user["name"]) == {"waiting": 1}
    change("package", private="true")

    assert deliver(receiver) == {"withdrawn": 1}
    assert receiver.got == []


def test_hv34_refused_delivery_comes_again_under_its_own_id(subscribe, receiver, user) -> None:
    hook = subscribe()
    tell(dataset("satu"))
    receiver.statuses = [500]

    assert deliver(receiver) == {"waiting": 1}
    assert deliver(receiver) == {}  # it waits
    be_due()
    assert deliver(receiver) == {"delivered": 1}

    ids = [headers["X-Jambi-Delivery"] for _, headers, _ in receiver.got]
    assert ids[0] == ids[1]
    shown = act("jambi_webhook_show", user["name"], id=hook)
    assert (shown["failures"], shown["newest"][0]["attempts"]) == (0, 2)


def test_hv34_dead_receiver_is_asked_once_a_wait_whatever_waits_for_it(subscribe, receiver, user) -> None:
    hook = subscribe()
    for number in range(5):
        tell(dataset(f"d{number}"))
    receiver.statuses = [503] * 10

    deliver(receiver)

    assert len(receiver.got) == 1
    assert states(hook, user["name"]) == {"waiting": 5}


def test_hv34_after_ten_attempts_it_is_a_dead_letter_until_it_is_asked_for(subscribe, receiver, user) -> None:
    hook = subscribe()
    tell(dataset("satu"))
    receiver.statuses = [500] * 10
    for _ in range(10):
        be_due()
        deliver(receiver)
    be_due()
    assert deliver(receiver) == {}
    assert states(hook, user["name"]) == {"dead": 1}

    assert act("jambi_webhook_redeliver", user["name"], id=hook) == {"queued": 1}
    be_due()

    assert deliver(receiver) == {"delivered": 1}
    assert len(receiver.got) == 11


def test_hv34_one_delivery_can_be_sent_again(subscribe, receiver, user) -> None:
    hook = subscribe()
    tell(dataset("satu"))
    deliver(receiver)
    one = receiver.got[0][1]["X-Jambi-Delivery"]

    act("jambi_webhook_redeliver", user["name"], id=hook, delivery_id=one)
    deliver(receiver)

    assert [headers["X-Jambi-Delivery"] for _, headers, _ in receiver.got] == [one, one]
    with pytest.raises(tk.ObjectNotFound):
        act("jambi_webhook_redeliver", user["name"], id=hook, delivery_id="tak-ada")


class KilledError(BaseException):
    """Stands for a worker that is gone: nothing of it catches this."""


def test_hv34_killed_worker_loses_no_delivery(subscribe, receiver, user) -> None:
    hook = subscribe()
    tell(dataset("satu"))
    laying_out.lay_out(model.meta.engine)

    class Dying(Client):
        def get(self, *args: Any, **kwargs: Any) -> Any:
            super().get(*args, **kwargs).close()
            raise KilledError

    def dying(secret: str) -> Client:
        whole = receiver.client(secret)
        return Dying(whole.policy, resolver=whole.resolver)

    with pytest.raises(KilledError):
        sending.send_due(model.meta.engine, dying)
    assert states(hook, user["name"]) == {"waiting": 1}
    assert deliver(receiver) == {}  # the lease is not over
    change("jambi_webhook", due_at="now()")

    assert deliver(receiver) == {"delivered": 1}
    assert len({headers["X-Jambi-Delivery"] for _, headers, _ in receiver.got}) == 1


def test_hv34_page_is_laid_out_wholly_or_not_at_all(subscribe, receiver) -> None:
    subscribe()
    tell(dataset("satu"))
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE FUNCTION uji_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'uji'; END $$; CREATE TRIGGER uji BEFORE UPDATE ON "
                "jambi_webhook_reader FOR EACH ROW EXECUTE FUNCTION uji_refuse()"
            )
        )
    try:
        with pytest.raises(sa.exc.DBAPIError):
            laying_out.lay_out(model.meta.engine)
        assert sending.send_due(model.meta.engine, receiver.client) == {}
    finally:
        with model.meta.engine.begin() as connection:
            connection.execute(sa.text("DROP FUNCTION uji_refuse() CASCADE"))

    assert deliver(receiver) == {"delivered": 1}
    assert deliver(receiver) == {}


def test_hv34_two_workers_at_once_send_each_event_once(subscribe, receiver) -> None:
    for number in range(3):
        subscribe(url=receiver.url(f"/{number}"))
    for number in range(10):
        tell(dataset(f"d{number}"))

    workers = [threading.Thread(target=deliver, args=(receiver,)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert len(receiver.got) == 30
    assert len({headers["X-Jambi-Delivery"] for _, headers, _ in receiver.got}) == 30


def test_p11_name_that_leads_inside_is_never_connected_to(subscribe, receiver, user) -> None:
    hook = subscribe(url=f"http://dalam.test:{receiver.port}/")
    tell(dataset("satu"))
    laying_out.lay_out(model.meta.engine)

    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"):
        be_due()
        sending.send_due(
            model.meta.engine,
            lambda secret, address=address: Client(Policy(), resolver=lambda host, port: [address]),
        )
        newest = act("jambi_webhook_show", user["name"], id=hook)["newest"][0]
        assert newest["outcome"] == "address_refused"

    assert receiver.got == []


def test_p11_redirect_is_not_followed(subscribe, receiver, user) -> None:
    hook = subscribe()
    tell(dataset("satu"))
    receiver.statuses = [307]
    receiver.answer_headers = {"Location": receiver.url("/lain")}

    deliver(receiver)

    assert [path for path, _, _ in receiver.got] == ["/masuk"]
    assert states(hook, user["name"]) == {"waiting": 1}


def test_p11_tick_reaches_no_loopback_address(subscribe, receiver, user) -> None:
    hook = subscribe(url=f"http://localtest.invalid:{receiver.port}/")
    change("jambi_webhook", url=f"'http://127.0.0.1:{receiver.port}/'")
    tell(dataset("satu"))

    ticks.deliver()

    assert receiver.got == []
    assert act("jambi_webhook_show", user["name"], id=hook)["newest"][0]["outcome"] == "address_refused"


@pytest.mark.parametrize(
    "url",
    [
        "x",
        "ftp://a.test/",
        "http://u:p@a.test/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://localhost/",
        "http://10.1.2.3/",
        "http://169.254.169.254/",
        "https://a.test/" + "x" * 2_000,
    ],
)
def test_p11_addresses_that_can_be_none_are_refused_at_once(subscribe, url: str) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        subscribe(url=url)
    assert list(caught.value.error_dict) == ["url"]


@pytest.mark.parametrize(
    ("name", "value"), [("secret", "pendek"), ("kind", "dataset.checked"), ("topic", ["x"] * 2 + [1])]
)
def test_hv34_arguments_that_are_none_are_refused(subscribe, name: str, value: Any) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        subscribe(**{name: value})
    assert list(caught.value.error_dict) == [name]


def test_hv34_user_has_a_limit(subscribe, user, ckan_config, monkeypatch) -> None:
    monkeypatch.setitem(ckan_config, "ckanext.jambi.live.max_webhooks_per_user", 2)
    subscribe()
    subscribe()

    with pytest.raises(tk.ValidationError):
        subscribe()
    other = factories.User()
    subscribe(other["name"])
    assert len(act("jambi_webhook_list", user["name"])) == 2


def test_hv34_users_see_and_change_their_own_only(subscribe, user) -> None:
    hook, other = subscribe(), factories.User()

    for action in ("show", "delete", "redeliver"):
        for name in (other["name"], ""):
            with pytest.raises(tk.NotAuthorized):
                act(f"jambi_webhook_{action}", name, id=hook)
        with pytest.raises(tk.ObjectNotFound):
            act(f"jambi_webhook_{action}", user["name"], id="tak-ada")
    assert act("jambi_webhook_list", other["name"]) == []
    for action in ("list", "create"):
        with pytest.raises(tk.NotAuthorized):
            act(f"jambi_webhook_{action}", "", url="https://a.test/", secret=SECRET)


def test_p10_secret_is_never_shown_and_goes_with_the_webhook(subscribe, user) -> None:
    hook = subscribe()
    answers = [act("jambi_webhook_list", user["name"]), act("jambi_webhook_show", user["name"], id=hook)]
    with model.meta.engine.begin() as connection:
        stored = connection.execute(sa.text("SELECT w::text FROM jambi_webhook w")).scalar()
        assert webhooks.secret_of(connection, hook) == SECRET
    assert SECRET not in json.dumps(answers) + stored

    act("jambi_webhook_delete", user["name"], id=hook)

    with model.meta.engine.begin() as connection, pytest.raises(vault.VaultError):
        webhooks.secret_of(connection, hook)
    assert act("jambi_webhook_list", user["name"]) == []


def test_hv34_nothing_is_sent_for_a_user_who_is_gone(subscribe, receiver) -> None:
    subscribe()
    tell(dataset("satu"))
    laying_out.lay_out(model.meta.engine)
    change('"user"', state="'deleted'")

    assert deliver(receiver) == {}
    assert receiver.got == []
