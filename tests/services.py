"""Give the tests real PostgreSQL and Valkey from the wheels, and a CKAN ini file that names them.

The services live in a temporary folder and end with the tests; with JAMBI_TEST_DIR set they live
there and stay, so that the next run starts at once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path

import psycopg2
import sqlalchemy as sa

from ckanext.jambi import append_only
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.valkey import Valkey

_running: list[Postgres] = []
TEMPLATE = Path(__file__).parent / "test.ini"
PLUGINS = "jambi"
SUPERUSER, ROLE, MAIN = "postgres", "ckan", "ckan_test"


def start() -> Path:
    """Start both services and return the path of the ini file."""
    kept = os.environ.get("JAMBI_TEST_DIR")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="jambi-test-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    postgres, valkey = Postgres(folder / "postgres", superuser=SUPERUSER), Valkey(folder / "valkey")
    postgres.create()
    postgres.start()
    valkey.start()
    _running[:] = [postgres]
    atexit.register(_end, postgres, valkey, None if kept else folder)
    _make_databases(postgres)
    ini = folder / "test.ini"
    ini.write_text(_filled(postgres, valkey, folder), encoding="utf-8")
    return ini


def restart_postgres() -> None:
    """Restart the server under everybody who is connected."""
    [postgres] = _running
    postgres.stop()
    postgres.start()


def url(user: str = SUPERUSER, database: str = MAIN) -> str:
    """Return the address of a database for another role than the portal's."""
    [postgres] = _running
    return postgres.url(database, user)


def run_script(text: str) -> str:
    """Run a psql script as the superuser in CKAN's database."""
    [postgres] = _running
    return postgres.script(text, MAIN)


@contextmanager
def superuser() -> Iterator[sa.engine.Connection]:
    """Give a transaction that can do what no role of the portal can: the triggers of logs are off."""
    engine = sa.create_engine(url(), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        yield connection


def _make_databases(postgres: Postgres) -> None:
    """Make roles and databases as the launcher does; what earlier tests made is the portal's to drop."""
    if not postgres.sql("SELECT 1 FROM pg_roles WHERE rolname = 'datastore_ro'"):
        postgres.sql("CREATE ROLE ckan LOGIN")
        postgres.sql("CREATE ROLE datastore_ro LOGIN")
        for name in (MAIN, "datastore_test"):
            postgres.sql(f"CREATE DATABASE {name} OWNER {ROLE}")
        with closing(psycopg2.connect(postgres.url("datastore_test", SUPERUSER))) as connection, connection:
            connection.cursor().execute(_datastore_permissions())
        postgres.script(append_only.script(ROLE, MAIN))
    postgres.sql(f"REASSIGN OWNED BY {append_only.OWNER} TO {ROLE}", MAIN)
    postgres.sql(f"ALTER DATABASE {MAIN} OWNER TO {append_only.OWNER}")
    postgres.sql(f"ALTER SCHEMA public OWNER TO {append_only.OWNER}", MAIN)
    postgres.sql(f"GRANT USAGE, CREATE ON SCHEMA public TO {ROLE}", MAIN)


def _datastore_permissions() -> str:
    """Return the statements of `ckan datastore set-permissions`, less the psql command in them."""
    text = (files("ckanext.datastore") / "set_permissions.sql").read_text(encoding="utf-8")
    roles = {"mainuser": "ckan", "writeuser": "ckan", "readuser": "datastore_ro"}
    names = {"maindb": "ckan_test", "datastoredb": "datastore_test", **roles}
    return text.replace("\\connect {datastoredb}", "").format(**names)


def _filled(postgres: Postgres, valkey: Valkey, folder: Path) -> str:
    values = {
        "@SQLALCHEMY_URL@": postgres.url("ckan_test"),
        "@DATASTORE_WRITE_URL@": postgres.url("datastore_test"),
        "@DATASTORE_READ_URL@": postgres.url("datastore_test", "datastore_ro"),
        "@REDIS_URL@": valkey.url,
        "@FOLDER@": str(folder),
        "@PLUGINS@": PLUGINS,
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def _end(postgres: Postgres, valkey: Valkey, folder: Path | None) -> None:
    valkey.stop()
    postgres.stop()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
