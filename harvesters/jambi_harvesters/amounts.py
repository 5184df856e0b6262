"""Durations and sizes as people write them in a definition: "24h", "90s", "50MB"."""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_BYTES = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]+)", re.ASCII)


def parse_duration(value: str | int) -> timedelta:
    """Read a duration; a bare number means seconds.

    Raises:
        ValueError: if it is none.
    """
    if isinstance(value, int):
        return timedelta(seconds=value)
    return timedelta(seconds=_scaled(value, _SECONDS))


def parse_size(value: str) -> int:
    """Read a size in decimal bytes (1 MB = 10^6 bytes).

    Raises:
        ValueError: if it is none.
    """
    return int(_scaled(value, _BYTES))


def show_size(count: int) -> str:
    """Return a size as people read it."""
    for unit in ("GB", "MB", "kB"):
        if count >= _BYTES[unit]:
            return f"{count / _BYTES[unit]:.4g} {unit}"
    return f"{count} B"


def _scaled(text: str, units: dict[str, int]) -> float:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or match[2] not in units:
        raise ValueError(f"Expected a number and one of {', '.join(units)}")
    return float(match[1]) * units[match[2]]
