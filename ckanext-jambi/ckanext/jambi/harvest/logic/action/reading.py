"""What the actions of this room share: find a source, list its rows, print them plainly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import flask
import sqlalchemy as sa
from ckan import model
from ckan.lib.i18n import get_lang

from ckanext.jambi.harvest import sources, status
from ckanext.jambi.harvest.errors import SourceUnknownError
from ckanext.jambi.harvest.stock import standing
from jambi_harvesters.errors import HarvesterError

Data = dict[str, Any]


def find_source(name_or_id: str) -> Data:
    """Return the row of a source.

    Raises:
        NotFound: if there is none of that name or id.
    """
    try:
        return sources.find(model.Session.connection(), name_or_id)
    except SourceUnknownError as err:
        raise tk.ObjectNotFound(str(err)) from err


def find_any_source(name_or_id: str) -> Data:
    """Return the row of a source, or as much of one as there is of a source of another harvester.

    Raises:
        NotFound: if there is none of that name or id.
    """
    found = standing.find(model.Session.connection(), name_or_id)
    return found or find_source(name_or_id)


def listed(name: str, table: sa.Table, order: Any, context: Any, data_dict: Data) -> list[Mapping[str, Any]]:
    """Return one page of a source's rows of a table, for those whom the action `name` admits."""
    source = find_any_source(data_dict["source_id"])
    tk.check_access(name, context, {"source_id": source["source_id"]})
    query = sa.select(table).where(table.c.source_id == source["source_id"]).order_by(order)
    query = query.limit(data_dict["limit"]).offset(data_dict["offset"])
    return list(model.Session.execute(query).mappings())


def plain(row: Mapping[str, Any], names: tuple[str, ...]) -> Data:
    """Return the named columns of a row as JSON takes them."""
    return {
        name: status.iso(row[name]) if name.endswith(("_at", "_since", "_until")) else row[name]
        for name in names
    }


def told(err: HarvesterError) -> str:
    """Return what an error of a source says, in the language of whoever asks; nobody means Indonesian."""
    return str(err) if flask.has_request_context() and get_lang() == "en" else err.pesan
