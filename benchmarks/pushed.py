"""How soon pushed and pinged changes are public: `benchmarks/pushed.py --data-dir DIR [--changes N]`.

DIR is that of a running portal (`jambi up --detach --history brief --data-dir DIR --port N`), made for this.
Two sources are made in it: one whose system pushes its rows, one that pings and is then read from a server of
this script. Each change is one cell of a table of a hundred rows, signed as a city system signs; printed is
after how many seconds `datastore_search` shows it, and how soon the door answered. Bars (HV31, HV33): p95 of
the change at most 10 s, p95 of a ping's answer at most 50 ms.
"""

from __future__ import annotations

import argparse
import configparser
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import quantiles
from typing import Any

import requests
import yaml
from bars import Bars

MODEL = Path(__file__).parents[1] / "config" / "sources" / "dinkes-kunjungan.yaml"
ADMIN = "admin-portal"
ROWS = 100
MOST_SECONDS = 120
LOOK_SECONDS = 0.1


class System(BaseHTTPRequestHandler):
    """The city system that pings: it answers with its rows."""

    rows: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        body = json.dumps(self.rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Portal:
    """A running portal: its address, its command, and the secret of the doors made here."""

    def __init__(self, data_dir: Path) -> None:
        self._ini = data_dir / "portal.ini"
        options = configparser.RawConfigParser(strict=False)
        options.read(self._ini)
        self.url = options["app:main"]["ckan.site_url"]
        self._secret = secrets.token_hex(16)
        self._session = requests.Session()
        self._session.trust_env = False

    def ckan(self, *words: str, given: str = "") -> None:
        """Run one of the portal's own commands."""
        ckan = Path(sys.executable).parent / "ckan"
        command = [str(ckan), "-c", str(self._ini), "jambi", *words]
        subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.DEVNULL)

    def await_worker(self) -> None:
        """Wait until a new portal has got its first data, and has its worker."""
        processes = self._ini.with_name("processes.json")
        while json.loads(processes.read_text(encoding="utf-8"))["phase"] != "running":
            time.sleep(1)

    def open_door(self, definition: dict[str, Any]) -> None:
        """Make an approved source and give its doors the secret."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{definition['id']}.yaml"
            path.write_text(yaml.safe_dump(definition, allow_unicode=True), encoding="utf-8")
            self.ckan("source", "apply", "--approve", folder)
        name = f"LIVE_{definition['id'].upper().replace('-', '_')}"
        self.ckan("secret", "set", definition["organization"], name, given=self._secret)

    def knock(self, path: str, body: bytes = b"", **headers: str) -> float:
        """Send a signed request and return the seconds until its answer."""
        timestamp = f"{time.time():.6f}"
        signed = hmac.new(self._secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
        stamp = {"X-Jambi-Timestamp": timestamp, "X-Jambi-Signature": f"sha256={signed.hexdigest()}"}
        began = time.monotonic()
        answer = self._session.post(self.url + path, data=body, headers=stamp | headers, timeout=30)
        answer.raise_for_status()
        return time.monotonic() - began

    def shows(self, dataset: str, value: int) -> bool:
        """Whether the table of a dataset holds the value."""
        try:
            [table] = self._asked("package_show", id=dataset)["resources"]
            found = self._asked("datastore_search", resource_id=table["id"], filters=f'{{"nilai": {value}}}')
        except requests.HTTPError:
            return False
        return bool(found["records"])

    def _asked(self, action: str, **given: str) -> Any:
        answer = self._session.get(f"{self.url}/api/3/action/{action}", params=given, timeout=30)
        answer.raise_for_status()
        return answer.json()["result"]


def definition(name: str, url: str, trigger: dict[str, Any]) -> dict[str, Any]:
    """Return the definition of a table of a hundred rows."""
    stated = yaml.safe_load(MODEL.read_text(encoding="utf-8"))
    column = {"label": "Bulan", "definition": "Bulan laporan", "concept": "Bulan", "public": True}
    fields = {
        "bulan": column | {"path": "bulan", "type": "date"},
        "tempat": column | {"path": "tempat", "type": "text", "label": "Tempat"},
        "nilai": column | {"path": "nilai", "type": "integer", "unit": "kunjungan", "label": "Nilai"},
    }
    dataset = stated["dataset"]
    own = {"name": f"{name}-data", "title": f"Jumlah Kunjungan Percobaan menurut Tempat ({name})"}
    keys = {"key_columns": ["bulan", "tempat"], "period_column": "bulan"}
    stated_fields = dataset["fields"] | {"klasifikasi": ["tempat"], "kode_referensi": []}
    kept = {"notes": dataset["notes"], "tags": dataset["tags"], "fields": stated_fields}
    return {
        "version": 1,
        "id": name,
        "kind": "rest_api",
        "organization": stated["organization"],
        "client": {"base_url": url, "paginator": {"type": "single_page"}},
        "endpoint": {"path": "data", "data_selector": "@"},
        "polite": {"max_rps": 20},
        "schema": {"fields": fields},
        "dataset": own | keys | kept,
        "guard": {"internal_target": "ukur"},
        "trigger": trigger,
    }


def rows(value: int) -> list[dict[str, Any]]:
    """Return the table with one cell of this value; a first value is none that follows."""
    return [
        {"bulan": "2026-07-01", "tempat": f"Tempat {at}", "nilai": value if at == 0 else at}
        for at in range(ROWS)
    ]


def measured(portal: Portal, dataset: str, change: Callable[[int], float], number: int) -> list[list[float]]:
    """Make changes one after the other; return the seconds of the answers and until each is public."""
    answers, arrivals = [], []
    for value in range(10_000, 10_000 + number):
        began = time.monotonic()
        answers.append(change(value))
        while not portal.shows(dataset, value):
            if time.monotonic() - began > MOST_SECONDS:
                raise RuntimeError(f"{dataset} did not change within {MOST_SECONDS} s.")
            time.sleep(LOOK_SECONDS)
        arrivals.append(time.monotonic() - began)
    return [answers[1:], arrivals[1:]]  # the first makes the dataset


def main() -> int:
    """Make the sources, send changes, watch the portal; return the exit status."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--changes", type=int, default=40)
    given = parser.parse_args()
    portal, bars = Portal(given.data_dir), Bars()
    portal.await_worker()
    system = ThreadingHTTPServer(("127.0.0.1", 0), System)
    threading.Thread(target=system.serve_forever, daemon=True).start()
    port = system.server_address[1]
    allowed = ("--host", "127.0.0.1", "--cidr", "127.0.0.1/32", "--port", str(port))
    portal.ckan("target", "add", "ukur", *allowed, "--reason", "Pengukuran kelambatan", "--user", ADMIN)
    url = f"http://127.0.0.1:{port}/"
    portal.open_door(definition("ukur-dorong", url, {"push": True}))
    portal.open_door(definition("ukur-ketuk", url, {"webhook": True, "every": "24h"}))

    def push(value: int) -> float:
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        body = json.dumps(rows(value)).encode()
        return portal.knock("/api/jambi/push/ukur-dorong?mode=complete", body, **headers)

    def ping(value: int) -> float:
        System.rows = rows(value)
        return portal.knock("/api/jambi/ping/ukur-ketuk")

    for title, name, change in (("push", "ukur-dorong", push), ("ping", "ukur-ketuk", ping)):
        answers, arrivals = measured(portal, f"{name}-data", change, given.changes + 1)
        print(f"{title}: {_spread(answers)} until the answer, {_spread(arrivals)} until it is public")
        bars.at_most(f"{title}: p95 seconds until it is public", _p95(arrivals), 10)
        if title == "ping":
            bars.at_most("ping: p95 ms until the answer", _p95(answers) * 1e3, 50)
    return bars.end()


def _spread(seconds: list[float]) -> str:
    return f"p50 {quantiles(seconds, n=20)[9]:.3f} s, p95 {_p95(seconds):.3f} s"


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[18]


if __name__ == "__main__":
    sys.exit(main())
