"""Give logs that only grow an owner of their own; the portal's own role cannot change them (F30, RL10).

A trigger refuses changes, but whoever owns a table can drop its trigger, and whoever owns the schema can
drop the table. So `jambi_log`, as which nobody logs in, owns the database, its schema and every table that
such a trigger guards; the portal's role may read them and add rows. Migrations run as `jambi_upgrade`, which
acts as both. What is guarded is read from the catalog: a table is a log if one of its triggers calls a
function named `jambi_…_refuse_change`. Imports no CKAN: launcher, migrations, command and doctor use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection

OWNER = "jambi_log"
UPGRADER = "jambi_upgrade"
_REFUSES = r"jambi\_%refuse\_change"

# Rows of `pg_trigger.tgtype`: 16 is UPDATE, 1 is FOR EACH ROW. A table whose every update is refused is read
# and added to; one that is closed row by row (reports until they are final) is updated too.
_HAND_OVER = """
DO $$
DECLARE
    log record;
BEGIN
    FOR log IN
        SELECT t.tgrelid::regclass AS name, bool_or(t.tgtype & 16 > 0 AND t.tgtype & 1 = 0) AS only_grows
        FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND f.proname LIKE '{refuses}' GROUP BY t.tgrelid
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {owner}', log.name);
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, {role}', log.name);
        EXECUTE format('GRANT SELECT, INSERT%s ON %s TO {role}',
            CASE WHEN log.only_grows THEN '' ELSE ', UPDATE' END, log.name);
    END LOOP;
    FOR log IN SELECT f.oid::regprocedure AS name FROM pg_proc f WHERE f.proname LIKE '{refuses}' LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO {owner}', log.name);
    END LOOP;
END
$$
"""

_SCRIPT = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}') THEN CREATE ROLE {owner} NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{upgrader}') THEN
        CREATE ROLE {upgrader} LOGIN;
    END IF;
END
$$;
GRANT {owner}, {role} TO {upgrader};
ALTER ROLE {upgrader} IN DATABASE {database} SET role = {role};
ALTER DATABASE {database} OWNER TO {owner};
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {database} TO {role};
GRANT CONNECT ON DATABASE {database} TO {upgrader};
\\connect {database}
ALTER SCHEMA public OWNER TO {owner};
GRANT USAGE, CREATE ON SCHEMA public TO {role};
"""

_POWERS = sa.text(
    f"""
    WITH guarded AS (
        SELECT tgrelid, bool_or(t.tgtype & 16 > 0 AND t.tgtype & 1 = 0) AS only_grows
        FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND f.proname LIKE '{_REFUSES}' GROUP BY tgrelid
    )
    SELECT c.relname,
        g.tgrelid IS NULL AS unguarded,
        pg_has_role(current_user, c.relowner, 'MEMBER') AS owns,
        has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER')
            OR (g.only_grows AND has_table_privilege(c.oid, 'UPDATE')) AS changes,
        pg_has_role(current_user, n.nspowner, 'MEMBER') AS drops
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN guarded g ON g.tgrelid = c.oid
    WHERE c.relkind = 'r' AND (g.tgrelid IS NOT NULL OR pg_get_userbyid(c.relowner) = '{OWNER}')
    ORDER BY c.relname
    """  # noqa: S608 - constants of this module
)


def script(role: str, database: str) -> str:
    """Return the psql script by which a superuser gives the logs of `database` their owner; it may run again.

    Args:
        role: the role as which the portal reads and writes.
    """
    names = {"owner": OWNER, "upgrader": UPGRADER, "role": _quoted(role), "database": _quoted(database)}
    return _SCRIPT.format(**names) + hand_over(role) + ";\n"


def hand_over(role: str) -> str:
    """Return the statement that gives every log of this database its owner and `role` its rights."""
    return _HAND_OVER.format(owner=OWNER, role=_quoted(role), refuses=_REFUSES)


@contextmanager
def upgrading(connection: Connection) -> Iterator[None]:
    """Let migrations inside change logs too, and hand over what they make; only as `jambi_upgrade`.

    Any other role goes on with the rights that it has.
    """
    role, session = connection.execute(sa.text("SELECT current_user, session_user")).one()
    if session != UPGRADER:
        yield
        return
    connection.exec_driver_sql("SET LOCAL ROLE NONE")
    yield
    connection.exec_driver_sql(f"REASSIGN OWNED BY {UPGRADER} TO {_quoted(role)}")
    connection.execute(sa.text(hand_over(role)))
    connection.exec_driver_sql("RESET ROLE")


def weak(connection: Connection) -> list[str]:
    """Return the logs that the role of `connection` could change, or that no trigger guards."""
    rows = connection.execute(_POWERS).all()
    return [row.relname for row in rows if row.unguarded or row.owns or row.changes or row.drops]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
