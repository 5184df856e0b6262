"""The signed doors: who knocks, whether the request is genuine, fresh and meant for this source.

Nothing here reads a cookie or a user. The window is judged by the database's clock, so that every web
server agrees on it; a signature that was taken is remembered as long as its timestamp is good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from ckanext.jambi import vault
from ckanext.jambi.harvest.model import source
from ckanext.jambi.live import signing
from ckanext.jambi.live.errors import DoorError
from ckanext.jambi.live.model import signature

REMEMBERED = timedelta(seconds=signing.WINDOW_SECONDS + 60)


@dataclass(frozen=True, slots=True)
class Knock:
    """A genuine request of a source; `definition` is the source's as it is stored."""

    source_id: str
    name: str
    definition: Mapping[str, Any]
    stamp: signing.Stamp
    body: bytes


def body_of(stream: IO[bytes], length: int | None, limit: int) -> bytes:
    """Read a body of at most `limit` bytes.

    Raises:
        DoorError: 413 if it is longer; a declared length is judged before anything is read.
    """
    body = b"" if length is not None and length > limit else stream.read(limit + 1)
    if (length or 0) > limit or len(body) > limit:
        raise DoorError(413, "body_too_large", f"A body may have {limit} bytes; send less at once.")
    return body


def answer_to(
    connection: Connection, name: str, headers: Mapping[str, str], body: bytes, switch: str
) -> Knock:
    """Judge a request of the source `name` and return it.

    Args:
        switch: key of `trigger` in the definition that opens this door.

    Raises:
        DoorError: if the source does not exist, the signature is not genuine or not timely, or the
            source's definition does not open this door.
    """
    stamp = signing.parse(headers.get(signing.TIMESTAMP_HEADER), headers.get(signing.SIGNATURE_HEADER))
    if stamp is None:
        raise DoorError(
            401,
            "signature_missing",
            f"Send {signing.TIMESTAMP_HEADER} and {signing.SIGNATURE_HEADER}: sha256=<64 hex digits>.",
        )
    found = _source(connection, name)
    if not stamp.is_timely(found.now):
        raise DoorError(
            401, "timestamp_refused", f"The timestamp is off by more than 5 minutes: {_told(found.now)}"
        )
    if not stamp.is_genuine(_secret(connection, found), body):
        raise _refused()
    if not found.definition.get("trigger", {}).get(switch):
        raise DoorError(
            403, "not_enabled", f"The definition of {found.name} does not say trigger.{switch}: true."
        )
    if found.state != "active":
        raise DoorError(409, "source_paused", f"The source {found.name} is {found.state}.")
    return Knock(found.source_id, found.name, found.definition, stamp, body)


def take_once(connection: Connection, knock: Knock) -> None:
    """Remember the signature of a request.

    Raises:
        DoorError: 409 if it was taken before.
    """
    row = {
        "source_id": knock.source_id,
        "signature": knock.stamp.signature,
        "expires_at": datetime.fromtimestamp(knock.stamp.at, UTC) + REMEMBERED,
    }
    if connection.execute(insert(signature).values(**row).on_conflict_do_nothing()).rowcount == 0:
        raise DoorError(409, "replayed", "This very request was taken before; give each its own timestamp.")


def _source(connection: Connection, name: str) -> Any:
    now = sa.cast(sa.func.extract("epoch", sa.func.clock_timestamp()), sa.Float).label("now")
    columns = (source.c.source_id, source.c.name, source.c.state, source.c.definition)
    query = (
        sa.select(*columns, model.Package.owner_org, now)
        .join(model.Package, model.Package.id == source.c.source_id)
        .where(source.c.name == name, model.Package.state == "active")
    )
    found = connection.execute(query).first()
    if found is None:
        raise DoorError(404, "source_unknown", f"There is no source {name}.")
    return found


def _secret(connection: Connection, found: Any) -> str:
    name = signing.secret_name(found.name)
    try:
        held = vault.reveal(connection, found.owner_org, [name])
    except vault.VaultError as err:
        raise DoorError(503, "vault_closed", "The portal cannot check signatures now; try later.") from err
    if name not in held:
        raise _refused()
    return held[name]


def _refused() -> DoorError:
    return DoorError(
        401,
        "signature_refused",
        "The signature is not that of timestamp, dot and body with the secret of this source.",
    )


def _told(now: float) -> str:
    return f"it is {datetime.fromtimestamp(now, UTC).isoformat(timespec='seconds')} here."
