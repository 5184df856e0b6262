"""Requests as the system of a source signs them."""

from __future__ import annotations

import itertools
import time

from ckanext.jambi.live import signing

SECRET = "rahasia pintu uji"
_numbers = itertools.count()


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """Return the headers of a request, each with a timestamp of its own."""
    timestamp = f"{(time.time() if at is None else at) + next(_numbers) / 1e6:.6f}"
    return {
        signing.TIMESTAMP_HEADER: timestamp,
        signing.SIGNATURE_HEADER: signing.sign(secret, timestamp, body),
    }
