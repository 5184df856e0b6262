"""Subscriptions of webhooks: made, listed, deleted, and their dead letters sent again (web.md 7).

The secret lies in the vault under a name of its own and is never shown. Functions work on the connection
they are given and never commit.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi import vault
from ckanext.jambi.live.laying_out import locked_place
from ckanext.jambi.live.model import delivery, webhook
from ckanext.jambi.live.reader import Reader
from jambi_harvesters.addresses import is_public, place_of
from jambi_harvesters.errors import AddressRefusedError

SECRET = "SECRET"  # noqa: S105 - the name under which it lies in the vault
NOW = sa.func.clock_timestamp()
ENDED_AGAIN = ("dead", "delivered")
SHOWN = 50


def create(
    connection: Connection, user_id: str, url: str, filters: Mapping[str, Sequence[str]], secret: str
) -> Any:
    """Make a webhook that gets every event from now on, and return its row.

    Raises:
        VaultError: if the secret cannot be kept.
    """
    hook_id = str(uuid.uuid4())
    vault.put(connection, _scope(hook_id), SECRET, secret, set_by=user_id)
    locked_place(connection)
    since = str(Reader(connection.engine).newest())
    values = {"id": hook_id, "user_id": user_id, "url": url, "filters": dict(filters), "since": since}
    return connection.execute(sa.insert(webhook).values(**values).returning(webhook)).one()


def count_of(connection: Connection, user_id: str) -> int:
    """Return how many webhooks a user has; of two who ask for the same user, one waits for the other."""
    connection.execute(sa.select(model.User.id).where(model.User.id == user_id).with_for_update())
    query = sa.select(sa.func.count()).select_from(webhook).where(webhook.c.user_id == user_id)
    return connection.scalar(query) or 0


def find(connection: Connection, hook_id: str) -> Any:
    """Return the row of a webhook, None if there is none."""
    return connection.execute(sa.select(webhook).where(webhook.c.id == hook_id)).first()


def of_user(connection: Connection, user_id: str) -> Sequence[Any]:
    """Return the webhooks of a user, oldest first."""
    query = sa.select(webhook).where(webhook.c.user_id == user_id).order_by(webhook.c.created_at)
    return connection.execute(query).all()


def counts(connection: Connection, hook_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return for webhooks how many deliveries they have in which state."""
    columns = (delivery.c.webhook_id, delivery.c.state)
    query = sa.select(*columns, sa.func.count().label("number")).where(delivery.c.webhook_id.in_(hook_ids))
    found: dict[str, dict[str, int]] = {hook_id: {} for hook_id in hook_ids}
    for row in connection.execute(query.group_by(*columns)):
        found[row.webhook_id][row.state] = row.number
    return found


def deliveries(connection: Connection, hook_id: str) -> Sequence[Any]:
    """Return the newest deliveries of a webhook, newest first."""
    query = sa.select(delivery).where(delivery.c.webhook_id == hook_id)
    return connection.execute(query.order_by(delivery.c.event_id.desc()).limit(SHOWN)).all()


def delete(connection: Connection, hook_id: str) -> None:
    """Delete a webhook with its deliveries and its secret."""
    vault.remove(connection, _scope(hook_id), SECRET)
    connection.execute(sa.delete(webhook).where(webhook.c.id == hook_id))


def redeliver(connection: Connection, hook_id: str, delivery_id: str | None = None) -> int:
    """Let dead letters be sent again, or one delivery that has ended; return how many."""
    own = sa.and_(delivery.c.webhook_id == hook_id, delivery.c.state == "dead")
    if delivery_id:
        ended = delivery.c.state.in_(ENDED_AGAIN)
        own = sa.and_(delivery.c.webhook_id == hook_id, delivery.c.id == delivery_id, ended)
    again = {"state": "waiting", "attempts": 0, "queued_at": NOW, "due_at": NOW, "ended_at": None}
    return connection.execute(sa.update(delivery).where(own).values(**again)).rowcount


def secret_of(connection: Connection, hook_id: str) -> str:
    """Return the secret of a webhook.

    Raises:
        VaultError: if it cannot be had.
    """
    held = vault.reveal(connection, _scope(hook_id), [SECRET])
    if SECRET not in held:
        raise vault.VaultError(f"The webhook {hook_id} has no secret.")
    return held[SECRET]


def is_acceptable(url: str) -> bool:
    """Whether a URL is a plain http or https one that does not name an internal address outright.

    What a name leads to is judged at each delivery, when it is resolved.
    """
    try:
        host = place_of(url).host
    except AddressRefusedError:
        return False
    try:
        return is_public(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")


def _scope(hook_id: str) -> str:
    return f"webhook:{hook_id}"
