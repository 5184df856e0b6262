"""Wake a waiting worker through Redis. Nothing depends on it: workers poll PostgreSQL anyway (HV03)."""

from __future__ import annotations

import logging
import time

import ckan.plugins.toolkit as tk
from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

EXPIRE_SECONDS = 10
# A Redis that takes a connection and says nothing must keep nobody.
PATIENCE_SECONDS = 1.0


def wake() -> None:
    """Tell one waiting worker that there may be a run; call it after the commit."""
    try:
        redis = _redis(PATIENCE_SECONDS)
        redis.lpush(_key(), "1")
        redis.expire(_key(), EXPIRE_SECONDS)
    except RedisError as err:
        log.debug("Nobody could be woken: %s", err)


def wait(seconds: float) -> None:
    """Wait until somebody wakes us, at most so long."""
    began = time.monotonic()
    try:
        _redis(seconds + PATIENCE_SECONDS).blpop([_key()], timeout=seconds)
    except RedisError as err:
        log.debug("Redis does not answer: %s", err)
        time.sleep(max(seconds - (time.monotonic() - began), 0))


def _redis(patience: float) -> Redis:
    """Return a connection of our own: CKAN's waits for ever."""
    return Redis.from_url(
        tk.config["ckan.redis.url"], socket_timeout=patience, socket_connect_timeout=PATIENCE_SECONDS
    )


def _key() -> str:
    return f"ckan:{tk.config['ckan.site_id']}:jambi:wake"
