"""Write audit rows: numbered without a gap, each bound to the one before, under one lock."""

from __future__ import annotations

import getpass
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask
import sqlalchemy as sa
from ckan import model

from ckanext.jambi import chain, clock
from ckanext.jambi.errors import JambiError
from ckanext.jambi.ledger import rows
from ckanext.jambi.model import audit

ACTOR_CLASSES = frozenset({"person", "token", "harvester", "system"})
_LOCK = 0x6A61_7564_6974  # "jaudit": the key of the transaction-level advisory lock
_NAME = re.compile(r"[a-z]+(\.[a-z_]+)+")
_REQUEST_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class EntryError(JambiError):
    """An audit entry that nobody could read later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act.

    Attributes:
        action: what was done, as `<what>.<verb>`, such as `secret.write` or `quarantine.approve`.
        object: what it was done to, as `<kind>:<id>`.
        actor: id of the user, or None where nobody acted (a clock, a run).
        actor_class: person, token, harvester or system.
        before, after: `digest` of what stood there before and after, where that says something.
        reason: why, in the words of whoever decided.
    """

    action: str
    object: str
    actor: str | None = None
    actor_class: str = "person"
    before: str | None = None
    after: str | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be found again."""
        if not _NAME.fullmatch(self.action) or ":" not in self.object:
            raise EntryError(f"{self.action!r} on {self.object!r}: write `what.verb` and `kind:id`.")
        if self.actor_class not in ACTOR_CLASSES:
            raise EntryError(f"{self.actor_class!r} is none of {', '.join(sorted(ACTOR_CLASSES))}.")


def record(entry: Entry) -> int:
    """Append one entry in the session's transaction and return its number; the caller commits.

    The ledger is locked until the transaction ends, so call it late.

    Raises:
        EntryError: if a text holds what PostgreSQL or the chain cannot keep (NUL, lone surrogates).
    """
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    columns = (audit.c.seq, audit.c.row_hash, audit.c.recorded_at)
    last = model.Session.execute(sa.select(*columns).order_by(audit.c.seq.desc()).limit(1)).first()
    at = max(clock.now(), last.recorded_at) if last else clock.now()
    seq: int = last.seq + 1 if last else 1
    row = {
        "seq": seq,
        "actor": entry.actor,
        "actor_class": entry.actor_class,
        "action": entry.action,
        "object": entry.object,
        "before_hash": entry.before,
        "after_hash": entry.after,
        "reason": entry.reason,
        "request_id": _request_id(),
        "recorded_at": at,
    }
    previous = bytes(last.row_hash) if last else rows.GENESIS
    body = _payload({**row, "recorded_at": rows.instant(at)})
    row |= {"prev_hash": previous, "row_hash": chain.link(previous, body)}
    model.Session.execute(sa.insert(audit), [row])
    return seq


def digest(value: object) -> str:
    """Return the SHA-256 of a JSON value's canonical form, for `before` and `after`.

    Raises:
        PayloadError: if the value has no canonical form (binary floats, for example).
    """
    return hashlib.sha256(chain.canonical(value)).hexdigest()


def actor(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return `actor` and `actor_class` of an entry from an action's context."""
    user = model.User.get(context.get("user") or "")
    return {"actor": user.id, "actor_class": "person"} if user else {"actor_class": "system"}


def command_line() -> dict[str, Any]:
    """Return `actor` and `actor_class` of an entry for an act by a command on the server."""
    return {"actor": f"cli:{getpass.getuser()}", "actor_class": "system"}


def _payload(row: Mapping[str, Any]) -> bytes:
    try:
        return chain.canonical(row)
    except chain.PayloadError as err:
        raise EntryError(f"{row['action']} on {row['object']}: {err}") from err


def _request_id() -> str | None:
    """Return the request id that the proxy gave, if it is one."""
    given = flask.request.headers.get("X-Request-ID", "") if flask.has_request_context() else ""
    return given if _REQUEST_ID.fullmatch(given) else None
