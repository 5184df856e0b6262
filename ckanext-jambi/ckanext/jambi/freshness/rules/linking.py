"""When a linked file is looked at again, and when its bytes are needed to know whether it changed (F18, F22).

A look asks for the head of an answer alone. The bytes are read where the server says that they are others,
or, where it says nothing, less and less often; what is new is read twice before it counts. A server that says
that nothing changed is believed for so many looks, and less long while new data is awaited: it may be wrong,
and nobody is late on its word alone. Pure.
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

BELIEVED_LOOKS = 30
"""Of so many looks at a file one reads its bytes, whatever the server says; 95 % of all shall do without."""

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
    content did not, or the content while they did not.
    """

    validators: Mapping[str, str] = field(default_factory=dict)
    distrusted: bool = False
    hash: str | None = None
    once: str | None = None
    rest: timedelta = FIRST


@dataclass(frozen=True, slots=True)
class Promised:
    """What is promised of a file: new content in each `interval`; `awaited` once that is due."""

    interval: timedelta | None = None
    awaited: bool = False


def told(kept: Kept, validators: Mapping[str, str], *, not_modified: bool) -> Told:
    """Return what the head of an answer says."""
    if not (not_modified or validators):
        return Told.NOTHING
    return Told.SAME if not_modified or validators == kept.validators else Told.OTHER


def with_validators(kept: Kept, validators: Mapping[str, str]) -> Kept:
    """Return what is known once an answer brought validators; one that brought none says nothing new."""
    return replace(kept, validators=dict(validators)) if validators else kept


def wants_body(kept: Kept, said: Told, unread_for: timedelta, promised: Promised) -> bool:
    """Whether the bytes are needed, which nobody read for so long."""
    if kept.once is not None or kept.hash is None:
        return True
    if said is Told.NOTHING or kept.distrusted or promised.awaited:
        return unread_for >= kept.rest or (said is Told.OTHER and not kept.distrusted)
    return said is Told.OTHER or unread_for >= _believed(promised.interval)


def with_body(kept: Kept, said: Told, found: str, interval: timedelta | None) -> tuple[Kept, Found]:
    """Return what is known once the bytes were read, and what they are."""
    if kept.once is not None:
        outcome = Found.STABLE if found == kept.once else Found.UNSTABLE
        return replace(kept, hash=found, once=None, rest=_first(interval)), outcome
    if found == kept.hash:
        distrusted = kept.distrusted or said is Told.OTHER
        return replace(unchanged(kept, interval), distrusted=distrusted), Found.UNCHANGED
    honest = {Told.SAME: False, Told.OTHER: True}.get(said, not kept.distrusted)
    return replace(kept, once=found, distrusted=not honest), Found.ONCE


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
    return AGAIN if kept.once is not None else min(kept.rest, _look(interval))


def _look(interval: timedelta | None) -> timedelta:
    return min(LOOK, _longest(interval))


def _believed(interval: timedelta | None) -> timedelta:
    """Return how long a server is believed that says that nothing changed."""
    return min(LONGEST, BELIEVED_LOOKS * _look(interval))


def _first(interval: timedelta | None) -> timedelta:
    return min(FIRST, _longest(interval))


def _longest(interval: timedelta | None) -> timedelta:
    """Return the longest rest: never above a quarter of the interval in which the data is promised."""
    return min(LONGEST, interval / 4) if interval else LONGEST
