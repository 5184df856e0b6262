"""A source that somebody deletes or purges: it is asked no more, and stops no worker."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from harvest_source import PLUGINS, count, raw_definition, shown

from ckanext.jambi.harvest import queue
from ckanext.jambi.harvest.worker import Worker

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", PLUGINS),
    pytest.mark.ckan_config("ckanext.jambi.demo.enabled", True),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def _site_user() -> dict[str, Any]:
    name = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"ignore_auth": True, "user": name}


def test_deleted_source_is_asked_no_more(source: Any, apply_source: Any, harvest: Any, app: Any) -> None:
    source.csv(5)
    source_id = apply_source()
    harvest(source_id)
    with app.flask_app.test_request_context():
        tk.get_action("package_delete")(_site_user(), {"id": source_id})
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("UPDATE jambi_harvest_source SET next_due_at = now(), follow_up = true"))
        assert queue.enqueue_due(connection) == 0
    source.asked.clear()
    assert Worker(app.flask_app).drain() == []
    assert source.asked == []


def test_purged_source_fails_by_name_and_the_worker_goes_on(source: Any, apply_source: Any, app: Any) -> None:
    source.csv(5)
    source.csv(5, path="/lain.csv")
    gone = apply_source()
    apply_source(raw_definition(source, name="uji-lain") | {"endpoint": {"path": "lain.csv"}})
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, gone, "timer")
        for table, column in (("member", "table_id"), ("package", "id")):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": gone})
    states = Worker(app.flask_app).drain()
    assert sorted(states) == ["failed", "succeeded"]
    assert shown(run_id)["error_code"] == "source_unknown"
    assert count("package", "type = 'dataset'") == 1
