"""Numbers for scopes and counted values, and the words that wildcards are expanded to.

New rows are committed at once on a connection of their own: inside the writer's transaction a second writer
of the same new value would wait for the first, for hours behind a rebuild. A row without use is harmless.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable

from sqlalchemy.engine import Connection

from ckanext.jambi.search import session
from ckanext.jambi.search.document import Scope

Pair = tuple[str, str]

_FACET_VALUES = """
SELECT v.field, v.value, v.fid
FROM unnest(%(fields)s::text[], %(values)s::text[]) AS wanted (field, value)
JOIN jambi_search_facet_value v ON v.field = wanted.field AND md5(v.value) = md5(wanted.value)
WHERE v.value = wanted.value
"""
_ADD_FACET_VALUES = """
INSERT INTO jambi_search_facet_value (field, value)
SELECT * FROM unnest(%(fields)s::text[], %(values)s::text[])
ON CONFLICT DO NOTHING
"""
_SCOPES = "SELECT key, sid FROM jambi_search_scope WHERE key = ANY(%(keys)s)"
_ADD_SCOPE = """
INSERT INTO jambi_search_scope (key, site_id, entity_type, state, dataset_type, capacity, labels)
VALUES (%(key)s, %(site_id)s, %(entity_type)s, %(state)s, %(dataset_type)s, %(capacity)s, %(labels)s::text[])
ON CONFLICT DO NOTHING
"""
_UNKNOWN_TERMS = """
SELECT term FROM unnest(%(terms)s::text[]) AS term
WHERE NOT EXISTS (SELECT FROM jambi_search_term t WHERE t.term = term.term)
"""
_ADD_TERMS = "INSERT INTO jambi_search_term SELECT unnest(%(terms)s::text[]) ON CONFLICT DO NOTHING"


def facet_values(connection: Connection, pairs: Collection[Pair]) -> dict[Pair, int]:
    """Return the numbers of the values that have one."""
    if not pairs:
        return {}
    rows = connection.exec_driver_sql(_FACET_VALUES, _columns(pairs))
    return {(field, value): fid for field, value, fid in rows}


def add_facet_values(connection: Connection, pairs: Iterable[Pair]) -> dict[Pair, int]:
    """Return the numbers of values, new ones for those that have none."""
    wanted = sorted(set(pairs))
    found = facet_values(connection, wanted)
    missing = [pair for pair in wanted if pair not in found]
    if missing:
        _add(_ADD_FACET_VALUES, [_columns(missing)])
        found |= facet_values(connection, missing)
    return found


def add_scopes(connection: Connection, scopes: Iterable[Scope]) -> dict[Scope, int]:
    """Return the numbers of scopes, new ones for those that have none."""
    keys = {_key(scope): scope for scope in scopes}
    found = _scopes(connection, list(keys))
    missing = sorted(set(keys) - set(found))
    if missing:
        _add(_ADD_SCOPE, [_scope_row(key, keys[key]) for key in missing])
        found |= _scopes(connection, missing)
    return {keys[key]: sid for key, sid in found.items()}


def add_terms(connection: Connection, words: Iterable[str]) -> None:
    """Note words that are new."""
    terms = sorted(set(words))
    missing = list(connection.exec_driver_sql(_UNKNOWN_TERMS, {"terms": terms}).scalars()) if terms else []
    if missing:
        _add(_ADD_TERMS, [{"terms": missing}])


def _scopes(connection: Connection, keys: list[str]) -> dict[str, int]:
    return {row.key: row.sid for row in connection.exec_driver_sql(_SCOPES, {"keys": keys})}


def _add(statement: str, rows: list[dict[str, object]]) -> None:
    with session.apart() as connection:
        for row in rows:
            connection.exec_driver_sql(statement, row)


def _columns(pairs: Iterable[Pair]) -> dict[str, object]:
    pairs = list(pairs)
    return {"fields": [field for field, _ in pairs], "values": [value for _, value in pairs]}


def _key(scope: Scope) -> str:
    singles = (scope.site_id, scope.entity_type, scope.state, scope.dataset_type, scope.capacity)
    return hashlib.sha256(json.dumps([*singles, *scope.labels]).encode()).hexdigest()


def _scope_row(key: str, scope: Scope) -> dict[str, object]:
    return {
        "key": key,
        "site_id": scope.site_id,
        "entity_type": scope.entity_type,
        "state": scope.state,
        "dataset_type": scope.dataset_type,
        "capacity": scope.capacity,
        "labels": list(scope.labels),
    }
