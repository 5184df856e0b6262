"""The tables of the engine, by version: for the migrations, and for `create_missing` where CKAN dropped them.

`ckan db clean` and the first `clean_db` of a test run drop every table by reflection and make only CKAN's own
again. A search index is derived data, so the engine then starts with an empty one.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

TABLES = (
    "jambi_search_doc",
    "jambi_search_narrow",
    "jambi_search_facet_value",
    "jambi_search_scope",
    "jambi_search_facet_delta",
    "jambi_search_term",
    "jambi_search_date",
)

# Documents: everything that is shown, and what only rare queries ask for.
_DOC = """
CREATE TABLE IF NOT EXISTS jambi_search_doc (
    docno bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    index_id text NOT NULL UNIQUE,
    site_id text,
    id text,
    name text COLLATE "C",
    title_sort text COLLATE "C",
    name_part text,
    title_part text,
    keys jsonb NOT NULL,
    texts jsonb NOT NULL,
    data_dict text,
    validated_data_dict text,
    words tsvector NOT NULL,
    indexed_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT 1
)
"""

# The hot table: one small tuple a document; the long vector lies out of line.
_NARROW = """
CREATE TABLE IF NOT EXISTS jambi_search_narrow (
    docno bigint PRIMARY KEY,
    sid integer NOT NULL,
    modified timestamptz,
    created timestamptz,
    fids integer[] NOT NULL,
    head tsvector NOT NULL,
    whole tsvector NOT NULL
)
"""

# Searches read what waits to enter a GIN index from end to end, so little may wait (kB).
_GIN = "WITH (gin_pending_list_limit = 256)"

VERSION_1 = (
    _DOC,
    "CREATE INDEX IF NOT EXISTS jambi_search_doc_id ON jambi_search_doc USING hash (id)",
    "CREATE INDEX IF NOT EXISTS jambi_search_doc_name ON jambi_search_doc USING hash (name)",
    "CREATE INDEX IF NOT EXISTS jambi_search_doc_title ON jambi_search_doc (title_sort, docno)",
    f"""CREATE INDEX IF NOT EXISTS jambi_search_doc_keys
    ON jambi_search_doc USING gin (keys jsonb_path_ops) {_GIN}""",
    f"""CREATE INDEX IF NOT EXISTS jambi_search_doc_words
    ON jambi_search_doc USING gin (words) {_GIN}""",
    _NARROW,
    "ALTER TABLE jambi_search_narrow ALTER COLUMN whole SET STORAGE EXTERNAL",
    f"""CREATE INDEX IF NOT EXISTS jambi_search_narrow_hits
    ON jambi_search_narrow USING gin (whole, fids) {_GIN}""",
    """CREATE INDEX IF NOT EXISTS jambi_search_narrow_modified
    ON jambi_search_narrow (modified DESC NULLS LAST, docno)""",
    """CREATE INDEX IF NOT EXISTS jambi_search_narrow_created
    ON jambi_search_narrow (created DESC NULLS LAST, docno)""",
    """CREATE TABLE IF NOT EXISTS jambi_search_facet_value (
    fid integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field text NOT NULL,
    value text COLLATE "C" NOT NULL
)""",
    """CREATE UNIQUE INDEX IF NOT EXISTS jambi_search_facet_value_key
    ON jambi_search_facet_value (field, md5(value))""",
    """CREATE TABLE IF NOT EXISTS jambi_search_scope (
    sid integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    site_id text,
    entity_type text,
    state text,
    dataset_type text,
    capacity text,
    labels text[] NOT NULL
)""",
    """CREATE TABLE IF NOT EXISTS jambi_search_facet_delta (
    sid integer NOT NULL,
    fid integer NOT NULL,
    n bigint NOT NULL
)""",
    """CREATE INDEX IF NOT EXISTS jambi_search_facet_delta_sid
    ON jambi_search_facet_delta (sid, fid) INCLUDE (n)""",
    'CREATE TABLE IF NOT EXISTS jambi_search_term (term text COLLATE "C" PRIMARY KEY)',
    """CREATE TABLE IF NOT EXISTS jambi_search_date (
    docno bigint NOT NULL,
    field text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (docno, field)
)""",
    "CREATE INDEX IF NOT EXISTS jambi_search_date_at ON jambi_search_date (field, at) INCLUDE (docno)",
)

# An extension needs a right that some databases do not give: without it autocomplete reads the whole table.
TRIGRAMS = """
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX IF NOT EXISTS jambi_search_doc_title_part
        ON jambi_search_doc USING gin (title_part gin_trgm_ops) WITH (gin_pending_list_limit = 256);
    CREATE INDEX IF NOT EXISTS jambi_search_doc_name_part
        ON jambi_search_doc USING gin (name_part gin_trgm_ops) WITH (gin_pending_list_limit = 256);
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    RAISE NOTICE 'pg_trgm is not available: suggestions will read all titles';
END
$$
"""


def create_missing(connection: Connection) -> None:
    """Create what is missing of the tables and indexes."""
    for statement in (*VERSION_1, TRIGRAMS):
        connection.exec_driver_sql(statement)
