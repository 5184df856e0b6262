"""Sources that people define in a form: checked like files, kept like files, changed by the same page (HV12).

What a file defines is read-only here. A definition that changes publishes directly only after a reviewer has
approved it anew (HV22); one that is paused and resumed unchanged stays approved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.harvest import sources
from ckanext.jambi.harvest.harvester import WRAPPER
from ckanext.jambi.harvest.model import record, source
from ckanext.jambi.metadata import vocabularies
from ckanext.jambi.metadata.fields import Field, kind_of
from jambi_harvesters.definition import Definition, DefinitionError, Problem, parse

ORIGIN = "form"


def checked(raw: Any) -> Definition:
    """Return the definition that was typed in.

    Raises:
        DefinitionError: naming each problem, those of the dataset's fields included.
    """
    wanted = parse(raw, origin=ORIGIN)
    found = list(_field_problems(wanted.dataset.fields))
    if found:
        raise DefinitionError(found)
    return wanted


def known(name: str) -> Mapping[str, Any] | None:
    """Return the row of the source of this name, or None."""
    return model.Session.execute(sa.select(source).where(source.c.name == name)).mappings().first()


def require_free(wanted: Definition) -> None:
    """Refuse names that belong to something else.

    Raises:
        DefinitionError: if another dataset has the source's or the dataset's name.
    """
    present = known(wanted.id)
    own_id = present["source_id"] if present else None
    if own_id is None and _package_id(wanted.id):
        raise DefinitionError([_taken("id")])
    dataset_id = _package_id(wanted.dataset.name) if wanted.dataset.name else None
    made_by_it = sa.select(record.c.package_id).where(record.c.source_id == own_id)
    if dataset_id and dataset_id not in set(model.Session.scalars(made_by_it)):
        raise DefinitionError([_taken("dataset.name")])


def save(wanted: Definition, owner_org: str, context: dict[str, Any]) -> str:
    """Make or update the harvest source of a definition and return its id; commits.

    Raises:
        ValidationError: if a file defines the source.
    """
    present = known(wanted.id)
    if present and present["origin"] != ORIGIN:
        raise tk.ValidationError({"id": [tk._("A file defines this source; change it there.")]})
    if present and present["definition_hash"] == wanted.hash:
        return present["source_id"]
    dataset = {
        "name": wanted.id,
        "title": wanted.dataset.title or wanted.id,
        "url": sources.shown_address(wanted),
        "source_type": sources.HARVESTER,
        "frequency": "MANUAL",
        "owner_org": owner_org,
        "config": json.dumps({WRAPPER: dict(wanted.raw)}, ensure_ascii=False),
    }
    if present:
        dataset["id"] = present["source_id"]
    action = "harvest_source_update" if present else "harvest_source_create"
    return tk.get_action(action)(context, dataset)["id"]


def _field_problems(stated: Mapping[str, Any]) -> Iterator[Problem]:
    """Compare what is stated of the dataset with its type's fields and closed lists."""
    fields = {one["field_name"]: one for one in kind_of("dataset").fields}
    for name, value in stated.items():
        where = f"dataset.fields.{name}"
        if name not in fields:
            yield Problem(where, f"A dataset has no field {name}", f"Set data tidak mempunyai medan {name}.")
        else:
            yield from _choice_problems(where, fields[name], value)


def _choice_problems(where: str, field: Field, value: Any) -> Iterator[Problem]:
    vocabulary = field.get("vocabulary")
    if not vocabulary:
        return
    for one in value if isinstance(value, list) else [value]:
        if vocabularies.normalise(vocabulary, str(one)) is None:
            yield Problem(
                where,
                f"This is no entry of the list {vocabulary}",
                f"Ini bukan isi daftar {vocabulary}.",
            )


def _package_id(name: str) -> str | None:
    return model.Session.scalar(sa.select(model.Package.id).where(model.Package.name == name))


def _taken(where: str) -> Problem:
    return Problem(
        where,
        f"Something else has this name already; change {where}",
        f"Nama ini sudah dipakai; ganti {where}.",
    )
