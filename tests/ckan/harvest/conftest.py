"""What the harvest tests share: our plugins, an agency, a source that is a real HTTP server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.harvest.model import HarvestSource

from ckanext.jambi.harvest import queue, sources
from ckanext.jambi.harvest.model import target
from ckanext.jambi.harvest.worker import Worker
from jambi_harvesters import definition as definitions

PLUGINS = (
    "jambi_harvest jambi_freshness jambi_metadata jambi_search jambi"
    " scheming_datasets scheming_organizations harvest datastore activity"
)
OWN_HOST = "127.0.0.1"
NOTES = "Jumlah kunjungan pasien ke puskesmas setiap bulan menurut puskesmas, dikumpulkan dari catatan harian."
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
    "bulan": {"path": "bulan", "type": "text", "public": True, "label": "Bulan", "definition": "Bulan layanan"},
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
                answer = outer.answers.get(self.path.partition("?")[0], Answer(b"", 404))
                tag = answer.headers.get("ETag")
                if tag and self.headers.get("If-None-Match") == tag:
                    answer = Answer(b"", 304, {"ETag": tag})
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((OWN_HOST, 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{OWN_HOST}:{self.port}"

    def csv(self, rows: int, path: str = "/data.csv", *, first: int = 0, add: int = 0, **headers: str) -> None:
        """Answer with a table of so many rows."""
        lines = ["bulan,puskesmas,kunjungan"]
        for at in range(first, first + rows):
            lines.append(f"2026-{at % 9 + 1:02d},Puskesmas {at},{at * 7 + add}")
        self.answers[path] = Answer("\n".join(lines).encode(), headers={"Content-Type": "text/csv", **headers})

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def server() -> Iterator[Source]:
    """Return one server for all tests."""
    source = Source()
    yield source
    source.close()


@pytest.fixture
def source(server: Source) -> Source:
    """Return the server with no answers yet."""
    server.answers.clear()
    server.asked.clear()
    return server


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


@pytest.fixture
def agency(with_plugins: None, clean_db: None) -> dict[str, Any]:
    """Return the organization that owns the test sources."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action("organization_create")(
        {"ignore_auth": True, "user": user},
        {
            "name": "dinkes",
            "title": "Dinas Kesehatan",
            "singkatan": "Dinkes",
            "jenis_opd": "dinas",
            "urusan": ["1.02"],
            "kepala_jabatan": "Kepala Dinas Kesehatan",
            "walidata_pendukung_jabatan": "Sekretaris Dinas Kesehatan",
            "surel": "dinkes@example.go.id",
            "telepon_kantor": "(0741) 123456",
            "alamat_kantor": "Jalan Contoh 1, Kota Jambi",
            "dasar_hukum": "Perda Contoh",
            "berlaku_mulai": "2020-01-01",
        },
    )


@pytest.fixture
def apply_source(agency: dict[str, Any], source: Source) -> Callable[..., str]:
    """Return a function that applies a definition and returns the source's id."""
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.insert(target).values(
                name="uji",
                host=OWN_HOST,
                cidr=f"{OWN_HOST}/32",
                port=source.port,
                path_prefix="/",
                reason="uji",
                created_by="uji",
                created_at=sa.func.now(),
            )
        )

    def apply(raw: dict[str, Any] | None = None, **over: Any) -> str:
        wanted = definitions.parse(raw or raw_definition(source, **over))
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        done = sources.apply(wanted, {"ignore_auth": True, "user": user})
        assert HarvestSource.get(done.source_id)
        model.Session.remove()
        return done.source_id

    return apply


@pytest.fixture
def harvest(app: Any) -> Callable[..., dict[str, Any]]:
    """Return a function that runs a source to its end and returns the run's row."""
    worker = Worker(app.flask_app, owner="uji")

    def run(source_id: str, **values: Any) -> dict[str, Any]:
        with model.meta.engine.begin() as connection:
            run_id = queue.enqueue(connection, source_id, values.pop("trigger", "timer"), **values)
        worker.run_next(run_id)
        return shown(run_id)

    return run


def shown(run_id: str) -> dict[str, Any]:
    """Return a run's row."""
    with model.meta.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT * FROM jambi_harvest_run WHERE id = :id"), {"id": run_id})
        return dict(found.mappings().one())


def count(table: str, where: str = "true") -> int:
    """Return how many rows a table has."""
    with model.meta.engine.connect() as connection:
        return connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE {where}"))
