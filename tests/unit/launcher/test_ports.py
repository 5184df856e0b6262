"""Ports: free or taken, and by whom."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from ckanext.jambi.launcher import ports
from ckanext.jambi.launcher.errors import PortTakenError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_taken_port_is_refused_with_its_holder_and_another_port(taken: int) -> None:
    with pytest.raises(PortTakenError, match=rf"process {os.getpid()} \(.*--port \d+"):
        ports.check(taken)


def test_freed_port_passes(taken: int) -> None:
    ports.check(ports.first_free(taken + 1))


def test_first_free_skips_a_taken_port(taken: int) -> None:
    assert ports.first_free(taken) > taken


def test_nobody_holds_a_free_port(taken: int) -> None:
    assert ports.holder(ports.first_free(taken + 1)) is None
