"""The few requests that sniffing may make, and what the first bytes of an answer mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from jambi_harvesters.addresses import Target
from jambi_harvesters.bodies import looks_like_html
from jambi_harvesters.errors import FetchError
from jambi_harvesters.exchange import USER_AGENT
from jambi_harvesters.http import Client, Policy, Response
from jambi_harvesters.limiter import Limiter

MAX_REQUESTS = 5
MAX_SECONDS = 10.0
MAX_BYTES = 10**6
FIRST_BYTES = 600_000
_MEANINGS = (
    (b"PK\x03\x04", "zip"),
    (b"{", "json_object"),
    (b"[", "json_list"),
    (b"<?xml", "xml"),
    (b"<", "xml"),
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0", "xls"),
)


class LookedEnoughError(FetchError):
    """Sniffing ends here; what was seen by then is all that is proposed."""

    code = "looked_enough"
    message = "Looked at {url} with {count} requests; more are not made before the source is saved"
    message_id = "Sudah {count} permintaan ke {url}; lebih dari itu tidak dikirim sebelum sumber disimpan."


@dataclass(frozen=True, slots=True)
class Seen:
    """What an address answered: status, media type, the meaning of its first bytes, whether it goes on."""

    status: int
    media_type: str
    meaning: str
    size: int
    cut: bool


class Budget:
    """Hands out the turns of another limiter, at most five of them."""

    def __init__(self, inner: Limiter) -> None:
        self._inner = inner
        self.used = 0

    def reserve(self, host: str, max_rps: float) -> float:
        """Take a turn.

        Raises:
            LookedEnoughError: if all are taken.
        """
        if self.used >= MAX_REQUESTS:
            raise LookedEnoughError(url=host, count=self.used)
        self.used += 1
        return self._inner.reserve(host, max_rps)


def sniff_policy(
    targets: Sequence[Target] = (), *, user_agent: str = USER_AGENT, demo: bool = False, max_rps: float = 1.0
) -> Policy:
    """Return the limits of sniffing.

    Args:
        targets: rows of the allowlist that may be used.
        demo: whether they may allow a loopback address.
    """
    return Policy(
        max_bytes=MAX_BYTES,
        deadline=MAX_SECONDS,
        run_deadline=MAX_SECONDS,
        attempts=1,
        max_rps=max_rps,
        targets=tuple(targets),
        user_agent=user_agent,
        demo=demo,
        sample_bytes=FIRST_BYTES,
    )


def limited(client: Client) -> Budget:
    """Put the budget of requests on a client."""
    assert client.limiter is not None  # noqa: S101 - set by the client itself
    budget = Budget(client.limiter)
    client.limiter = budget
    return budget


def spend(client: Client, response: Response) -> None:
    """Leave for what follows as many bytes as the first answer has left."""
    left = max(MAX_BYTES - response.body.size, 1)
    client.policy = dataclasses.replace(client.policy, sample_bytes=left)


def seen(response: Response, head: bytes) -> Seen:
    """Return what came."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    return Seen(response.status, media_type, meaning(head), response.body.size, response.body.cut)


def meaning(head: bytes) -> str:
    """Return what the first bytes say, such as json_list, html, zip, text, binary or empty."""
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not bare:
        return "empty"
    if looks_like_html(head[:2_048]):
        return "html"
    for start, name in _MEANINGS:
        if bare.startswith(start):
            return name
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    return "text" if wide or head[:2_048].count(0) < len(head[:2_048]) * 0.3 else "binary"
