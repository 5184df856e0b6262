"""The chain of the freshness log: the portal's hash chain from a beginning of its own (F31, F34, F35)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import chain as joined

from ckanext.jambi import chain
from ckanext.jambi.chain import Check, Damage, PayloadError, canonical, line, link

__all__ = ["GENESIS", "Check", "Damage", "PayloadError", "canonical", "line", "link", "verify", "verify_part"]

GENESIS = chain.genesis("jambi-freshness-log/1")


def verify(lines: Iterable[bytes], beginning: bytes = GENESIS, first: int = 1) -> Check:
    """Check an export of the log, or a part of it from the hash of the row before (`chain.verify`)."""
    return chain.verify(lines, beginning, first)


def verify_part(lines: Iterable[bytes]) -> Check | None:
    """Check a part of the log that begins with a later row; None if the lines are no such part.

    Its first row is taken as it stands: what its hash follows from is not there. Each other one is checked.
    """
    left = iter(lines)
    head = next(left, b"")
    first = _number(head)
    if first <= 1:
        return None
    second = next(left, None)
    if second is None:
        return Check(1, first, first, head[:_DIGITS].decode("ascii"), ())
    rest = chain.verify(joined([second], left), bytes.fromhex(head[:_DIGITS].decode("ascii")), first + 1)
    return Check(rest.rows + 1, first, rest.last_seq, rest.root, rest.errors) if rest.rows else None


def _number(head: bytes) -> int:
    """Return the number of the row in a line, 0 where it is no line of a log."""
    found = _LINE.fullmatch(head)
    try:
        read = json.loads(found[1]) if found else None
        is_sound = isinstance(read, dict) and found is not None and canonical(read) == found[1]
    except (ValueError, RecursionError):
        return 0
    return read["seq"] if is_sound and read and type(read.get("seq")) is int else 0


_DIGITS = 64
_LINE = re.compile(rb"[0-9a-f]{64} (\{.*\})\n")
