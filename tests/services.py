"""Give the tests real PostgreSQL and Valkey from the wheels, and a CKAN ini file that names them.

The services live in a temporary folder and end with the tests; with JAMBI_TEST_DIR set they live
there and stay, so that the next run starts at once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import psycopg2

from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.valkey import Valkey

_running: list[Postgres] = []
TEMPLATE = Path(__file__).parent / "test.ini"
PLUGINS = "jambi"


def start() -> Path:
    """Start both services and return the path of the ini file."""
    kept = os.environ.get("JAMBI_TEST_DIR")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="jambi-test-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    postgres, valkey = Postgres(folder / "pg"), Valkey(folder / "valkey")
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


def _make_databases(postgres: Postgres) -> None:
    if postgres.sql("SELECT 1 FROM pg_roles WHERE rolname = 'datastore_ro'"):
        return
    postgres.sql("CREATE ROLE datastore_ro LOGIN")
    for name in ("ckan_test", "datastore_test"):
        postgres.sql(f"CREATE DATABASE {name} OWNER ckan")
    with closing(psycopg2.connect(postgres.url("datastore_test"))) as connection, connection:
        connection.cursor().execute(_datastore_permissions())


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
