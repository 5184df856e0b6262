"""Politeness: how long a caller must wait before its next request to a host.

The engine passes a limiter that counts in PostgreSQL across all workers; alone, a process counts by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol


class Limiter(Protocol):
    """Hands out turns to ask a host."""

    def reserve(self, host: str, max_rps: float) -> float:
        """Take the next free turn and return the seconds to wait for it."""


class LocalLimiter:
    """One turn every 1/max_rps seconds a host, counted in this process.

    Args:
        monotonic: clock in seconds that never goes back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def reserve(self, host: str, max_rps: float) -> float:
        """Take the next free turn and return the seconds to wait for it."""
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._free_at.get(host, now))
            self._free_at[host] = turn + 1 / max_rps
            return turn - now
