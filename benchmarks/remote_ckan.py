"""A CKAN site that both harvesters read: any number of datasets, made as they are asked for.

Each first word of a path is a site of its own with the same datasets under names of its own, so that two
harvesters can fill one portal. `churn` is shared with the process that measures: raising it changes one
dataset of a hundred.
"""

from __future__ import annotations

import json
import multiprocessing
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from samples import FIELDS, TABLE

NOTES = (
    "Jumlah kunjungan pasien ke puskesmas setiap bulan menurut puskesmas, dari catatan harian petugas. " * 3
)
TAGS = ("kesehatan", "puskesmas", "kunjungan", "pasien", "layanan")
SHEET = {"name": "Lembar kerja", "format": "XLSX", "jenis_berkas": "asli"}
FIRST_MODIFIED = "2026-01-05T01:00:{:02d}.000000"
CHANGING = 100


class Handler(BaseHTTPRequestHandler):
    """Answers `package_list` and `package_search`."""

    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        prefix, action = address.path.strip("/").split("/")[0], address.path.rsplit("/", 1)[-1]
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        body = json.dumps({"success": True, "result": self.server.result(prefix, action, asked)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Site(ThreadingHTTPServer):
    """The site's data: how many datasets, and how often some of them changed."""

    def __init__(self, size: Any, churn: Any) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self._size, self._churn = size, churn

    def result(self, prefix: str, action: str, asked: dict[str, str]) -> Any:
        """Return what an action answers."""
        if "dataset_type:harvest" in asked.get("fq", ""):
            return {"count": 0, "results": []}
        if action == "package_list":
            return [f"{prefix}-{number:06d}" for number in range(self._size.value)]
        start, rows = int(asked.get("start", 0)), min(int(asked.get("rows", 10)), 1_000)
        numbers = range(start, min(start + rows, self._size.value))
        return {
            "count": self._size.value,
            "results": [dataset(prefix, number, self._churn.value) for number in numbers],
        }


def dataset(prefix: str, number: int, churn: int) -> dict[str, Any]:
    """Return one dataset: about 3 kB of JSON, two resources, five tags."""
    changed = 0 if number % CHANGING else churn
    name = f"{prefix}-{number:06d}"
    return {
        "id": _id(name),
        "name": name,
        "title": f"Jumlah Kunjungan Puskesmas {number}" + (f" (perbaikan {changed})" if changed else ""),
        "notes": NOTES,
        "type": "dataset",
        "state": "active",
        "private": False,
        "license_id": "cc-by",
        "metadata_modified": FIRST_MODIFIED.format(changed),
        "tags": [{"name": tag} for tag in TAGS],
        "extras": [],
        **FIELDS,
        "resources": [
            {
                **stated,
                "id": _id(f"{name} {at}"),
                "description": "Berkas yang diterbitkan oleh pengelola data puskesmas.",
                "url": f"https://data.example.go.id/{name}.{at}",
            }
            for at, stated in enumerate((TABLE, SHEET))
        ],
    }


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


class RemoteCkan:
    """The site in a process of its own, so that its work is nobody else's."""

    def __init__(self, size: int) -> None:
        self.size = multiprocessing.Value("i", size)
        self.churn = multiprocessing.Value("i", 0)
        site = Site(self.size, self.churn)
        self.port = site.server_address[1]
        multiprocessing.Process(target=site.serve_forever, daemon=True).start()
        site.socket.close()

    def url(self, prefix: str) -> str:
        """Return the address of one of its sites."""
        return f"http://127.0.0.1:{self.port}/{prefix}"
