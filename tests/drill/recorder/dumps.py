"""A logical dump of the portal: what people and machines can see, without ids and times drawn by chance.

Two dumps are equal when datasets, harvest objects, records, search documents and counters, evidence,
events, activity and table rows are.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from sqlalchemy.engine import Connection

VOLATILE = frozenset(
    {
        "harvest_object_id",
        "metadata_modified",
        "metadata_created",
        "created",
        "last_modified",
        "indexed_ts",
        "until",
        "at",
        # Of a source in the search index: its id and times.
        "last_job",
        # They count from the instant of the import.
        "jambi_due_date",
        "jambi_overdue_date",
        "jambi_delinquent_date",
    }
)
METADATA = {
    "package": "SELECT id, name, title, private, state, owner_org, license_id, type, extras::text FROM package",
    "resource": "SELECT id, package_id, state, position, url, hash, extras FROM resource",
    "tag": "SELECT p.package_id, t.name, p.state FROM package_tag p JOIN tag t ON t.id = p.tag_id",
    "tags": "SELECT name, count(*) FROM tag GROUP BY name",
    "job": "SELECT source_id, status, finished IS NULL FROM harvest_job",
    "object": "SELECT guid, package_id, current, state, report_status, content FROM harvest_object",
    "activity": "SELECT object_id, activity_type FROM activity WHERE object_id IN (SELECT id FROM package)",
    "record": """SELECT guid, hash, package_id, missing_since IS NULL, failures, last_error, gaps::text
        FROM jambi_harvest_record""",
    "run": """SELECT state, seen, new, changed, unchanged, vanished, failed, held, error_code, lease_token IS NULL
        FROM jambi_harvest_run""",
    "source": "SELECT name, failures, follow_up, markers::text, last_good_run IS NULL FROM jambi_harvest_source",
    "left": """SELECT count(*) FROM jambi_harvest_incoming UNION ALL SELECT count(*) FROM jambi_harvest_chunk
        UNION ALL SELECT count(*) FROM jambi_harvest_place""",
    "load": "SELECT resource_id, guid, state, rows, rows_before FROM jambi_harvest_load",
    "quarantine": "SELECT reason, state, summary::text, samples::text FROM jambi_harvest_quarantine",
    "event": "SELECT kind, package_id, public, payload::text FROM jambi_event",
    "evidence": """SELECT kind, package_id, resource_id, content_hash, row_count, period_start, period_end
        FROM jambi_freshness_observation""",
    "freshness": "SELECT package_id, frequency, basis, evidence_kind, period_end, reachable FROM jambi_freshness_state",
    "document": "SELECT id, name, keys::text, data_dict, validated_data_dict FROM jambi_search_doc",
    "hit": """SELECT d.id, s.key, cardinality(n.fids), length(n.whole) FROM jambi_search_narrow n
        JOIN jambi_search_doc d USING (docno) JOIN jambi_search_scope s USING (sid)""",
    "facet": """SELECT s.key, f.field, f.value, sum(c.n) FROM jambi_search_facet_delta c
        JOIN jambi_search_scope s USING (sid) LEFT JOIN jambi_search_facet_value f USING (fid)
        GROUP BY 1, 2, 3 HAVING sum(c.n) <> 0""",
}
LOADS = "SELECT DISTINCT resource_id, rows FROM jambi.jambi_load"
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_name = :name ORDER BY ordinal_position"
)


def dump() -> dict[str, list[str]]:
    """Return both databases as sorted lines by part."""
    with model.meta.engine.connect() as connection:
        parts = {name: _lines(connection, query) for name, query in METADATA.items()}
    with get_write_engine().connect() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('jambi.jambi_load')")):
            parts["loaded"] = _lines(connection, LOADS)
        for table in sorted(connection.scalars(sa.text(TABLES))):
            if len(table) == len("00000000-0000-0000-0000-000000000000"):
                parts[f"rows {table}"] = _lines(connection, _rows_of(connection, table))
    return parts


def difference(expected: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """Return what differs, one line each, at most a few a part."""
    lines = []
    for name in sorted({*expected, *found}):
        before, after = expected.get(name, []), found.get(name, [])
        if before != after:
            lost = [line for line in before if line not in after]
            more = [line for line in after if line not in before]
            lines.append(f"{name}: {len(before)} -> {len(after)}; lost {lost[:2]}; more {more[:2]}")
    return lines


def _rows_of(connection: Connection, table: str) -> str:
    names = [
        name for name in connection.scalars(sa.text(COLUMNS), {"name": table}) if not name.startswith("_full")
    ]
    # The place of a row counts, not its number: a load that was rolled back has used numbers up.
    shown = (f'"{name}"' if name != "_id" else 'row_number() OVER (ORDER BY "_id")' for name in names)
    return f'SELECT {", ".join(shown)} FROM public."{table}"'


def _lines(connection: Connection, query: str) -> list[str]:
    rows = connection.exec_driver_sql(query)
    return sorted(json.dumps([_steady(value) for value in row], default=str, sort_keys=True) for row in rows)


def _steady(value: Any) -> Any:
    """Return a value without the ids and times that differ from run to run."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return _without(json.loads(value))
        except ValueError:
            return value
    return _without(value)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _steady(each) for name, each in value.items() if name not in VOLATILE}
    if isinstance(value, list):
        return [
            _steady(each) for each in value if not (isinstance(each, dict) and each.get("key") in VOLATILE)
        ]
    return value
