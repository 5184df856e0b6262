"""The chain of the freshness log: the portal's hash chain from a beginning of its own (F31, F34, F35)."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.jambi import chain
from ckanext.jambi.chain import Check, Damage, PayloadError, canonical, line, link

__all__ = ["GENESIS", "Check", "Damage", "PayloadError", "canonical", "line", "link", "verify"]

GENESIS = chain.genesis("jambi-freshness-log/1")


def verify(lines: Iterable[bytes], beginning: bytes = GENESIS, first: int = 1) -> Check:
    """Check an export of the log, or a part of it from the hash of the row before (`chain.verify`)."""
    return chain.verify(lines, beginning, first)
