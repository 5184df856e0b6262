"""`jambi up` as a person types it: refusals reach the terminal with a status, also from the background."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ckanext.jambi.launcher import ports

JAMBI = [sys.executable, "-P", "-m", "ckanext.jambi.launcher"]


def jambi(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*JAMBI, *arguments],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("options", [[], ["--detach"]])
def test_taken_port_is_told_with_status_1(tmp_path: Path, options: list[str]) -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = str(server.getsockname()[1])
        done = jambi("up", *options, "--port", port, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"Port {port} is taken by process" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("options", [[], ["--detach"]])
def test_foreign_folder_is_told_and_left_alone(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "thesis.odt").touch()
    done = jambi("up", *options, "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "is not empty and holds no portal" in done.stdout + done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.odt"]


def test_damaged_state_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{ torn")
    done = jambi("up", "--data-dir", str(tmp_path), "--port", str(ports.first_free(5700)))
    assert done.returncode == 1
    assert "state.json cannot be read" in done.stderr
    assert "jambi reset" in done.stderr
