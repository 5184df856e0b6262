"""Send what is due to webhooks: signed, through the guarded client, at least once (web.md 7).

A webhook is leased by moving its due instant ahead and committing, so that of any number of workers one
talks to it; a slow receiver holds up no other. Who dies before noting leaves the delivery to be sent again
under its own id. What was hidden since it was laid out is withdrawn, never sent.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Engine

from ckanext.jambi import vault
from ckanext.jambi.harvest.connections import user_agent
from ckanext.jambi.live import patience, signing, webhooks
from ckanext.jambi.live.model import delivery, webhook
from ckanext.jambi.live.reader import Reader
from ckanext.jambi.live.wire import Told
from jambi_harvesters.errors import HarvesterError
from jambi_harvesters.http import Client, Policy

log = logging.getLogger(__name__)

NOW = sa.func.clock_timestamp()
LEASE = timedelta(minutes=2)
LANES = 4
SECONDS = 20.0
DEADLINE_SECONDS = 10.0
READ_OF_AN_ANSWER = 1_024
DUE = sa.and_(delivery.c.state == "waiting", delivery.c.due_at <= NOW)
MakeClient = Callable[[str], Client]


def guarded_clients() -> MakeClient:
    """Return what makes a client that masks a secret; it reaches public addresses and nothing else."""
    policy = Policy(
        connect_timeout=5.0,
        timeout=DEADLINE_SECONDS,
        deadline=DEADLINE_SECONDS,
        sample_bytes=READ_OF_AN_ANSWER,
        user_agent=user_agent(),
    )
    return lambda secret: Client(policy, secrets=[secret])


def send_due(engine: Engine, client_for: MakeClient, seconds: float = SECONDS) -> Counter[str]:
    """Send what is due, at most for some seconds; return how many deliveries ended how."""
    done: Counter[str] = Counter()
    if not _something_is_due(engine):
        return done
    ends = time.monotonic() + seconds
    with ThreadPoolExecutor(LANES) as pool:
        lanes = [pool.submit(_work, engine, client_for, ends) for _ in range(LANES)]
    for lane in lanes:
        done.update(lane.result())
    return done


def _work(engine: Engine, client_for: MakeClient, ends: float) -> Counter[str]:
    done: Counter[str] = Counter()
    while time.monotonic() < ends and (hook := _lease(engine)) is not None:
        done.update(_serve(engine, hook, client_for, ends))
    return done


def _something_is_due(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(sa.select(sa.exists(_ready().correlate(None)))))


def _ready() -> sa.Select[Any]:
    """Return the query of webhooks that have something due and may be asked now."""
    return (
        sa.select(webhook.c.id)
        .join(model.User, model.User.id == webhook.c.user_id)
        .where(model.User.state == "active", webhook.c.due_at <= NOW)
        .where(sa.exists().where(delivery.c.webhook_id == webhook.c.id, DUE))
    )


def _lease(engine: Engine) -> Any:
    """Take the webhook that is due longest; None if there is none."""
    first = _ready().order_by(webhook.c.due_at).limit(1).with_for_update(of=webhook, skip_locked=True)
    taking = sa.update(webhook).where(webhook.c.id == first.correlate(None).scalar_subquery())
    with engine.begin() as connection:
        return connection.execute(taking.values(due_at=NOW + LEASE).returning(webhook)).first()


def _serve(engine: Engine, hook: Any, client_for: MakeClient, ends: float) -> Counter[str]:
    """Send to one webhook until it fails, or nothing is due, or the time is over; give it back."""
    done: Counter[str] = Counter()
    secret = _secret(engine, hook)
    if secret is None:
        return done
    while time.monotonic() < ends and (one := _begin(engine, hook)) is not None:
        state, asked = _attempt(engine, hook, one, client_for(secret), secret)
        done[state] += 1
        if state in ("waiting", "dead"):
            _pause(engine, hook, asked)
            return done
        if state == "delivered":
            hook = _reset(engine, hook)
    _update_webhook(engine, hook, due_at=NOW)
    return done


def _secret(engine: Engine, hook: Any) -> str | None:
    """Return the secret of a webhook; without it, the webhook waits until its lease is over."""
    try:
        with engine.begin() as connection:
            return webhooks.secret_of(connection, hook.id)
    except vault.VaultError as err:
        log.warning("Webhook %s waits: %s", hook.id, err)
        return None


def _begin(engine: Engine, hook: Any) -> Any:
    """Count an attempt of the delivery that is due longest; None if there is none."""
    first = (
        sa.select(delivery.c.id)
        .where(delivery.c.webhook_id == hook.id, DUE)
        .order_by(delivery.c.due_at, delivery.c.event_id)
        .limit(1)
    )
    begun = (
        sa.update(delivery)
        .where(delivery.c.id == first.scalar_subquery())
        .values(attempts=delivery.c.attempts + 1)
        .returning(delivery, (NOW - delivery.c.queued_at).label("age"))
    )
    with engine.begin() as connection:
        return connection.execute(begun).first()


def _attempt(engine: Engine, hook: Any, one: Any, client: Client, secret: str) -> tuple[str, float | None]:
    """Send a delivery; return its state then, and the seconds that the receiver asked to wait."""
    event = Reader(engine).one(one.event_id)
    if event is None:
        return _note(engine, one, "withdrawn", outcome="not_public", ended_at=NOW), None
    try:
        status = _post(client, hook, one, event, secret)
    except HarvesterError as err:
        return _note_failure(engine, one, err), getattr(err, "retry_after", None)
    return _note(engine, one, "delivered", outcome="ok", status=status, ended_at=NOW), None


def _post(client: Client, hook: Any, one: Any, event: Told, secret: str) -> int:
    body = json.dumps({"id": event.cursor, **event.data}, ensure_ascii=False).encode()
    timestamp = f"{time.time():.6f}"
    headers = {
        "Content-Type": "application/json",
        "X-Jambi-Webhook": hook.id,
        "X-Jambi-Delivery": one.id,
        "X-Jambi-Event": one.kind,
        signing.TIMESTAMP_HEADER: timestamp,
        signing.SIGNATURE_HEADER: signing.sign(secret, timestamp, body),
    }
    with client.get(hook.url, headers=headers, method="POST", content=body) as answer:
        return answer.status


def _note_failure(engine: Engine, one: Any, err: HarvesterError) -> str:
    values = {"outcome": err.code, "status": err.context.get("status")}
    if patience.is_dead(one.attempts, one.age):
        return _note(engine, one, "dead", ended_at=NOW, **values)
    return _note(engine, one, "waiting", due_at=NOW + patience.back_off(one.attempts), **values)


def _note(engine: Engine, one: Any, state: str, **values: Any) -> str:
    """Note how it went, unless the delivery was begun anew by another meanwhile."""
    own = sa.and_(delivery.c.id == one.id, delivery.c.attempts == one.attempts, delivery.c.state == "waiting")
    with engine.begin() as connection:
        connection.execute(sa.update(delivery).where(own).values(state=state, **values))
    return state


def _pause(engine: Engine, hook: Any, asked: float | None) -> None:
    failures = hook.failures + 1
    _update_webhook(engine, hook, failures=failures, due_at=NOW + patience.back_off(failures, asked))


def _reset(engine: Engine, hook: Any) -> Any:
    return _update_webhook(engine, hook, failures=0, delivered_at=NOW, due_at=NOW + LEASE)


def _update_webhook(engine: Engine, hook: Any, **values: Any) -> Any:
    """Change the webhook's row and return it; one that was deleted meanwhile stays as it was seen."""
    changing = sa.update(webhook).where(webhook.c.id == hook.id).values(**values).returning(webhook)
    with engine.begin() as connection:
        return connection.execute(changing).first() or hook
