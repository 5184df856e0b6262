"""What our portal does: harvest, compare, load tables; and the DataStore's own actions beside that."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from acting import act, context, require
from ckan import model
from flask import current_app
from samples import AGENCY

from ckanext.jambi import outbox
from ckanext.jambi.harvest import datastore, preview, queue, sources
from ckanext.jambi.harvest.model import source as source_table
from ckanext.jambi.harvest.model import target
from ckanext.jambi.harvest.worker import Worker
from jambi_harvesters import definition as definitions
from jambi_harvesters.record import Column

COLUMNS = (("bulan", "text"), ("puskesmas", "text"), ("kunjungan", "int8"), ("keterangan", "text"))
LEFT_ALONE = ("harvest_object", "jambi_search_doc", "package", "resource", "activity")
TYPES = {"text": "text", "int8": "integer"}


def agency(port: int) -> str:
    """Make an agency, allow it to read a port of loopback, and return its id."""
    values = {"name": "bench", "host": "127.0.0.1", "cidr": "127.0.0.1/32", "port": port}
    values |= {"path_prefix": "/", "reason": "benchmark", "created_by": "bench"}
    with model.meta.engine.begin() as connection:
        connection.execute(sa.insert(target).values(**values, created_at=sa.func.now()))
    return str(act("organization_create", **AGENCY)["id"])


def source(name: str, url: str) -> str:
    """Make a source of another CKAN and return its id."""
    return _applied(name, kind="ckan", client={"base_url": url}, endpoint={"params": {"rows": 500}})


def catalogue(name: str, url: str) -> str:
    """Make a source of a data.json and return its id."""
    return _applied(name, kind="datajson", client={"base_url": url}, endpoint={"path": "data.json"})


def harvest(source_id: str) -> str:
    """Harvest a source whole and return what became of its records."""
    state, *counts, failed = _run(source_id, "complete")
    require(state in ("succeeded", "unchanged") and not failed, f"The run is {state}.")
    return f"{state} {dict(zip(('new', 'changed', 'unchanged'), counts, strict=True))}"


def harvest_all(source_ids: list[str]) -> dict[str, int]:
    """Harvest sources one after the other, as their timer would, and count the states of the runs."""
    return dict(Counter(_run(source_id, "normal")[0] for source_id in source_ids))


def _applied(name: str, **more: Any) -> str:
    raw = {
        "version": 1,
        "id": name,
        "organization": AGENCY["name"],
        "polite": {"max_rps": 20, "max_bytes": "50MB"},
        "dataset": {"fields": {"frekuensi": "bulanan"}},
        "guard": {"internal_target": "bench"},
    }
    made = sources.apply(definitions.parse(raw | more), context(), approve_by="bench")
    model.Session.remove()
    return str(made.source_id)


def _run(source_id: str, mode: str) -> Any:
    with model.meta.engine.begin() as connection:
        run_id = queue.enqueue(connection, source_id, "timer", mode=mode)
    Worker(current_app._get_current_object(), owner="bench").run_next(run_id)  # type: ignore[attr-defined]
    with model.meta.engine.connect() as connection:
        query = "SELECT state, new, changed, unchanged, failed FROM jambi_harvest_run WHERE id = %s"
        return connection.exec_driver_sql(query, (run_id,)).one()


def mark() -> int:
    """Return a transaction by which later ones are told from those before it."""
    with model.meta.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_current_xact_id()::text").scalar_one())


def written_since(first: int) -> dict[str, int]:
    """Return how many rows of what an unchanged run must leave alone were written since a mark."""
    with model.meta.engine.connect() as connection:
        query = "SELECT count(*) FROM {} WHERE xmin::text::bigint >= %s"
        return {
            one: connection.exec_driver_sql(query.format(one), (first,)).scalar_one() for one in LEFT_ALONE
        }


def compare(name: str) -> Any:
    """Read a whole source and compare it with what is here, writing nothing."""
    with model.meta.engine.connect() as connection:
        query = source_table.select().where(source_table.c.name == name)
        own = dict(connection.execute(query).mappings().one())
    wanted = definitions.parse(own["definition"], origin=own["origin"])
    return preview.dry_run(model.meta.engine, own, wanted, trusted=True)


def resources(number: int, organization: str) -> list[str]:
    """Make a dataset with so many resources and return their ids."""
    links = [{"url": f"https://data.example.go.id/{at}.csv", "name": f"{at}"} for at in range(number)]
    made = act(
        "package_create",
        name=f"tabel-{uuid.uuid4().hex[:8]}",
        title="Tabel",
        owner_org=organization,
        private=True,
        resources=links,
    )
    return [one["id"] for one in made["resources"]]


def load(resource_ids: list[str], rows: int) -> None:
    """Fill tables as a harvest does."""
    columns = tuple(Column(name, TYPES[type_], public=True) for name, type_ in COLUMNS)
    for resource_id in resource_ids:
        datastore.load(datastore.Load(uuid.uuid4(), resource_id, columns, whole=True), _rows(rows, 1_000))


def insert(resource_ids: list[str], rows: int) -> None:
    """Fill tables by `datastore_create` and `datastore_upsert`, 5,000 rows a call."""
    names = [name for name, _ in COLUMNS]
    for resource_id in resource_ids:
        action, more = "datastore_create", {"fields": [{"id": name, "type": t} for name, t in COLUMNS]}
        for chunk in _rows(rows, 5_000):
            records = [dict(zip(names, row, strict=True)) for row in chunk]
            act(action, resource_id=resource_id, records=records, force=True, **more)
            action, more = "datastore_upsert", {"method": "insert"}  # type: ignore[dict-item]


def tell(number: int) -> None:
    """Write a public event about no dataset into the outbox, with the time of its commit."""
    payload = {"number": number, "rows": "x" * 300, "told_at": time.time()}
    outbox.emit(outbox.Event(kind="rows.changed", public=True, payload=payload))
    model.Session.commit()
    model.Session.remove()


def _rows(number: int, chunk: int) -> Iterator[list[list[Any]]]:
    for start in range(0, number, chunk):
        yield [
            [f"2026-{at % 12 + 1:02d}", f"Puskesmas {at}", at * 7, "Catatan harian petugas puskesmas"]
            for at in range(start, min(start + chunk, number))
        ]
