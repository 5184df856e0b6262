"""Serve the demo city on loopback: `python -m ckanext.jambi.demo_city --port 8181`."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ckanext.jambi import clock

from .app import App, create_app
from .city import DEFAULT_SEED

HOST = "127.0.0.1"
DEFAULT_PORT = 8181
PORT_TAKEN = 2

_DESCRIPTION = """Play the systems of a city that does not exist: 25 data sources with the shapes and faults
of real ones, on 127.0.0.1. All data is simulated and says so."""
_EPILOG = """The data is a function of seed, dataset and instant: the same seed and clock give the same bytes.
Open http://127.0.0.1:PORT/ for the list of systems. Ctrl-C or SIGTERM ends the server."""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(
        "python -m ckanext.jambi.demo_city", description=_DESCRIPTION, epilog=_EPILOG
    )
    line.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="port on 127.0.0.1; 0 takes a free one (default: %(default)s)",
    )
    line.add_argument(
        "--clock-file",
        type=Path,
        metavar="F",
        help="the portal's clock file; without it the real time counts",
    )
    line.add_argument(
        "--drop-folder",
        type=Path,
        metavar="D",
        help="folder whose CSV, XLSX and JSON files appear below /titipan/",
    )
    line.add_argument("--seed", default=DEFAULT_SEED, help="name of the city's chance (default: %(default)s)")
    line.add_argument("--log", type=Path, metavar="FILE", help="append one line for each request")
    line.add_argument(
        "--control",
        action="store_true",
        help="accept POST /_kendali/ubah and /_kendali/galat; for tests only",
    )
    return line


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        listener = socket.create_server((HOST, options.port))
    except OSError as err:
        reason = os.strerror(err.errno or 0)
        sys.stderr.write(f"Port {options.port} on {HOST} is not free ({reason}): choose one with --port.\n")
        return PORT_TAKEN
    with listener:
        _serve(listener, options)
    return 0


def _serve(listener: socket.socket, options: argparse.Namespace) -> None:
    clock.use(options.clock_file)
    if options.drop_folder:
        options.drop_folder.mkdir(parents=True, exist_ok=True)
    app = create_app(seed=options.seed, drop=options.drop_folder, control=options.control)
    server = server_for(app, listener, options.log)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"Demo city (data peraga) on http://{HOST}:{server.port}/\n")
    sys.stdout.flush()
    server.serve_forever()


def server_for(app: App, listener: socket.socket, log: Path | None = None) -> BaseWSGIServer:
    """Return a threaded server on an open listening socket."""
    port = listener.getsockname()[1]
    handler = type("LoggedHandler", (QuietHandler,), {"log_path": log})
    return make_server(HOST, port, app, threaded=True, request_handler=handler, fd=listener.fileno())


class QuietHandler(WSGIRequestHandler):
    """Writes requests to a file or nowhere, never to the terminal."""

    log_path: Path | None = None

    def log(self, type: str, message: str, *args: Any) -> None:
        """Append a line with time and request to the log file."""
        if self.log_path:
            with self.log_path.open("a", encoding="utf-8") as file:
                file.write(f"{clock.now().isoformat()} {message % args}\n")


if __name__ == "__main__":
    sys.exit(main())
