"""The chain of the freshness log: the portal's hash chain from a beginning of its own (F31, F34, F35)."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.jambi import chain
from ckanext.jambi.chain import Check, Damage, PayloadError, canonical, line, link

__all__ = ["GENESIS", "Check", "Damage", "PayloadError", "canonical", "line", "link", "verify"]

GENESIS = chain.genesis("jambi-freshness-log/1")


def verify(lines: Iterable[bytes]) -> Check:
    """Check an export of the log; an export begins with row 1, so that nothing but the file is needed."""
    return chain.verify(lines, GENESIS)
