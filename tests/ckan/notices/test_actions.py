"""Who reads notices, and that the tables are what the code names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from mail_server import PLUGINS

from ckanext.jambi import ticks
from ckanext.jambi.notices import duties, reading
from ckanext.jambi.notices.model import metadata

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db", "with_request_context"),
]


def _list(user: str, **data: Any) -> Any:
    return tk.get_action("jambi_notice_list")({"user": user, "ignore_auth": False}, data)


def test_editors_read_the_notices_of_their_organization_only(
    apply_source: Any, happen: Any, member: Any, sysadmin: dict[str, Any]
) -> None:
    happen("run.failed", apply_source(), code="source_down")
    reading.read_events()
    [one] = _list(member("editor")["name"], organization_id="dinkes")
    assert (one["event"], one["source_name"]) == ("failed", "uji-kunjungan")
    assert one["deliveries"] == {"queued": 2} or one["deliveries"] == {"queued": 1}
    assert "@" not in str(one["deliveries"])
    assert len(_list(sysadmin["name"])) == 1
    for data in ({"organization_id": "dinkes"}, {}):
        with pytest.raises(tk.NotAuthorized):
            _list(factories.User()["name"], **data)
    with pytest.raises(tk.ObjectNotFound):
        _list(sysadmin["name"], organization_id="tidak-ada")


def test_who_is_told_is_shown_to_editors_only(apply_source: Any, member: Any) -> None:
    source_id = apply_source(notify={"to": ["a@example.go.id"], "digest": "daily"})
    context = {"user": member("editor")["name"], "ignore_auth": False}
    shown = tk.get_action("jambi_source_notify_show")(context, {"id": source_id})
    assert (shown["to"], shown["digest"], shown["last_good_at"]) == (["a@example.go.id"], "daily", None)
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("jambi_source_notify_show")(
            {"user": factories.User()["name"], "ignore_auth": False}, {"id": source_id}
        )


def test_workers_read_and_send_by_the_clock(apply_source: Any, happen: Any, mail: Any) -> None:
    happen("run.failed", apply_source(), code="source_down")
    own = (duties.reader, duties.sender, duties.retention)
    assert {one.name for one in own} <= {one.name for one in ticks.registered()}
    assert ticks.run_due(own) == ["notices.read", "notices.send", "notices.retention"]
    assert len(mail.taken) == 1


def _tables() -> dict[str, set[str]]:
    inspector = sa.inspect(model.meta.engine)
    names = [name for name in metadata.tables if inspector.has_table(name)]
    return {name: {column["name"] for column in inspector.get_columns(name)} for name in names}


def test_migrations_make_the_tables_that_the_code_names_and_can_be_undone(
    migrate: Callable[..., None],
) -> None:
    made = _tables()
    migrate("jambi_notices", "base", False)
    undone = _tables()
    migrate("jambi_notices")
    assert made == {name: set(table.c.keys()) for name, table in metadata.tables.items()}
    assert undone == {}
    with model.meta.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT cursor FROM jambi_notice_reader")) > ""
