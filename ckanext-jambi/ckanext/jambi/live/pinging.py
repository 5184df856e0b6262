"""Pings: a system says that it has something new, and a run is asked for (HV31)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import queue
from ckanext.jambi.live.doors import Knock, answer_to, take_once
from ckanext.jambi.live.errors import DoorError

MAX_BYTES = 64_000
MAX_KEYS = 1_000
SWITCH = "webhook"


def receive(source: str, headers: Mapping[str, str], body: bytes) -> queue.Asked:
    """Judge a ping of the source `source` and ask for its run, in a transaction of its own.

    Raises:
        DoorError: if it is refused; nothing was kept then.
    """
    with model.meta.engine.begin() as connection:
        return take(connection, answer_to(connection, source, headers, body, SWITCH))


def take(connection: Connection, knock: Knock) -> queue.Asked:
    """Ask for a run of the source; any number of pings while one is at work ask for one more.

    Raises:
        DoorError: if the body is none, or the request was taken before.
    """
    check_keys(knock.body)
    take_once(connection, knock)
    return queue.ask(connection, knock.source_id, "ping")


def check_keys(body: bytes) -> None:
    """Refuse a body that is neither empty nor an object with at most 1,000 `keys`.

    The keys may say what changed; a run reads all that changed anyway.

    Raises:
        DoorError: 400, with what is wrong.
    """
    if not body.strip():
        return
    keys = _parsed(body).get("keys", [])
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise DoorError(400, "body_invalid", f"`keys` must be a list of at most {MAX_KEYS}.")
    if not all(isinstance(key, (str, int)) for key in keys):
        raise DoorError(400, "body_invalid", "Each of `keys` must be a text or a number.")


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise DoorError(400, "body_invalid", "The body must be empty or a JSON object.") from err
    if not isinstance(read, dict):
        raise DoorError(400, "body_invalid", "The body must be empty or a JSON object.")
    return read
