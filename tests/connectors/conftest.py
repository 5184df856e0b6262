"""Fixtures of the connector tests: no CKAN, no network but loopback."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from misbehaving import Source

FRICTIONLESS = "JAMBI_FRICTIONLESS"
UDATA = "JAMBI_UDATA"


@pytest.fixture
def server() -> Iterator[Source]:
    """A source on loopback that the test teaches to misbehave."""
    source = Source()
    thread = threading.Thread(target=source.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield source
    source.let_go.set()
    source.shutdown()
    source.server_close()


@pytest.fixture
def frictionless() -> Path:
    """The folder `data` of a checkout of frictionlessdata/frictionless-py (MIT)."""
    folder = Path(os.environ.get(FRICTIONLESS, ".")) / "data"
    if FRICTIONLESS not in os.environ or not folder.is_dir():
        pytest.skip(f"{FRICTIONLESS} names no checkout of frictionlessdata/frictionless-py")
    return folder


@pytest.fixture
def udata() -> Path:
    """The folder `udata/harvest/tests` of a checkout of opendatateam/udata (MIT)."""
    folder = Path(os.environ.get(UDATA, ".")) / "udata" / "harvest" / "tests"
    if UDATA not in os.environ or not folder.is_dir():
        pytest.skip(f"{UDATA} names no checkout of opendatateam/udata")
    return folder
