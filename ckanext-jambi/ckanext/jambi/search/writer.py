"""Write and delete documents: a few statements a set, inside the transaction of the dataset.

The document's row is locked first; the counters are then appended from what the locked row held, so that they
are exact however writers interleave, and no row is shared between writers of different datasets.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.engine import Connection

from ckanext.jambi.search import dictionary
from ckanext.jambi.search.document import Row

_DOCUMENTS = """
INSERT INTO jambi_search_doc AS d
    (index_id, site_id, id, name, title_sort, name_part, title_part, keys, texts, data_dict,
     validated_data_dict, words)
SELECT index_id, site_id, id, name, title_sort, name_part, title_part, keys::jsonb, texts::jsonb, data_dict,
       validated_data_dict, words::tsvector
FROM unnest(
    %(index_ids)s::text[], %(site_ids)s::text[], %(ids)s::text[], %(names)s::text[], %(titles)s::text[],
    %(name_parts)s::text[], %(title_parts)s::text[], %(keys)s::text[], %(texts)s::text[],
    %(data_dicts)s::text[], %(validated)s::text[], %(words)s::text[]
) AS new (index_id, site_id, id, name, title_sort, name_part, title_part, keys, texts, data_dict,
          validated_data_dict, words)
ORDER BY index_id
ON CONFLICT (index_id) DO UPDATE SET
    (site_id, id, name, title_sort, name_part, title_part, keys, texts, data_dict, validated_data_dict,
     words, indexed_at, version)
    = (excluded.site_id, excluded.id, excluded.name, excluded.title_sort, excluded.name_part,
       excluded.title_part, excluded.keys, excluded.texts, excluded.data_dict, excluded.validated_data_dict,
       excluded.words, now(), d.version + 1)
RETURNING d.index_id, d.docno
"""

_HITS = """
WITH new AS (
    SELECT docno, sid, modified::timestamptz, created::timestamptz, fids::integer[], head::tsvector,
           whole::tsvector
    FROM unnest(
        %(docnos)s::bigint[], %(sids)s::integer[], %(modified)s::text[], %(created)s::text[],
        %(fids)s::text[], %(heads)s::text[], %(wholes)s::text[]
    ) AS given (docno, sid, modified, created, fids, head, whole)
), old AS (
    SELECT n.docno, n.sid, n.fids FROM jambi_search_narrow n JOIN new USING (docno)
), written AS (
    INSERT INTO jambi_search_narrow (docno, sid, modified, created, fids, head, whole)
    SELECT * FROM new
    ON CONFLICT (docno) DO UPDATE SET
        (sid, modified, created, fids, head, whole)
        = (excluded.sid, excluded.modified, excluded.created, excluded.fids, excluded.head, excluded.whole)
), change AS (
    SELECT sid, fid, 1 AS n FROM new, unnest(fids || 0) AS fid
    UNION ALL
    SELECT sid, fid, -1 FROM old, unnest(fids || 0) AS fid
)
INSERT INTO jambi_search_facet_delta (sid, fid, n)
SELECT sid, fid, sum(n) FROM change GROUP BY sid, fid HAVING sum(n) <> 0
"""

_DATES = """
WITH new AS (
    SELECT docno, field, at::timestamptz
    FROM unnest(%(docnos)s::bigint[], %(fields)s::text[], %(instants)s::text[]) AS given (docno, field, at)
), gone AS (
    DELETE FROM jambi_search_date d WHERE d.docno = ANY(%(written)s::bigint[])
        AND NOT EXISTS (SELECT FROM new WHERE (new.docno, new.field) = (d.docno, d.field))
)
INSERT INTO jambi_search_date AS d (docno, field, at) SELECT * FROM new
ON CONFLICT (docno, field) DO UPDATE SET at = excluded.at WHERE d.at <> excluded.at
"""

_LOCK = """
SELECT d.docno FROM jambi_search_doc d WHERE d.docno = ANY(%(docnos)s::bigint[])
ORDER BY d.index_id FOR UPDATE
"""
_HOLD = """
SELECT d.docno FROM jambi_search_doc d WHERE d.id = ANY(%(ids)s::text[])
ORDER BY d.index_id FOR UPDATE
"""
_DELETE = """
WITH gone AS (
    DELETE FROM jambi_search_narrow WHERE docno = ANY(%(docnos)s::bigint[]) RETURNING sid, fids
), documents AS (
    DELETE FROM jambi_search_doc WHERE docno = ANY(%(docnos)s::bigint[])
), dates AS (
    DELETE FROM jambi_search_date WHERE docno = ANY(%(docnos)s::bigint[])
)
INSERT INTO jambi_search_facet_delta (sid, fid, n)
SELECT sid, fid, -count(*) FROM gone, unnest(fids || 0) AS fid GROUP BY sid, fid
"""
_LOCK_COUNTERS = "SELECT pg_advisory_xact_lock(hashtext('jambi_search_facet_delta'))"
_RECOUNT = """
WITH gone AS (DELETE FROM jambi_search_facet_delta)
INSERT INTO jambi_search_facet_delta (sid, fid, n)
SELECT sid, fid, count(*) FROM jambi_search_narrow, unnest(fids || 0) AS fid GROUP BY sid, fid
"""
_WAITING = "SELECT count(*) - count(DISTINCT (sid, fid)) FROM jambi_search_facet_delta"
_COMPACT = """
WITH gone AS (DELETE FROM jambi_search_facet_delta RETURNING sid, fid, n)
INSERT INTO jambi_search_facet_delta (sid, fid, n)
SELECT sid, fid, sum(n) FROM gone GROUP BY sid, fid HAVING sum(n) <> 0
"""


def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert or replace documents; of two with one `index_id` the last stands."""
    rows = list({row.index_id: row for row in rows}.values())
    if not rows:
        return
    vectors = [(*row.vectors(), row.field_vector()) for row in rows]
    dictionary.add_terms(connection, {word for trio in vectors for vector in trio for word in vector.words()})
    scopes = dictionary.add_scopes(connection, {row.scope for row in rows})
    numbers = dictionary.add_facet_values(connection, (pair for row in rows for pair in row.counted()))
    docnos = _write_documents(connection, rows, [str(words) for _, _, words in vectors])
    hits = {
        "docnos": [docnos[row.index_id] for row in rows],
        "sids": [scopes[row.scope] for row in rows],
        "modified": [row.key("metadata_modified") for row in rows],
        "created": [row.key("metadata_created") for row in rows],
        "fids": [_array(numbers[pair] for pair in row.counted()) for row in rows],
        "heads": [str(head) for head, _, _ in vectors],
        "wholes": [str(whole) for _, whole, _ in vectors],
    }
    connection.exec_driver_sql(_HITS, hits)
    _write_dates(connection, {docnos[row.index_id]: row.dates() for row in rows})


def hold(connection: Connection, ids: Collection[str]) -> None:
    """Lock the documents of datasets, in the order in which they are written."""
    connection.exec_driver_sql(_HOLD, {"ids": list(ids)})


def delete(connection: Connection, docnos: Sequence[int]) -> None:
    """Delete documents by their numbers."""
    if docnos:
        connection.exec_driver_sql(_LOCK, {"docnos": list(docnos)})
        connection.exec_driver_sql(_DELETE, {"docnos": list(docnos)})


def compact(connection: Connection, most_waiting: int) -> None:
    """Sum the counters up where more changes wait than that; writers and readers go on meanwhile."""
    if connection.exec_driver_sql(_WAITING).scalar_one() > most_waiting:
        connection.exec_driver_sql(_LOCK_COUNTERS)
        connection.exec_driver_sql(_COMPACT)


def recount(connection: Connection) -> None:
    """Count all documents anew: one snapshot holds each document with its counters, so writers may go on."""
    connection.exec_driver_sql(_LOCK_COUNTERS)
    connection.exec_driver_sql(_RECOUNT)


def _write_documents(connection: Connection, rows: Sequence[Row], words: list[str]) -> dict[str, int]:
    columns = {
        "index_ids": [row.index_id for row in rows],
        "site_ids": [row.scope.site_id for row in rows],
        "ids": [row.id for row in rows],
        "names": [row.name for row in rows],
        "titles": [row.title_sort for row in rows],
        "name_parts": [row.part("name") for row in rows],
        "title_parts": [row.part("title") for row in rows],
        "keys": [json.dumps(row.keys, ensure_ascii=False) for row in rows],
        "texts": [json.dumps(row.texts, ensure_ascii=False) for row in rows],
        "data_dicts": [row.payloads.get("data_dict") for row in rows],
        "validated": [row.payloads.get("validated_data_dict") for row in rows],
        "words": words,
    }
    return {row.index_id: row.docno for row in connection.exec_driver_sql(_DOCUMENTS, columns)}


def _write_dates(connection: Connection, dates: Mapping[int, Mapping[str, str]]) -> None:
    found = [(docno, field, at) for docno, fields in dates.items() for field, at in fields.items()]
    columns = {
        "written": list(dates),
        "docnos": [docno for docno, _, _ in found],
        "fields": [field for _, field, _ in found],
        "instants": [at for _, _, at in found],
    }
    connection.exec_driver_sql(_DATES, columns)


def _array(numbers: object) -> str:
    return "{" + ",".join(map(str, sorted(set(numbers)))) + "}"  # type: ignore[call-overload]
