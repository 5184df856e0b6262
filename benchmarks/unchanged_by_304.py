"""What it costs to hear that nothing changed: seventy sources that answer 304, harvested by one worker.

    .venv/bin/python benchmarks/unchanged_by_304.py [--sources 70]

Each source is a data.json with an ETag on a server of this machine, which counts requests and the bytes that
it sends, headers included. Bars: one request and at most 1 kB a source, at most 50 ms of processor time
(PostgreSQL included), and seventy of them within a minute of one core.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import portals  # noqa: E402 - lies beside this file
from bars import Bars  # noqa: E402

ETAG = '"satu"'


class Handler(BaseHTTPRequestHandler):
    """Answers every address with one dataset, or with 304."""

    server: Catalogues
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = self.headers.get("If-None-Match") == ETAG
        body = b"" if known else json.dumps(_catalogue(self.path.strip("/").split("/")[0])).encode()
        head = f"HTTP/1.1 {'304 Not Modified' if known else '200 OK'}\r\nETag: {ETAG}\r\n"
        if not known:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.server.count(len(head) + 2 + len(body))
        self.wfile.write(head.encode() + b"\r\n" + body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Catalogues(ThreadingHTTPServer):
    """Counts what it is asked and what it sends."""

    def __init__(self, requests: Any, sent: Any) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._requests, self._sent = requests, sent

    def count(self, size: int) -> None:
        """Note an answer of so many bytes."""
        with self._requests.get_lock():
            self._requests.value += 1
            self._sent.value += size


def _catalogue(name: str) -> dict[str, Any]:
    dataset = {
        "identifier": name,
        "title": f"Jumlah Kunjungan menurut Puskesmas {name}",
        "description": "Jumlah kunjungan pasien ke puskesmas setiap bulan, dari catatan harian petugas. " * 2,
        "keyword": ["kesehatan", "puskesmas", "kunjungan"],
        "accessLevel": "public",
        "modified": "2026-01-01",
        "distribution": [{"title": "Tautan", "downloadURL": f"https://data.example.go.id/{name}.csv"}],
    }
    return {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": [dataset]}


def main(sources: int) -> int:
    """Measure, print and judge; return the exit status."""
    requests, sent = multiprocessing.Value("i", 0), multiprocessing.Value("i", 0)
    server = Catalogues(requests, sent)
    multiprocessing.Process(target=server.serve_forever, daemon=True).start()
    settings, _ = portals.settings(portals.NO_SOLR)
    ours = portals.Side(settings, "ours")
    port = server.server_address[1]
    ours.done("agency", port)
    names = [f"sumber-{number:02d}" for number in range(sources)]
    ids = [ours.done("catalogue", name, f"http://127.0.0.1:{port}/{name}/") for name in names]
    print("first reading:", ours.done("harvest_all", ids))
    requests.value = sent.value = 0
    heard = ours.cost("harvest_all", ids)
    ours.end()
    print(f"second reading: {heard.answer}; {heard.seconds:.1f} s, {heard.statements} statements")
    return _judged(sources, heard, requests.value, sent.value)


def _judged(sources: int, heard: Any, requests: int, sent: int) -> int:
    bars = Bars()
    bars.at_most("requests a source", requests / sources, 1)
    bars.at_most("bytes received a source", sent / sources, 1_000)
    bars.at_most("CPU ms a source", heard.cpu / sources * 1e3, 50)
    bars.at_least("sources a minute of one core", 60 / (heard.cpu / sources), 70)
    return bars.end()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    options.add_argument("--sources", type=int, default=70)
    sys.exit(main(**vars(options.parse_args())))
