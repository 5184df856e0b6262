"""Ask for a linked file: its head first, its bytes only where they are needed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import Engine

from ckanext.jambi.harvest import config
from ckanext.jambi.harvest.connections import (
    DEMO_HOST,
    DEMO_TARGET,
    allowed_targets,
    resolver,
    user_agent,
    with_demo_port,
)
from ckanext.jambi.harvest.politeness import SharedLimiter
from jambi_harvesters.exchange import Response
from jambi_harvesters.http import Client, Policy, Target

FILE_BYTES = 500 * 10**6
ATTEMPTS, TIMEOUT_SECONDS = 2, 10.0
NO_HEAD = (405, 501)
SAMPLE = 1


@dataclass(frozen=True, slots=True)
class Head:
    """What a server says of a file before it sends it."""

    validators: Mapping[str, str]
    not_modified: bool


class Asker:
    """Asks for one linked file, as anybody could: the allowlist of internal systems is not for links.

    Only the simulated city's host may be reached on loopback, where a demonstration says so.
    """

    def __init__(self, engine: Engine, url: str) -> None:
        self._url = with_demo_port(url)
        self._limiter = SharedLimiter(engine)
        targets: tuple[Target, ...] = ()
        if urlsplit(url).hostname == DEMO_HOST:
            with engine.connect() as connection:
                targets = tuple(each for each in allowed_targets(connection) if each.name == DEMO_TARGET)
        self._policy = Policy(
            max_bytes=FILE_BYTES,
            attempts=ATTEMPTS,
            timeout=TIMEOUT_SECONDS,
            targets=targets,
            user_agent=user_agent(),
            demo=config.loopback_allowed(),
        )

    def head(self, validators: Mapping[str, str]) -> Head:
        """Return what the server says; one that knows no HEAD is asked for the file and cut off.

        Raises:
            HarvesterError: if the file cannot be had.
        """
        response = self._client(self._policy).get(
            self._url, method="HEAD", validators=validators, accept=NO_HEAD
        )
        if response.status in NO_HEAD:
            response.close()
            cut = self._client(replace(self._policy, sample_bytes=SAMPLE))
            response = cut.get(self._url, validators=validators)
        with response:
            return Head(response.validators, response.not_modified)

    @contextmanager
    def file(self) -> Iterator[Path]:
        """Give the file as one on disk, as long as the block lasts.

        Raises:
            HarvesterError: if the file cannot be had, or a web page came in its place.
        """
        with self._client(self._policy).get(self._url) as response, tempfile.NamedTemporaryFile() as kept:
            _copy(response, kept)
            yield Path(kept.name)

    def _client(self, policy: Policy) -> Client:
        return Client(policy, resolver=resolver, limiter=self._limiter)


def _copy(response: Response, kept: tempfile._TemporaryFileWrapper[bytes]) -> None:
    response.file.seek(0)
    shutil.copyfileobj(response.file, kept)
    kept.flush()
