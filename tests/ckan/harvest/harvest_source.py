"""A source that is a real HTTP server on loopback, and definitions that read it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from samples import FIELDS

PLUGINS = (
    "jambi_harvest jambi_freshness jambi_metadata jambi_search jambi"
    " scheming_datasets scheming_organizations harvest datastore activity"
)
OWN_HOST = "127.0.0.1"
NOTES = (
    "Jumlah kunjungan pasien ke puskesmas setiap bulan menurut puskesmas, dikumpulkan dari catatan harian."
)
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


class Handler(BaseHTTPRequestHandler):
    """Gives what the test laid down for the path, or behaves as it said."""

    server: Server

    def do_GET(self) -> None:
        self.server.source.asked.append(self.path)
        behave = self.server.source.behaviours.get(self.path.partition("?")[0])
        if behave:
            behave(self)
        else:
            self.give(self.server.source.answer_of(self.path))

    def do_HEAD(self) -> None:
        self.server.source.asked.append(f"HEAD {self.path}")
        self.give(self.server.source.answer_of(self.path.partition("?")[0]))

    def give(self, answer: Answer) -> None:
        """Send an answer, or 304 to a reader who knows its tag."""
        tag = answer.headers.get("ETag")
        if tag and self.headers.get("If-None-Match") == tag:
            answer = Answer(b"", 304, {"ETag": tag})
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Answers for one `Source`."""

    source: Source

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader that was killed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Source:
    """A real HTTP server on loopback whose answers a test sets."""

    def __init__(self, host: str = OWN_HOST) -> None:
        self.answers: dict[str, Answer] = {}
        self.behaviours: dict[str, Callable[[Handler], None]] = {}
        self.asked: list[str] = []
        self._server = Server((host, 0), Handler)
        self._server.source = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{OWN_HOST}:{self.port}"

    def answer_of(self, path: str) -> Answer:
        """Return what is laid down for a path with its query, or for the path alone."""
        known = path if path in self.answers else path.partition("?")[0]
        return self.answers.get(known, Answer(b"", 404))

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


def raw_catalogue(source: Source, **over: Any) -> dict[str, Any]:
    """Return a definition of a data.json catalogue: one dataset a record."""
    raw = raw_definition(source) | {
        "kind": "datajson",
        "endpoint": {"path": "data.json"},
        "dataset": {"title": "{title}", "fields": FIELDS, "tags": ["kesehatan", "puskesmas", "kunjungan"]},
    }
    del raw["schema"]
    return raw | over


def entry(identifier: str, **over: Any) -> dict[str, Any]:
    """Return one dataset of a data.json catalogue."""
    return {
        "identifier": identifier,
        "title": f"Dataset {identifier}",
        "description": f"{NOTES} Nomor {identifier}.",
        "keyword": ["kesehatan"],
        "accessLevel": "public",
        "modified": "2026-01-01",
        "distribution": [
            {
                "title": "Tautan",
                "downloadURL": f"https://data.example.go.id/{identifier}.csv",
                "format": "CSV",
            }
        ],
    } | over


def catalogue_of(entries: Iterable[dict[str, Any]], **headers: str) -> Answer:
    """Return the answer that lists these datasets."""
    listed = {"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": list(entries)}
    return Answer(json.dumps(listed).encode(), headers={"Content-Type": "application/json", **headers})


def site_context() -> dict[str, Any]:
    """Return a context that acts as the site's own user."""
    return {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}


def member_of(organization: str, role: str) -> str:
    """Make a user with a role in an organization and return the name."""
    name = factories.User()["name"]
    data = {"id": organization, "username": name, "role": role}
    tk.get_action("organization_member_create")(site_context(), data)
    return name


def catalogue_definition(source: Source) -> dict[str, Any]:
    """Return the definition of a data.json source at `/data.json`."""
    raw = raw_definition(source) | {
        "kind": "datajson",
        "endpoint": {"path": "data.json"},
        "dataset": {"title": "{title}", "fields": FIELDS, "tags": ["kesehatan", "puskesmas", "kunjungan"]},
    }
    del raw["schema"]
    return raw


def shown(run_id: str) -> dict[str, Any]:
    """Return a run's row."""
    with model.meta.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT * FROM jambi_harvest_run WHERE id = :id"), {"id": run_id})
        return dict(found.mappings().one())


def count(table: str, where: str = "true") -> int:
    """Return how many rows a table has."""
    with model.meta.engine.connect() as connection:
        return connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE {where}"))


def run_of(job_id: str) -> str:
    """Return the id of the run of a job."""
    with model.meta.engine.connect() as connection:
        query = sa.text("SELECT id FROM jambi_harvest_run WHERE job_id = :id")
        return str(connection.execute(query, {"id": job_id}).scalar_one())
