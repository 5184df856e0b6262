"""Compare what must say the same: records, datasets, search rows and tables (`ckan jambi harvest verify`).

Nothing is mended here. A difference names the object and both sides, so that whoever reads it knows where
to look; a run that is at work may show as one until it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.harvest.model import HarvestObject

from ckanext.jambi.freshness import content
from ckanext.jambi.harvest import datasets
from ckanext.jambi.harvest.model import ACTIVE_STATES, load, record, run
from ckanext.jambi.search import drift

package = model.Package.__table__
resource = model.Resource.__table__
_NEWEST_LOADS = sa.text(
    "SELECT DISTINCT ON (resource_id) resource_id, rows, hash FROM jambi.jambi_load"
    " WHERE resource_id = ANY(:ids) ORDER BY resource_id, committed_at DESC"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sides that do not say the same."""

    source: str
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.about}: {self.text}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, and what differs."""

    records: int
    datasets: int
    tables: int
    differences: tuple[Difference, ...]


def verify(wanted: dict[str, Any]) -> Verified:
    """Compare everything that one source made; `wanted` is its row."""
    known = _records(wanted["source_id"])
    live = [row.package_id for row in known if row.state == "active"]
    found = [*_of_records(wanted["name"], known), *_of_objects(wanted, known)]
    found += [
        Difference(wanted["name"], one.dataset, f"search: {', '.join(one.parts)}")
        for one in drift.among(live)
    ]
    tables = _tables(live)
    found += [*_of_tables(wanted, tables), *_of_loads(wanted)]
    return Verified(len(known), len(live), len(tables), tuple(found))


def _records(source_id: str) -> Sequence[Any]:
    """Return the records that became datasets, each with its dataset, if it is there."""
    query = (
        sa.select(record.c.guid, record.c.package_id, package.c.state, package.c.type)
        .outerjoin(package, package.c.id == record.c.package_id)
        .where(record.c.source_id == source_id, record.c.package_id.is_not(None))
        .order_by(record.c.guid)
    )
    return model.Session.execute(query).all()


def _of_records(name: str, known: Sequence[Any]) -> Iterator[Difference]:
    for row in known:
        if row.state != "active":
            state = "is deleted" if row.state else "does not exist"
            yield Difference(name, row.package_id, f"the dataset of record {row.guid!r} {state}")
        elif row.type != "dataset":
            yield Difference(name, row.package_id, f"record {row.guid!r} became a {row.type}")


def _of_objects(wanted: dict[str, Any], known: Sequence[Any]) -> Iterator[Difference]:
    """Compare with the current harvest objects: each live dataset of the source has one, and a record."""
    current = HarvestObject.__table__
    query = (
        sa.select(current.c.package_id)
        .join(package, package.c.id == current.c.package_id)
        .where(
            current.c.harvest_source_id == wanted["source_id"], current.c.current, package.c.state == "active"
        )
    )
    objects = list(model.Session.scalars(query))
    mine = {row.package_id for row in known if row.state == "active"}
    for one in sorted(set(objects) - mine):
        yield Difference(wanted["name"], one, "a dataset of this source without a record")
    for one in sorted(mine - set(objects)):
        yield Difference(wanted["name"], one, "a record's dataset without a current harvest object")
    for one in sorted({one for one in objects if objects.count(one) > 1}):
        yield Difference(wanted["name"], one, "several current harvest objects")


def _tables(package_ids: Sequence[str]) -> dict[str, Any]:
    """Return the resources of these datasets whose rows were loaded, with their newest load."""
    resources = {datasets.resource_id(one): one for one in package_ids}
    with get_write_engine().connect() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('jambi.jambi_load')")) is None:
            return {}
        rows = connection.execute(_NEWEST_LOADS, {"ids": list(resources)}).all()
    return {row.resource_id: row for row in rows}


def _of_tables(wanted: dict[str, Any], tables: dict[str, Any]) -> Iterator[Difference]:
    replaced = wanted["definition"].get("write", {}).get("mode", "replace") == "replace"
    present = set(
        model.Session.scalars(
            sa.select(resource.c.id).where(resource.c.id.in_(list(tables)), resource.c.state == "active")
        )
    )
    for resource_id, newest in tables.items():
        if resource_id not in present:
            yield Difference(wanted["name"], resource_id, "a table without its resource")
            continue
        measured = content.of_datastore(resource_id, content.Declared({}))
        if measured is None:
            yield Difference(
                wanted["name"], resource_id, f"the table is missing; {newest.rows} rows were loaded"
            )
        elif measured.rows != newest.rows:
            yield Difference(
                wanted["name"], resource_id, f"{measured.rows} rows, {newest.rows} after the last load"
            )
        elif replaced and newest.hash and measured.hash != newest.hash:
            yield Difference(wanted["name"], resource_id, "the rows are not those that were loaded last")


def _of_loads(wanted: dict[str, Any]) -> Iterator[Difference]:
    """Find loads that were begun and whose run has ended."""
    query = (
        sa.select(load.c.resource_id)
        .join(run, run.c.id == load.c.run_id)
        .where(
            run.c.source_id == wanted["source_id"],
            load.c.state == "intended",
            run.c.state.not_in(ACTIVE_STATES),
        )
    )
    for resource_id in model.Session.scalars(query):
        yield Difference(wanted["name"], resource_id, "a load was begun and never finished")
