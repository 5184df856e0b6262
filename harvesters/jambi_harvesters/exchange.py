"""The values that travel through `jambi_harvesters.http`: limits in, attempts and answers out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Protocol

from jambi_harvesters.addresses import Target
from jambi_harvesters.bodies import Body
from jambi_harvesters.outcomes import NOT_MODIFIED

USER_AGENT = "ckanext-jambi harvester"


class Clock(Protocol):
    """Instants for evidence, and seconds that never go back for deadlines."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of one source.

    Attributes:
        timeout, connect_timeout, deadline, run_deadline: seconds.
        attempts: how often a GET or HEAD is tried.
        targets: allowlist rows of internal addresses that this source may use.
        content_types: media types that count as data; empty means that the bytes alone are judged.
        demo: whether the allowlist may name loopback addresses (debug and demo mode).
        redirect_hosts: hosts that a redirect may lead to, `.name` for all below a name; None for any.
        sample_bytes: only so many bytes of an answer are taken, whatever they are; None takes whole data.
        user_agent: names the portal and its contact page.
    """

    max_bytes: int = 50 * 10**6
    connect_timeout: float = 5.0
    timeout: float = 20.0
    deadline: float = 120.0
    run_deadline: float = 3_600.0
    max_rps: float = 1.0
    attempts: int = 5
    targets: tuple[Target, ...] = ()
    content_types: tuple[str, ...] = ()
    user_agent: str = USER_AGENT
    demo: bool = False
    redirect_hosts: tuple[str, ...] | None = None
    ca_file: str | None = None
    sha256: str | None = None
    sample_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request as it is stored: the URL redacted, the outcome "ok" or the code of an error."""

    url: str
    status: int | None
    bytes: int
    ms: int
    outcome: str


class Recorder(Protocol):
    """Receives each attempt."""

    def record(self, attempt: Attempt) -> None: ...


@dataclass(slots=True)
class Response:
    """An answer that came whole; close it, or use it in a `with` block."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: Body

    @property
    def not_modified(self) -> bool:
        """Whether the source said that nothing changed since our validators."""
        return self.status == NOT_MODIFIED

    @property
    def validators(self) -> dict[str, str]:
        """What to send next time to ask whether anything changed."""
        found = {"etag": self.headers.get("ETag"), "last_modified": self.headers.get("Last-Modified")}
        return {name: value for name, value in found.items() if value}

    @property
    def file(self) -> IO[bytes]:
        """The body as an open file."""
        return self.body.file

    def read(self) -> bytes:
        """Return the whole body."""
        self.file.seek(0)
        return self.file.read()

    def close(self) -> None:
        """Free the body."""
        self.file.close()

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
