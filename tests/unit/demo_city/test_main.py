"""The server as a process: help, a port that is taken, the clock file, the log, a clean end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ckanext.jambi import clock
from ckanext.jambi.demo_city.__main__ import main, parser

COMMAND = [sys.executable, "-m", "ckanext.jambi.demo_city"]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen, str]]:
    process = subprocess.Popen([*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        address = process.stdout.readline().split(" on ")[1].strip()
        yield process, address
    finally:
        process.kill()
        process.wait()


def fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - loopback
        return answer.read()


def test_a_taken_port_is_one_sentence_and_exit_code_2(capsys: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert said == f"Port {port} on 127.0.0.1 is not free (Address already in use): choose one with --port.\n"


def test_help_explains_every_option():
    text = parser().format_help()
    for option in ("--port", "--clock-file", "--drop-folder", "--seed", "--log", "--control"):
        assert option in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(number):
    with running() as (process, address):
        assert b"Data peraga" in fetched(address)
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_the_clock_file_moves_the_city(tmp_path: Path):
    file = tmp_path / "clock.json"
    clock.set_to(file, datetime(2026, 7, 27, 2, 0, tzinfo=UTC))
    log = tmp_path / "city.log"
    with running("--clock-file", str(file), "--log", str(log), "--drop-folder", str(tmp_path / "drop")) as (
        _,
        address,
    ):
        before = json.loads(fetched(f"{address}bpbd/api/tma"))["data"][-1]["waktu"]
        clock.set_to(file, datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
        after = json.loads(fetched(f"{address}bpbd/api/tma"))["data"][-1]["waktu"]
    assert (before, after) == ("2026-07-27 06:00", "2026-11-24 06:00")
    assert (tmp_path / "drop").is_dir()
    assert log.read_text().count("GET /bpbd/api/tma") == 2


def test_two_processes_of_one_seed_serve_the_same_bytes(tmp_path: Path):
    file = tmp_path / "clock.json"
    clock.set_to(file, datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    bodies = []
    for seed in ("a", "a", "b"):
        with running("--clock-file", str(file), "--seed", seed) as (_, address):
            bodies.append(fetched(f"{address}dinkes/rekap/stunting.xlsx"))
    assert bodies[0] == bodies[1] != bodies[2]
