"""Write the ini file of CKAN: the deployment's template with this portal's addresses and secrets."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from ckanext.jambi.launcher import jsonfile
from ckanext.jambi.launcher.errors import LauncherError
from ckanext.jambi.launcher.portal import Portal
from ckanext.jambi.launcher.postgres import Postgres
from ckanext.jambi.launcher.valkey import Valkey

MARK = re.compile(r"@([A-Z_]+)@")
SECRETS = ("SECRET_KEY", "CSRF_SECRET", "TOKEN_SECRET")
SECRET_BYTES = 48
VAULT_KEY_BYTES = 32


def write(portal: Portal, postgres: Postgres, valkey: Valkey) -> None:
    """Write the ini file of `portal`; only we can read it."""
    layout = portal.layout
    values = {
        "SITE_URL": portal.url,
        "DEMO_CITY_URL": portal.city_url,
        "EVENTS_URL": portal.events_url,
        "SECURE_COOKIES": str(portal.url.startswith("https:")).lower(),
        "DEMO": "true",
        "CLOCK_FILE": str(layout.clock),
        "STORAGE": str(layout.storage),
        "SQLALCHEMY_URL": postgres.url("ckan"),
        "DATASTORE_WRITE_URL": postgres.url("datastore"),
        "DATASTORE_READ_URL": postgres.url("datastore", "datastore_ro"),
        "REDIS_URL": valkey.url,
        "VAULT_KEY_FILE": str(vault_key(layout.vault_key)),
        **secrets_of(layout.secrets),
    }
    text = fill(layout.template.read_text(encoding="utf-8"), values)
    _write_private(layout.ini, text)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return `template` with each @MARK@ outside its comments replaced.

    Raises:
        LauncherError: for a mark that has no value.
    """

    def replace(found: re.Match[str]) -> str:
        value = values.get(found[1])
        if value is None:
            raise LauncherError(
                f"config/portal.ini has the mark {found[0]}, which the launcher does not know."
            )
        return value.replace("%", "%%")

    lines = template.splitlines(keepends=True)
    return "".join(line if line.startswith("#") else MARK.sub(replace, line) for line in lines)


def secrets_of(path: Path) -> dict[str, str]:
    """Return the secrets at `path`, making those that are missing."""
    known = jsonfile.read(path)
    complete = {name: known.get(name) or secrets.token_urlsafe(SECRET_BYTES) for name in SECRETS}
    if complete != known:
        jsonfile.write(path, complete)
    return complete


def vault_key(path: Path) -> Path:
    """Make the vault's key at `path` if there is none yet, and return the path."""
    if not path.exists():
        _write_private(path, base64.b64encode(secrets.token_bytes(VAULT_KEY_BYTES)).decode() + "\n", 0o400)
    return path


def _write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that only we can read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(path)
