"""A source that is a real HTTP server on loopback, and definitions that read it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa
from ckan import model

PLUGINS = (
    "jambi_harvest jambi_freshness jambi_metadata jambi_search jambi"
    " scheming_datasets scheming_organizations harvest datastore activity"
)
OWN_HOST = "127.0.0.1"
NOTES = (
    "Jumlah kunjungan pasien ke puskesmas setiap bulan menurut puskesmas, dikumpulkan dari catatan harian."
)
FIELDS = {
    "frekuensi": "bulanan",
    "jadwal_rilis": "tanggal 10 bulan berikutnya",
    "periode_mulai": "2025-01-01",
    "periode_akhir": "2025-12-31",
    "urusan": "1.02",
    "topik": ["kesehatan"],
    "jenis_data": "lainnya",
    "tingkat_penyajian": "kota",
    "konsep": "Kunjungan pasien",
    "definisi": "Kedatangan pasien ke puskesmas untuk mendapat layanan.",
    "klasifikasi_akses": "terbuka",
    "kelas_informasi": "berkala",
    "kontak_jabatan": "Pengelola data perangkat daerah produsen",
    "kontak_surel": "pengelola-data@example.go.id",
}
COLUMNS = {
    "bulan": {
        "path": "bulan",
        "type": "text",
        "public": True,
        "label": "Bulan",
        "definition": "Bulan layanan",
    },
    "puskesmas": {"path": "puskesmas", "public": True, "label": "Puskesmas", "definition": "Nama puskesmas"},
    "kunjungan": {
        "path": "kunjungan",
        "type": "integer",
        "unit": "orang",
        "public": True,
        "label": "Kunjungan",
        "definition": "Banyaknya kunjungan",
    },
}


@dataclass
class Answer:
    """What the server gives for one path."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Source:
    """A real HTTP server on loopback whose answers a test sets."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                path = self.path if self.path in outer.answers else self.path.partition("?")[0]
                answer = outer.answers.get(path, Answer(b"", 404))
                tag = answer.headers.get("ETag")
                if tag and self.headers.get("If-None-Match") == tag:
                    answer = Answer(b"", 304, {"ETag": tag})
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def do_HEAD(self) -> None:
                outer.asked.append(f"HEAD {self.path}")
                self.send_response(outer.answers.get(self.path.partition("?")[0], Answer(b"", 404)).status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing of a reader that was killed."""
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(request, client_address)

        self._server = Server((OWN_HOST, 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{OWN_HOST}:{self.port}"

    def csv(
        self, rows: int, path: str = "/data.csv", *, first: int = 0, add: int = 0, **headers: str
    ) -> None:
        """Answer with a table of so many rows."""
        lines = ["bulan,puskesmas,kunjungan"]
        for at in range(first, first + rows):
            lines.append(f"2026-{at % 9 + 1:02d},Puskesmas {at},{at * 7 + add}")
        self.answers[path] = Answer(
            "\n".join(lines).encode(), headers={"Content-Type": "text/csv", **headers}
        )

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()


def raw_definition(source: Source, name: str = "uji-kunjungan", **over: Any) -> dict[str, Any]:
    """Return a definition of a CSV source of the test server; `over` replaces whole parts."""
    raw: dict[str, Any] = {
        "version": 1,
        "id": name,
        "kind": "csv",
        "organization": "dinkes",
        "client": {"base_url": source.url},
        "endpoint": {"path": "data.csv"},
        "polite": {"max_rps": 20},
        "schema": {"fields": COLUMNS},
        "dataset": {
            "name": f"{name}-data",
            "title": "Jumlah Kunjungan Puskesmas menurut Bulan",
            "notes": NOTES,
            "tags": ["kesehatan", "puskesmas", "kunjungan"],
            "fields": FIELDS,
            "period_column": "bulan",
            "key_columns": ["bulan", "puskesmas"],
        },
        "guard": {"internal_target": "uji"},
    }
    return raw | over


def shown(run_id: str) -> dict[str, Any]:
    """Return a run's row."""
    with model.meta.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT * FROM jambi_harvest_run WHERE id = :id"), {"id": run_id})
        return dict(found.mappings().one())


def count(table: str, where: str = "true") -> int:
    """Return how many rows a table has."""
    with model.meta.engine.connect() as connection:
        return connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE {where}"))
