"""Evidence from the DataStore's actions: a table counts once, when it rests (specification 5)."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers

from ckanext.jambi.freshness import quiet
from ckanext.jambi.freshness.model import observation, pending

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
