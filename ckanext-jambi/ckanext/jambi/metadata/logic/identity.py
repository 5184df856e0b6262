"""Validators of names, owners and addresses: they look at what else exists."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.jambi.metadata.logic.access import is_import, is_system
from ckanext.jambi.metadata.values import blank

NAME_LENGTH = 90


def jambi_dataset_name(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Make a name from the title where none is given; the name of a published dataset is fixed."""
    package = context.get("package")
    given = None if data.get(key) is tk.missing else data.get(key)
    if not given:
        data[key] = package.name if package else _free_name(data.get(("title",)))
    elif package and given != package.name and not package.private and package.state == "active":
        raise tk.Invalid(
            tk._("The address of a published dataset is fixed; keep {name}.").format(name=package.name)
        )


def jambi_unused_name(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Refuse a name that another dataset has; the importer says which of its batch nobody has.

    Context key `jambi_free_names`: a set of names, beside `jambi_import`. It loses what passes here, so that
    of two records with one name CKAN is asked about the second.
    """
    free = (context.get("jambi_free_names") if is_import(context) else None) or set()
    if data[key] in free and not context.get("package"):
        free.discard(data[key])
    else:
        tk.get_validator("package_name_validator")(key, data, errors, context)


def jambi_owner_org(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Take the owner as CKAN does; the importer names the organizations of its batch, asked only once.

    Context key `jambi_organizations`: a mapping of ids and names to ids, beside `jambi_import`.
    """
    known = context.get("jambi_organizations") if is_import(context) else None
    if known and data.get(key) in known:
        data[key] = known[data[key]]
        return
    tk.get_validator("owner_org_validator")(key, data, errors, context)


def jambi_known_tags(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Put in the ids of the free tags that the importer names, so that CKAN asks for none of them.

    Context key `jambi_tags`: a mapping of names to ids, beside `jambi_import`.
    """
    known = (context.get("jambi_tags") if is_import(context) else None) or {}
    for each in [each for each in data if each[0] == "tags" and each[-1] == "name"]:
        if data[each] in known and not data.get((*each[:2], "vocabulary_id")):
            data[(*each[:2], "id")] = known[data[each]]


def jambi_resource_address(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Take an uploaded file, rows of the DataStore, or an http or https link."""
    value = data.get(key)
    if data.get((*key[:2], "url_type")) in ("upload", "datastore") or blank(value):
        return
    if not re.match(r"https?://\S+", str(value), re.I):
        if is_import(context):
            data[key] = ""
            return
        raise tk.Invalid(tk._("Upload a file, or give a link that begins with https://."))


def jambi_organization_name(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Take the id or name of an organization and store its name."""
    value = data.get(key)
    if value is tk.missing or blank(value):
        data.pop(key, None)
        raise tk.StopOnError
    found = model.Group.get(value)
    if found is None or not found.is_organization:
        raise tk.Invalid(tk._('There is no organization "{value}".').format(value=value))
    data[key] = found.name


def jambi_unique_abbreviation(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Take an abbreviation that no other organization has."""
    value = data.get(key)
    if value is tk.missing or blank(value):
        data.pop(key, None)
        raise tk.StopOnError
    data[key] = " ".join(str(value).split())
    if not is_system(context) and _taken(data[key], context.get("group")):
        raise tk.Invalid(tk._("Another organization has this abbreviation."))


def _taken(abbreviation: str, own: Any) -> bool:
    group = model.Group
    query = sa.select(group.id).where(
        group.is_organization.is_(True),
        group.state == "active",
        group.extras["singkatan"].astext == abbreviation,
        group.id != (own.id if own else ""),
    )
    return model.Session.execute(query.limit(1)).first() is not None


def _free_name(title: Any) -> str:
    """Return a name made of the title that no dataset has yet."""
    stem = _slug(title)
    if not stem:
        raise tk.Invalid(tk._("Missing value"))
    name, number = stem, 1
    while model.Package.by_name(name) is not None:
        number += 1
        name = f"{stem}-{number}"
    return name


def _slug(title: Any) -> str:
    if title is tk.missing or blank(title):
        return ""
    plain = unicodedata.normalize("NFKD", str(title)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return words[:NAME_LENGTH].rstrip("-").ljust(2, "-") if words else ""
