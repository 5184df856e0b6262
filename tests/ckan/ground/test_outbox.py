from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.jambi import outbox

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def change(package: str, *, public: bool = True) -> outbox.Event:
    return outbox.Event("dataset.changed", package_id=package, public=public)


def packages(answer: dict) -> list[str]:
    return [one["package_id"] for one in answer["events"]]


def test_event_of_a_rolled_back_transaction_is_never_listed(action) -> None:
    outbox.emit(change("a"))
    model.Session.rollback()
    outbox.emit(change("b"))
    model.Session.commit()

    assert packages(action("jambi_event_list")) == ["b"]


def test_hv34_reader_stops_below_an_open_transaction_and_skips_nothing(action) -> None:
    insert = sa.text(
        "INSERT INTO jambi_event (kind, package_id, public, payload) "
        "VALUES ('dataset.changed', :p, true, '{}')"
    )
    with model.meta.engine.connect() as early, model.meta.engine.connect() as late:
        early.execute(insert, {"p": "drawn first, committed last"})
        late.execute(insert, {"p": "drawn last, committed first"})
        late.commit()
        before = action("jambi_event_list")
        early.commit()
    model.Session.rollback()
    after = action("jambi_event_list", cursor=before["cursor"])

    assert packages(before) == []
    assert packages(after) == ["drawn first, committed last", "drawn last, committed first"]


def test_anonymous_reader_gets_public_events_only(action) -> None:
    outbox.emit_many([change("open"), change("closed", public=False)])
    model.Session.commit()

    assert packages(action("jambi_event_list")) == ["open"]
    assert packages(tk.get_action("jambi_event_list")({"user": factories.Sysadmin()["name"]}, {})) == [
        "open",
        "closed",
    ]


def test_limit_and_cursor_walk_the_whole_list(action) -> None:
    outbox.emit_many([change(str(number)) for number in range(5)])
    model.Session.commit()

    first = action("jambi_event_list", limit=3)
    second = action("jambi_event_list", limit=3, cursor=first["cursor"])

    assert packages(first) + packages(second) == ["0", "1", "2", "3", "4"]
    assert packages(action("jambi_event_list", cursor=second["cursor"])) == []


@pytest.mark.parametrize(("name", "value"), [("cursor", "yesterday"), ("limit", 0), ("limit", 1001)])
def test_bad_argument_is_named(action, name: str, value: object) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        action("jambi_event_list", **{name: value})

    assert list(caught.value.error_dict) == [name]


def test_unknown_kind_and_public_inside_event_are_refused() -> None:
    with pytest.raises(outbox.OutboxError):
        outbox.Event("dataset.renamed")
    with pytest.raises(outbox.OutboxError):
        outbox.Event("quarantine.opened", public=True)
