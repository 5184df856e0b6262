"""Statements that make, fill and swap a DataStore table as CKAN's own code would have left it.

CKAN expects: `_id` and `_full_text`, column comments in the DataStore's own form, index names from
its own function, a trigger that fills `_full_text`, and rights for the read-only role.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ckanext.datastore.backend.postgres import (
    _generate_index_name,
    _get_fts_index_method,
    identifier,
    literal_string,
)

from jambi_harvesters.record import Column

STAGING = "jambi"
INCOMING = "jambi_incoming_rows"
TYPES = {
    "text": "text",
    "integer": "bigint",
    "decimal": "numeric",
    "boolean": "bool",
    "date": "date",
    "timestamp": "timestamptz",
    "geometry": "text",
    "area": "text",
    "organization": "text",
}
FULL_TEXT = (
    "(SELECT to_tsvector(string_agg(value, ' ')) FROM json_each_text(row_to_json(published))"
    r" WHERE key NOT LIKE '\_%')"
)
PREPARE = (
    f"CREATE SCHEMA IF NOT EXISTS {STAGING}",
    f"""CREATE TABLE IF NOT EXISTS {STAGING}.jambi_load (
        load_id uuid PRIMARY KEY, resource_id text NOT NULL, rows bigint NOT NULL, hash text,
        committed_at timestamptz NOT NULL DEFAULT clock_timestamp())""",
)


def sql_type(column: Column) -> str:
    """Return the PostgreSQL type of a column."""
    return TYPES[column.type]


def create_incoming(columns: Sequence[Column]) -> str:
    """Make the table of this transaction that COPY fills."""
    return f"CREATE TEMP TABLE {INCOMING} (_line bigserial, {_definitions(columns)}) ON COMMIT DROP"


def copy_incoming(columns: Sequence[Column]) -> str:
    """Fill the incoming table from COPY text."""
    return f"COPY {INCOMING} ({_names(columns)}) FROM STDIN"


def create_table(schema: str, resource_id: str, columns: Sequence[Column]) -> str:
    """Make a DataStore table in `schema`."""
    own = f"_id serial PRIMARY KEY, _full_text tsvector, {_definitions(columns)}"
    return f"CREATE TABLE {_place(schema, resource_id)} ({own})"


def fill_table(schema: str, resource_id: str, columns: Sequence[Column], *, full_text: bool) -> str:
    """Move the incoming rows into the table, in the order in which they came."""
    return (
        f"INSERT INTO {_place(schema, resource_id)} (_full_text, {_names(columns)})"
        f" SELECT {FULL_TEXT if full_text else 'NULL'}, {_names(columns, 'published')}"
        f" FROM {INCOMING} LEFT JOIN LATERAL (SELECT {_names(columns, INCOMING)}) published ON true"
        f" ORDER BY _line"
    )


def upsert(
    resource_id: str, columns: Sequence[Column], keys: Sequence[str], *, full_text: bool, change: bool = True
) -> str:
    """Insert the incoming rows; those of a key that is there change it, or (`change` False) are left out.

    The last row of a key wins.
    """
    names = [column.name for column in columns if column.name not in keys]
    changed = ", ".join(f"{identifier(name)} = excluded.{identifier(name)}" for name in names)
    target = _place("public", resource_id)
    key_list = ", ".join(map(identifier, keys))
    update = (
        f"DO UPDATE SET {changed}, _full_text = excluded._full_text"
        f" WHERE ({_plain(names, 'old')}) IS DISTINCT FROM ({_plain(names, 'excluded')})"
    )
    return (
        f"INSERT INTO {target} AS old (_full_text, {_names(columns)})"
        f" SELECT {FULL_TEXT if full_text else 'NULL'}, {_names(columns, 'published')}"
        f" FROM (SELECT DISTINCT ON ({key_list}) * FROM {INCOMING} ORDER BY {key_list}, _line DESC) newest"
        f" LEFT JOIN LATERAL (SELECT {_names(columns, 'newest')}) published ON true ORDER BY _line"
        f" ON CONFLICT ({key_list}) {update if names and change else 'DO NOTHING'}"
    )


def comments(schema: str, resource_id: str, columns: Sequence[Column]) -> list[str]:
    """Describe the columns in the DataStore's own form: a leading blank, then JSON."""
    place = _place(schema, resource_id)
    return [
        f"COMMENT ON COLUMN {place}.{identifier(column.name)} IS {literal_string(' ' + _info(column))}"
        for column in columns
    ]


def indexes(schema: str, resource_id: str, keys: Sequence[str], *, full_text: bool) -> list[str]:
    """Make the full-text index that CKAN makes, and a unique one on the key columns."""
    place = _place(schema, resource_id)
    wanted = []
    if full_text:
        name = identifier(_generate_index_name(resource_id, "_full_text"))
        wanted.append(f"CREATE INDEX {name} ON {place} USING {_get_fts_index_method()} (_full_text)")
    if keys:
        key_list = ", ".join(map(identifier, keys))
        name = identifier(_generate_index_name(resource_id, key_list))
        wanted.append(f"CREATE UNIQUE INDEX {name} ON {place} ({key_list}) NULLS NOT DISTINCT")
    return wanted


def publish(resource_id: str, aliases: Sequence[str], read_role: str) -> list[str]:
    """Put the staged table in the place of the public one, with its trigger, rights and aliases."""
    place, role = _place("public", resource_id), identifier(read_role)
    views = [f"CREATE VIEW {_place('public', alias)} AS SELECT * FROM {place}" for alias in aliases]
    grants = [f"GRANT SELECT ON {_place('public', name)} TO {role}" for name in (resource_id, *aliases)]
    return [
        f"DROP TABLE IF EXISTS {place} CASCADE",
        f"ALTER TABLE {_place(STAGING, resource_id)} SET SCHEMA public",
        f"CREATE TRIGGER zfulltext BEFORE INSERT OR UPDATE ON {place}"
        " FOR EACH ROW EXECUTE FUNCTION populate_full_text_trigger()",
        *views,
        *grants,
    ]


def _info(column: Column) -> str:
    stated = {"label": column.label, "notes": column.definition, "unit": column.unit}
    info = {name: value for name, value in stated.items() if value}
    return json.dumps({"_info": info}, ensure_ascii=False, separators=(",", ":"))


def _definitions(columns: Sequence[Column]) -> str:
    return ", ".join(f"{identifier(column.name)} {sql_type(column)}" for column in columns)


def _names(columns: Sequence[Column], table: str = "") -> str:
    return _plain([column.name for column in columns], table)


def _plain(names: Sequence[str], table: str = "") -> str:
    prefix = f"{table}." if table else ""
    return ", ".join(f"{prefix}{identifier(name)}" for name in names)


def _place(schema: str, name: str) -> str:
    return f"{identifier(schema)}.{identifier(name)}"
