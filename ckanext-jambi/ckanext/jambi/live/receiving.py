"""Pushes: a system sends its rows, and a run of their own applies them (HV32)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ckan import model
from sqlalchemy.engine import Connection

from ckanext.jambi.harvest import pushing
from ckanext.jambi.harvest.errors import PushBacklogError, PushChangedError
from ckanext.jambi.live.doors import Knock, answer_to, take_once
from ckanext.jambi.live.errors import DoorError
from jambi_harvesters import definition, pushed
from jambi_harvesters.errors import DefinitionError

MAX_BYTES = pushed.MAX_BYTES
SWITCH = "push"
MODES = ("partial", "complete")
KEY_HEADER = "Idempotency-Key"
RETRY_SECONDS = 30
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_TYPES = {"application/ndjson": pushed.NDJSON, "application/jsonl": pushed.NDJSON}


def receive(
    source: str, headers: Mapping[str, str], body: bytes, arguments: Mapping[str, str]
) -> pushing.Accepted:
    """Judge a push of the source `source` and keep it, in a transaction of its own.

    Raises:
        DoorError: if it is refused; nothing was kept then.
    """
    with model.meta.engine.begin() as connection:
        knock = answer_to(connection, source, headers, body, SWITCH)
        return take(connection, knock, headers, arguments)


def take(
    connection: Connection, knock: Knock, headers: Mapping[str, str], arguments: Mapping[str, str]
) -> pushing.Accepted:
    """Keep a push for its run; the same key and body again is the same push, and has no second effect.

    Raises:
        DoorError: if the push cannot be taken; nothing was kept then.
    """
    wanted = _push(knock, headers, arguments)
    try:
        known = pushing.known(connection, wanted)
        if known:
            return known
        take_once(connection, knock)
        return pushing.accept(connection, wanted)
    except PushChangedError as err:
        message = f"The {KEY_HEADER} {wanted.key} was used for another body or mode; give each push its own."
        raise DoorError(422, "key_reused", message) from err
    except PushBacklogError as err:
        raise DoorError(429, "too_many_waiting", str(err), RETRY_SECONDS) from err


def _push(knock: Knock, headers: Mapping[str, str], arguments: Mapping[str, str]) -> pushing.Push:
    key = headers.get(KEY_HEADER, "")
    if not _KEY.fullmatch(key):
        raise DoorError(
            400, "key_missing", f"Send {KEY_HEADER}: 1 to 200 visible characters, new for each push."
        )
    mode = arguments.get("mode", "partial")
    if mode not in MODES:
        raise DoorError(400, "mode_invalid", f"The mode is one of {', '.join(MODES)}.")
    if mode == "partial" and not _takes_part(knock):
        message = "The table of this source is replaced as a whole: push all its rows with mode=complete."
        raise DoorError(422, "partial_not_possible", message)
    return pushing.Push(knock.source_id, key, mode, _media_type(headers), knock.body)


def _takes_part(knock: Knock) -> bool:
    try:
        return pushed.takes_part(definition.parse(knock.definition))
    except DefinitionError as err:
        raise DoorError(409, "definition_invalid", f"The definition of {knock.name} is not valid.") from err


def _media_type(headers: Mapping[str, str]) -> str:
    stated = headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    media_type = _TYPES.get(stated, stated)
    if media_type not in pushed.MEDIA_TYPES or headers.get("Content-Encoding", "identity") != "identity":
        message = f"Send one of {', '.join(pushed.MEDIA_TYPES)}, not compressed."
        raise DoorError(415, "type_unsupported", message)
    return media_type
