"""The rows of the vault: written, listed and revealed on a given connection.

Writers and a rotation exclude each other by an advisory lock; whoever writes holds it before reading the
keys, so that nothing is encrypted by a key that a rotation has just dropped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi import log_masks
from ckanext.jambi.model import secret
from ckanext.jambi.vault import boxes, keys
from ckanext.jambi.vault.errors import KeyMissingError, VaultError

NAME = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
MAX_CHARACTERS = 8_192
LOCK = 0x6A76_6175_6C74  # "jvault"
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stored:
    """A secret as its keepers see it; `fingerprint` is the end of the SHA-256 of its value."""

    name: str
    fingerprint: str | None
    set_by: str
    set_at: datetime
    used_at: datetime | None


def put(connection: Connection, organization_id: str, name: str, value: str, set_by: str) -> None:
    """Store a secret, or replace its value.

    Raises:
        VaultError: if the name or the value is none.
        KeyFileError: if the vault has no key.
    """
    if not NAME.fullmatch(name):
        raise VaultError(f"{name!r} is no name: 2 to 64 of A-Z, 0-9 and _, a letter first.")
    if not value or len(value) > MAX_CHARACTERS or "\0" in value:
        raise VaultError(f"The value must have 1 to {MAX_CHARACTERS} characters and no NUL.")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(LOCK)))
    key = keys.load().current
    log_masks.remember([value])
    values = {
        "key_id": key.id,
        "box": boxes.seal(key, organization_id, name, value),
        "set_by": set_by,
        "set_at": sa.func.clock_timestamp(),
        "used_at": None,
    }
    connection.execute(
        insert(secret)
        .values(organization_id=organization_id, name=name, **values)
        .on_conflict_do_update(index_elements=["organization_id", "name"], set_=values)
    )


def remove(connection: Connection, organization_id: str, name: str) -> bool:
    """Delete a secret; return whether there was one."""
    return connection.execute(sa.delete(secret).where(_own(organization_id, [name]))).rowcount == 1


def listed(connection: Connection, organization_id: str) -> list[Stored]:
    """Return an organization's secrets by name, without their values."""
    query = sa.select(secret).where(secret.c.organization_id == organization_id).order_by(secret.c.name)
    return [
        Stored(row.name, _fingerprint(row), row.set_by, row.set_at, row.used_at)
        for row in connection.execute(query)
    ]


def reveal(connection: Connection, organization_id: str, names: Iterable[str]) -> dict[str, str]:
    """Return the values of secrets by name; a name that is not stored is left out.

    Raises:
        KeyFileError: if the vault has no key.
        VaultError: if a value cannot be opened.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    try:
        found, unnoted = _opened(connection, organization_id, wanted)
    except KeyMissingError:  # a rotation ended between reading the rows and the keys
        found, unnoted = _opened(connection, organization_id, wanted)
    log_masks.remember(found.values())
    if unnoted:
        own = _own(organization_id, unnoted)
        connection.execute(sa.update(secret).where(own, _unnoted()).values(used_at=sa.func.clock_timestamp()))
    return found


def _opened(
    connection: Connection, organization_id: str, names: list[str]
) -> tuple[dict[str, str], list[str]]:
    """Return values by name, and the names of those whose use is to be noted again."""
    query = sa.select(secret, _unnoted().label("unnoted")).where(_own(organization_id, names))
    rows = connection.execute(query).all()
    if not rows:
        return {}, []
    ring = keys.load()
    return {row.name: unsealed(ring, row) for row in rows}, [row.name for row in rows if row.unnoted]


def _unnoted() -> sa.ColumnElement[bool]:
    """Whether the last use that was noted lies too far back."""
    return sa.or_(secret.c.used_at.is_(None), secret.c.used_at < sa.func.clock_timestamp() - USED_EVERY)


def unsealed(ring: keys.Keyring, row: Any) -> str:
    """Return the value of a row."""
    return boxes.unseal(ring.find(row.key_id), row.organization_id, row.name, bytes(row.box))


def _own(organization_id: str, names: list[str]) -> sa.ColumnElement[bool]:
    return sa.and_(secret.c.organization_id == organization_id, secret.c.name.in_(names))


def _fingerprint(row: Any) -> str | None:
    """Return the last four characters of the SHA-256 of a value, None if its key is not here.

    It is made when it is shown: stored, it would help to guess a weak secret from a dump.
    """
    try:
        return hashlib.sha256(unsealed(keys.load(), row).encode("utf-8")).hexdigest()[-4:]
    except VaultError:
        return None
