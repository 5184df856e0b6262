"""Evidence from the DataStore's actions: a table counts once, when it rests (specification 5)."""

from __future__ import annotations

from datetime import date

import counting
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers
from ckanext.datastore.backend.postgres import get_read_engine
from daftar import promise

from ckanext.jambi.freshness import quiet
from ckanext.jambi.freshness.evidence import observe
from ckanext.jambi.freshness.model import observation, pending
from ckanext.jambi.freshness.promises import adopting, ticking

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi_freshness jambi datastore"),
    pytest.mark.usefixtures("with_plugins", "clean_db"),
]


def log() -> list[dict]:
    """Return the log."""
    query = sa.select(observation).order_by(observation.c.seq)
    return [dict(row) for row in model.Session.execute(query).mappings()]


def write(resource_id: str, *rows: tuple[str, int], verb: str = "datastore_upsert", **more) -> None:
    records = [{"periode": period, "jumlah": number} for period, number in rows]
    context = {"user": factories.Sysadmin()["name"], **more}
    data = {"resource_id": resource_id, "records": records, "force": True}
    if verb == "datastore_upsert":
        data["method"] = "insert"
    else:
        data["fields"] = [{"id": "periode", "type": "text"}, {"id": "jumlah", "type": "int"}]
    helpers.call_action(verb, context, **data)


def rest() -> None:
    """Let the tables have rested long enough by the database's clock."""
    hour = sa.text("interval '1 hour'")
    model.Session.execute(sa.update(pending).values(quiet_from=pending.c.quiet_from - hour))
    model.Session.commit()


@pytest.fixture
def resource_id(dataset) -> str:
    """Return a resource with a period column."""
    one = dataset("bulanan", resources=0)
    made = factories.Resource(package_id=one["id"], kolom_periode="periode", url="https://contoh.example/x")
    return made["id"]


def test_table_filled_in_many_calls_counts_once(resource_id, index, portal_at) -> None:
    write(resource_id, ("2026-06", 1), verb="datastore_create")
    write(resource_id, ("2026-07", 2))
    quiet.measure()
    assert log() == []
    touched = portal_at(0.5)
    write(resource_id, ("2026-08", 3))
    rest()
    portal_at(0.6)
    quiet.measure()
    [row] = log()
    assert (row["kind"], row["row_count"], row["period_end"]) == ("datastore", 3, date(2026, 8, 31))
    assert abs((row["valid_at"] - touched).total_seconds()) < 60
    assert model.Session.execute(sa.select(pending)).all() == []
    assert "jambi_due_date" in index.rows[row["package_id"]]


def test_write_that_changes_no_row_leaves_no_second_evidence(resource_id) -> None:
    write(resource_id, ("2026-06", 1), verb="datastore_create")
    rest()
    quiet.measure()
    write(resource_id, verb="datastore_create")
    rest()
    quiet.measure()
    assert len(log()) == 1


def test_import_and_removed_tables_leave_nothing(resource_id) -> None:
    write(resource_id, ("2026-06", 1), verb="datastore_create", jambi_import=True)
    assert model.Session.execute(sa.select(pending)).all() == []
    write(resource_id, ("2026-07", 1))
    context = {"user": factories.Sysadmin()["name"]}
    helpers.call_action("datastore_delete", context, resource_id=resource_id, force=True)
    rest()
    quiet.measure()
    assert log() == []
    assert model.Session.execute(sa.select(pending)).all() == []


def test_f10_rows_of_a_value_are_found_though_another_file_came_later(
    rules, resource_id, seen, portal_at
) -> None:
    write(resource_id, ("Jelutung", 1), ("Telanaipura", 2), verb="datastore_create")
    one = model.Resource.get(resource_id).package.as_dict()
    promise(one, datasets=[{"name": one["name"], "column": "periode", "value": "Jelutung"}])
    ticking.run()
    other = factories.Resource(package_id=one["id"], url="https://contoh.example/y")["id"]
    observe([seen(one, "table", resource_id=resource_id), seen(one, "other", resource_id=other)])
    model.Session.commit()
    ticking.run()
    of_item = sa.select(observation.c.resource_id, observation.c.detail).where(
        observation.c.item_id == adopting.item_id("A"), observation.c.content_hash.is_not(None)
    )
    (row,) = model.Session.execute(of_item)
    assert (row.resource_id, row.detail["credit"]) == (resource_id, "new_content")


def test_f10_a_value_without_rows_is_measured_once_until_something_changes(
    rules, resource_id, seen, portal_at
) -> None:
    def measured() -> int:
        with counting.statements(get_read_engine()) as found:
            ticking.run()
        return sum(f'FROM "{resource_id}"' in each for each in found)

    write(resource_id, ("Jelutung", 1), verb="datastore_create")
    one = model.Resource.get(resource_id).package.as_dict()
    item = {"name": one["name"], "column": "periode"}
    promise(one, datasets=[{**item, "value": "Telanaipur"}])
    ticking.run()
    observe([seen(one, "table", resource_id=resource_id)])
    model.Session.commit()
    assert [measured() > 0 for _ in range(3)] == [True, False, False]
    own = (
        sa.select(observation.c.row_count, observation.c.detail)
        .order_by(observation.c.seq)
        .where(observation.c.item_id == adopting.item_id("A"), observation.c.kind == "harvest_ok")
    )
    (row,) = model.Session.execute(own)
    assert (row.row_count, row.detail["credit"]) == (0, "no_content")
    promise(one, datasets=[{**item, "value": "Jelutung"}])
    assert [measured() > 0 for _ in range(2)] == [True, False]
    assert [each.row_count for each in model.Session.execute(own)] == [0, 1]
    write(resource_id, ("Telanaipura", 2))
    promise(one, datasets=[{**item, "value": "Telanaipura"}])
    observe([seen(one, "more", resource_id=resource_id)])
    model.Session.commit()
    assert [measured() > 0 for _ in range(2)] == [True, False]
