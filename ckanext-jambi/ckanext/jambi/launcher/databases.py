"""Make the two databases with their roles: CKAN's own, the DataStore's reader, and the owner of the logs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ckanext.jambi import append_only
from ckanext.jambi.launcher.errors import ServiceError
from ckanext.jambi.launcher.postgres import Postgres

OWNER = "ckan"
READER = "datastore_ro"
MAIN = "ckan"
DATASTORE = "datastore"


def make(postgres: Postgres) -> None:
    """Make roles and databases that are missing."""
    for role in (OWNER, READER):
        if not postgres.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):  # noqa: S608
            postgres.sql(f"CREATE ROLE {role} LOGIN")
    for name in (MAIN, DATASTORE):
        if not postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608
            postgres.sql(f"CREATE DATABASE {name} OWNER {OWNER}")
    postgres.sql(f"REVOKE CONNECT ON DATABASE {MAIN} FROM PUBLIC")


def guard_logs(postgres: Postgres) -> None:
    """Give the logs an owner of their own: the script that `ckan jambi guard-logs` prints."""
    postgres.script(append_only.script(OWNER, MAIN))


def grant(postgres: Postgres) -> None:
    """Run CKAN's own permission script: the same that `ckan datastore set-permissions` prints."""
    postgres.script(permissions_script())


def permissions_script() -> str:
    """Return the DataStore's permission script with this portal's names."""
    spec = importlib.util.find_spec("ckanext.datastore")
    if spec is None or spec.origin is None:
        raise ServiceError("The package ckan is missing; run `make up`, which installs it.")
    text = (Path(spec.origin).parent / "set_permissions.sql").read_text(encoding="utf-8")
    names = {
        "maindb": MAIN,
        "datastoredb": DATASTORE,
        "mainuser": OWNER,
        "writeuser": OWNER,
        "readuser": READER,
    }
    return text.format(**{name: f'"{value}"' for name, value in names.items()})
