"""The hot path of every dataset page: CKAN looks a dataset up by `name:"R" OR id:"R"`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from ckanext.jambi.search import batch, documents, session
from ckanext.jambi.search.documents import Wanted
from ckanext.jambi.search.found import Found

_QUERY = re.compile(r'name:"(.*)" OR id:"\1"', re.DOTALL)
_FILTER = re.compile(r'\+site_id:"([^"]*)" \+entity_type:package')
_EVERYTHING = Wanted(("*",))
_ROWS = f"""
SELECT {_EVERYTHING.columns} FROM jambi_search_doc d
WHERE d.site_id = %(site_id)s AND (d.name = %(reference)s OR d.id = %(reference)s)
    AND d.keys @> '{{"entity_type": ["package"]}}'
ORDER BY d.docno LIMIT 2
"""  # noqa: S608 - the columns are this code's own
_AHEAD = f"""
SELECT {_EVERYTHING.columns} FROM jambi_search_doc d
WHERE d.site_id = %(site_id)s AND d.id = ANY(%(ids)s) AND d.keys @> '{{"entity_type": ["package"]}}'
"""  # noqa: S608 - the columns are this code's own


@dataclass(frozen=True)
class Reference:
    """A dataset of a site, by name or id."""

    text: str
    site_id: str


def read(query: str, params: Mapping[str, object]) -> Reference | None:
    """Return the dataset that a search looks up, or None if it is another search."""
    asked, narrowed = _QUERY.fullmatch(query), _FILTER.fullmatch(str(params.get("fq", "")))
    if not asked or not narrowed or set(params) - {"fq", "rows", "wt"}:
        return None
    return Reference(asked.group(1).replace("\x00", ""), narrowed.group(1))


def waiting(query: str, params: Mapping[str, object]) -> Found | None:
    """Look a dataset up among the documents that a batch has not written yet, without asking the database."""
    buffer, reference = batch.current(), read(query, params)
    if buffer is None or reference is None:
        return None
    row = buffer.find(reference.text, reference.site_id)
    if row is not None:
        return Found([documents.waiting(row)], 1)
    written = buffer.ahead.get(reference.text)
    return None if written is None else Found([dict(written)], 1)


def read_ahead(ids: Sequence[str], site_id: str) -> None:
    """Read the documents of datasets that the batch in work will look up by id, by one statement."""
    buffer = batch.current()
    if buffer is None or not ids:
        return
    values = {"ids": list(ids), "site_id": site_id}
    rows = session.read(lambda connection: list(connection.exec_driver_sql(_AHEAD, values)))
    buffer.ahead = {row.id: documents.document(row, _EVERYTHING) for row in rows}


def find(connection: Connection, reference: Reference) -> Found:
    """Look a dataset up among those that are written."""
    values = {"reference": reference.text, "site_id": reference.site_id}
    rows = list(connection.exec_driver_sql(_ROWS, values))
    return Found([documents.document(row, _EVERYTHING) for row in rows[:1]], len(rows))
