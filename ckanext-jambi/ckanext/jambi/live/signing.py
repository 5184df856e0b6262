"""Signatures of requests: HMAC-SHA256 over timestamp, a dot, and body (HV31). Pure; imports no CKAN.

The timestamp is in seconds since 1970, with a fraction if the sender likes; it stands in a header of its
own, exactly as it was signed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from decimal import Decimal

TIMESTAMP_HEADER = "X-Jambi-Timestamp"
SIGNATURE_HEADER = "X-Jambi-Signature"
WINDOW_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?", re.ASCII)
_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a request says of itself: when it was signed, and the signature."""

    timestamp: str
    signature: bytes

    @property
    def at(self) -> float:
        """The time of signing in seconds since 1970."""
        return float(Decimal(self.timestamp))

    def is_timely(self, now: float) -> bool:
        """Whether it was signed within five minutes of `now`."""
        return abs(self.at - now) <= WINDOW_SECONDS

    def is_genuine(self, secret: str, body: bytes) -> bool:
        """Whether it was signed with `secret`; takes the same time for every wrong signature."""
        return hmac.compare_digest(self.signature, _digest(secret, self.timestamp, body))


def parse(timestamp: str | None, signature: str | None) -> Stamp | None:
    """Return what two headers say, None if they are missing or not of their form."""
    written = _SIGNATURE.fullmatch(signature or "")
    if written is None or not _TIMESTAMP.fullmatch(timestamp or ""):
        return None
    return Stamp(timestamp or "", bytes.fromhex(written[1]))


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of the signature header."""
    return f"sha256={_digest(secret, timestamp, body).hex()}"


def secret_name(source: str) -> str:
    """Return the name of the secret of a source's doors: `LIVE_` and its id, at most 64 characters."""
    return f"LIVE_{source.upper().replace('-', '_')}"[:64]


def _digest(secret: str, timestamp: str, body: bytes) -> bytes:
    return hmac.new(secret.encode("utf-8"), timestamp.encode("ascii") + b"." + body, hashlib.sha256).digest()
