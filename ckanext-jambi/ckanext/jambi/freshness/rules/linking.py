"""When a linked file is looked at again, and when its bytes are needed to know whether it changed (F18, F22).

A look asks for the head of an answer alone. The bytes are read where the server says that they are others,
or, where it says nothing, less and less often; what is new is read twice before it counts. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

FIRST, LONGEST = timedelta(hours=12), timedelta(days=30)
"""How long content is left alone after it changed, and at most; a check that finds no change doubles it."""
LOOK, AFTER_FAILURE = timedelta(hours=24), timedelta(hours=1)
AGAIN = timedelta(seconds=10)
"""After this time new content is read a second time: what differs then changes by itself."""

UNREAD = ""
"""Stands for the hash of a file that nobody could read."""


class Told(StrEnum):
    """What the head of an answer says of the bytes."""

    SAME = "same"
    OTHER = "other"
    NOTHING = "nothing"


class Found(StrEnum):
    """What the bytes of an answer turned out to be."""

    UNCHANGED = "unchanged"
    ONCE = "once"  # new, and read once
    STABLE = "stable"  # new, and the same when it was read again
    UNSTABLE = "unstable"  # another at each reading


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a linked file from before.

    `validators` are those of the last answer, `hash` that of the last content, `once` that of content that
    was read once. `rest` is how long content is left alone. `distrusted`: the validators changed while the
    content did not.
    """

    validators: Mapping[str, str] = field(default_factory=dict)
    distrusted: bool = False
    hash: str | None = None
    once: str | None = None
    rest: timedelta = FIRST


def told(kept: Kept, validators: Mapping[str, str], *, not_modified: bool) -> Told:
    """Return what the head of an answer says, if its server is to be believed."""
    if kept.distrusted or not (not_modified or validators):
        return Told.NOTHING
    return Told.SAME if not_modified or validators == kept.validators else Told.OTHER


def with_validators(kept: Kept, validators: Mapping[str, str]) -> Kept:
    """Return what is known once an answer brought validators; one that brought none says nothing new."""
    return replace(kept, validators=dict(validators)) if validators else kept


def wants_body(kept: Kept, said: Told, *, due: bool) -> bool:
    """Whether the bytes are needed; `due` says that content was left alone long enough."""
    if kept.once is not None or kept.hash is None:
        return True
    return said is Told.OTHER or (said is Told.NOTHING and due)


def with_body(kept: Kept, said: Told, found: str, interval: timedelta | None) -> tuple[Kept, Found]:
    """Return what is known once the bytes were read, and what they are."""
    if kept.once is not None:
        outcome = Found.STABLE if found == kept.once else Found.UNSTABLE
        return replace(kept, hash=found, once=None, distrusted=False, rest=_first(interval)), outcome
    if found == kept.hash:
        distrusted = kept.distrusted or said is Told.OTHER
        return replace(unchanged(kept, interval), distrusted=distrusted), Found.UNCHANGED
    return replace(kept, once=found), Found.ONCE


def unchanged(kept: Kept, interval: timedelta | None) -> Kept:
    """Return what is known once a check found no change: the next one comes later."""
    return replace(kept, rest=min(2 * kept.rest, _longest(interval)))


def unread(kept: Kept, interval: timedelta | None) -> Kept:
    """Return what is known of a file that is too large to be read: it can be had, its content is unknown."""
    return replace(unchanged(kept, interval), hash=kept.hash or UNREAD, once=None)


def next_look(kept: Kept, interval: timedelta | None, *, ok: bool) -> timedelta:
    """Return after which time the file is looked at again."""
    if not ok:
        return min(AFTER_FAILURE, _longest(interval))
    return AGAIN if kept.once is not None else min(LOOK, kept.rest, _longest(interval))


def _first(interval: timedelta | None) -> timedelta:
    return min(FIRST, _longest(interval))


def _longest(interval: timedelta | None) -> timedelta:
    """Return the longest rest: never above a quarter of the interval in which the data is promised."""
    return min(LONGEST, interval / 4) if interval else LONGEST
