"""Change the vault's key while the portal runs (RL08)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ckanext.jambi import ledger
from ckanext.jambi.model import secret
from ckanext.jambi.vault import boxes, keys, store


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets were encrypted anew, by which key, and which keys may go."""

    secrets: int
    key_id: str
    retired: tuple[str, ...]


def rotate(engine: Engine) -> Rotated:
    """Encrypt everything by a new key and drop the old ones; the portal need not stop.

    Keys in a file: a new one is written in front, everything is encrypted by it in one transaction, and
    the others are taken out. Keys in the environment: everything is encrypted by the first of them.
    Killed anywhere, it leaves keys that open everything; run it again.

    Raises:
        VaultError: if a stored value cannot be opened; nothing is changed then.
    """
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(store.LOCK)))
        connection.commit()
        try:
            return _rotated(connection)
        finally:
            connection.rollback()
            connection.execute(sa.select(sa.func.pg_advisory_unlock(store.LOCK)))
            connection.commit()


def entry(done: Rotated) -> ledger.Entry:
    """Return what the audit ledger keeps of a rotation."""
    reason = f"{done.secrets} secrets encrypted anew"
    return ledger.Entry(
        action="secret.rotate", object=f"vault:{done.key_id}", reason=reason, **ledger.command_line()
    )


def _rotated(connection: Connection) -> Rotated:
    ring = keys.load()
    if ring.path:
        keys.write(ring.path, (keys.made(), *ring.keys))
        ring = keys.load()
    rows = connection.execute(sa.select(secret)).all()
    for row in rows:
        connection.execute(_again(ring, row))
    connection.commit()
    if ring.path:
        keys.write(ring.path, ring.keys[:1])
    return Rotated(len(rows), ring.current.id, tuple(key.id for key in ring.keys[1:]))


def _again(ring: keys.Keyring, row: sa.Row) -> sa.Update:
    box = boxes.seal(ring.current, row.organization_id, row.name, store.unsealed(ring, row))
    own = sa.and_(secret.c.organization_id == row.organization_id, secret.c.name == row.name)
    return sa.update(secret).where(own).values(key_id=ring.current.id, box=box)
