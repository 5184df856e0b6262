"""What is asked once for all records of a batch, so that CKAN need not ask for each (importer.md, recipe).

A validator is left out only where the batch has its answer already; where a name or an id is taken, CKAN's
own validator is asked and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import plugins as lib_plugins
from ckanext.harvest.model import HarvestSource
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import datasets
from ckanext.jambi.harvest.work import Work
from ckanext.jambi.search import by_reference

DATASET = "dataset"


@dataclass(slots=True)
class Known:
    """The datasets of a batch that are there, ids and names that are free, ids of tags by name.

    Attributes:
        held: objects that CKAN asks for by id with each record; the session keeps only what somebody holds.
    """

    datasets: frozenset[str] = frozenset()
    free_ids: frozenset[str] = frozenset()
    free_names: set[str] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    held: Sequence[Any] = ()


def ask(work: Work, items: Iterable[Any]) -> Known:
    """Ask on CKAN's session what a batch needs to know."""
    wanted = {datasets.dataset_of(work.lease.source_id, item): item for item in items}
    present = _locked(wanted)
    there = frozenset(one.id for one in present)
    by_reference.read_ahead(sorted(there), tk.config["ckan.site_id"])
    new = {key: item.content for key, item in wanted.items() if key not in there}
    names = {datasets.name_of(one["fields"], work.source["name"], key) for key, one in new.items()}
    files = {own for key, one in new.items() for own in datasets.resource_ids(one, key)}
    tags = _tags(item.content["fields"].get("tags") for item in wanted.values())
    owner = model.Session.get(model.Group, work.organization_id)
    source = model.Session.get(HarvestSource, work.lease.source_id)
    return Known(
        there,
        frozenset(new) | (files - _found(model.Resource.id, files)),
        names - _found(model.Package.name, names),
        {tag.name: tag.id for tag in tags},
        (*present, *tags, owner, source),
    )


def missing_tags(connection: Connection, lists: Iterable[Sequence[str] | None]) -> Sequence[str]:
    """Return the names of records' tags that are not there yet, from one list or None a record."""
    names = _named(lists)
    there = connection.scalars(sa.select(model.Tag.name).where(_free(names))) if names else ()
    return sorted(names.difference(there))


def make_tags(connection: Connection, names: Sequence[str]) -> None:
    """Make tags, unless another batch did meanwhile: a free tag is never unique, so two would double it."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('jambi tags'))"))
    made = [{"id": model.types.make_uuid(), "name": name} for name in missing_tags(connection, [names])]
    if made:
        connection.execute(sa.insert(model.Tag.__table__), made)


def _tags(lists: Iterable[Sequence[str] | None]) -> Sequence[model.Tag]:
    return model.Session.scalars(sa.select(model.Tag).where(_free(_named(lists)))).all()


def _named(lists: Iterable[Sequence[str] | None]) -> set[str]:
    return {name for names in lists for name in names or ()}


def _free(names: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a tag is one of these names, and of no vocabulary."""
    return sa.and_(model.Tag.name.in_(list(names)), model.Tag.vocabulary_id.is_(None))


def create_schema(known: Known, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return CKAN's schema of a new dataset, less the questions whether its ids are free if they are."""
    schema = lib_plugins.lookup_package_plugin(DATASET).create_package_schema()
    if {dataset["id"], *(one["id"] for one in dataset["resources"])} <= known.free_ids:
        _leave_out(schema, "id", "package_id_does_not_exist")
        _leave_out(schema["resources"], "id", "resource_id_does_not_exist")
    return schema


def _leave_out(schema: Any, name: str, validator: str) -> None:
    unwanted = tk.get_validator(validator)
    schema[name] = [one for one in schema[name] if one is not unwanted]


def _locked(ids: Iterable[str]) -> Sequence[model.Package]:
    """Return those datasets that are there; whoever edits one by hand waits for the batch."""
    query = sa.select(model.Package).where(model.Package.id.in_(list(ids))).order_by(model.Package.id)
    return model.Session.scalars(query.with_for_update(key_share=True, of=model.Package)).all()


def _found(column: Any, values: Iterable[str]) -> set[str]:
    return set(model.Session.scalars(sa.select(column).where(column.in_(list(values)))))
