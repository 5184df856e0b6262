"""How long the web server takes for a page of a portal with 10,000 datasets (web.md 1).

    .venv/bin/python benchmarks/pages.py [--size 10000] [--rounds 60]

The portal is that of the browser tests: the demonstration's datasets with their tables and promises. More
datasets are created by CKAN's action until there are so many. Pages are asked for in this process,
compression included and no network, warm: each page was asked for before, and what the portal keeps between
two requests it keeps here. Printed are milliseconds by the clock, those of them that this process computed,
and SQL statements a page. While others use the machine the clock measures them too: read the second figure
then. The exit status is 1 if a page misses its target by the clock. With JAMBI_TEST_DIR the data stays for
the next run.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests" / "e2e"), str(ROOT / "tests")]
from bars import Bars  # noqa: E402 - lies beside this file

WARM_UP = 3
GENERATED = 20
FIRST = 50
"""The first numbers may be the demonstration's own datasets, which count too."""
MODEL = "timbulan-sampah"
LINK = "https://data.example.go.id/salinan.csv"
KEPT = ("name", "format", "jenis_berkas", "kamus_data", "kolom_periode", "kolom_kunci", "tanggal_data")
OWN = ("id", "name", "title", "resources", "organization", "metadata_created", "metadata_modified", "url")
PORT = 5_123


@dataclass(frozen=True)
class Target:
    """A page, its addresses in turn, and the most milliseconds for 95 of 100."""

    name: str
    most_ms: float
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """What one page cost, request by request: seconds by the clock, seconds computed, statements."""

    clock: list[float]
    computed: list[float]
    statements: list[int]


def targets(size: int) -> list[Target]:
    """Return the pages to measure."""
    generated = [generated_name(number) for number in range(FIRST, size, max(size // GENERATED, 1))]
    datasets = ["tinggi-muka-air-batanghari", "harga-bahan-pokok", *generated]
    words = ("puskesmas", "kunjungan+pasien", "air", "jumlah", "harga+bahan+pokok", "sampah")
    return [
        Target("home", 40, ("/",)),
        Target("dataset", 60, tuple(f"/dataset/{name}" for name in datasets)),
        Target("search", 120, ("/dataset/", *(f"/dataset/?q={word}" for word in words))),
    ]


def main(size: int, rounds: int) -> int:
    """Make the portal, measure each page, print, and return the exit status."""
    app = filled(size)
    client, bars = app.test_client(), Bars()
    print(f"{'page':<10}{'p50':>8}{'p95':>8}{'computed p50':>14}{'p95':>8}{'statements':>12}  (ms)")
    found = {target: told(target.name, measured(client, target, rounds)) for target in targets(size)}
    for target, p95 in found.items():
        bars.at_most(f"{target.name}: milliseconds, p95", p95, target.most_ms)
    return bars.end()


def told(name: str, found: Measured) -> float:
    """Print what a page cost and return the 95th percentile by the clock, in milliseconds."""
    p95 = percentile_95(found.clock)
    clock = f"{median(found.clock) * 1e3:>8.1f}{p95:>8.1f}"
    computed = f"{median(found.computed) * 1e3:>14.1f}{percentile_95(found.computed):>8.1f}"
    print(f"{name:<10}{clock}{computed}{median(found.statements):>12.0f}", flush=True)
    return p95


def percentile_95(seconds: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return quantiles(seconds, n=20)[18] * 1e3


def filled(size: int) -> Any:
    """Return the application of the portal with its datasets."""
    import portal
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    import services

    kept = os.environ.get("JAMBI_TEST_DIR")
    folder = Path(kept or tempfile.mkdtemp(prefix="jambi-pages-"))
    os.environ["JAMBI_TEST_DIR"] = str(folder)
    if not kept:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ini = portal.write_ini(services.start(), folder, PORT)
    portal.prepare(ini)
    app = make_app(load_config(str(ini)))._wsgi_app
    with app.test_request_context():
        portal.fill(folder, datetime.now(UTC))
        if count() < size:
            generate(size)
        tidy()
    return app


def generate(size: int) -> None:
    """Create datasets by CKAN's action until there are so many, all like one of the demonstration's."""
    import ckan.plugins.toolkit as tk
    from acting import act

    began = time.monotonic()
    model = tk.get_action("package_show")({"ignore_auth": True}, {"id": MODEL})
    resources = [{"url": LINK, **{name: each.get(name) for name in KEPT}} for each in model["resources"]]
    plain = {name: value for name, value in model.items() if name not in OWN}
    for number in range(count(), size):
        title = f"{model['title']} {number:06d}"  # a plain 1900 would be taken for a year
        own = {"name": generated_name(number), "title": title, "resources": resources}
        act("package_create", **plain, **own)
    print(f"{size} datasets in {time.monotonic() - began:.0f} s", flush=True)


def tidy() -> None:
    """Do what happens by itself on a portal that runs: the clock's minute, autovacuum's round."""
    from ckan import model

    from ckanext.jambi.search import rebuilding

    rebuilding.compact()
    with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def generated_name(number: int) -> str:
    """Return the name of a generated dataset."""
    return f"salinan-{number:06d}"


def count() -> int:
    """Return how many datasets the portal has."""
    import ckan.plugins.toolkit as tk

    return int(tk.get_action("package_search")({"ignore_auth": True}, {"rows": 0})["count"])


def measured(client: Any, target: Target, rounds: int) -> Measured:
    """Ask for a page `rounds` times, its addresses in turn, and return what each request cost."""
    ask = asking(client, target.paths)
    for _ in range(WARM_UP * len(target.paths)):
        ask()
    found = Measured([], [], [])
    with statements() as counted:
        for _ in range(rounds):
            began, computed, before = time.perf_counter(), time.process_time(), len(counted)
            ask()
            found.clock.append(time.perf_counter() - began)
            found.computed.append(time.process_time() - computed)
            found.statements.append(len(counted) - before)
    return found


def asking(client: Any, paths: Sequence[str]) -> Callable[[], None]:
    """Return a function that asks for the next of the addresses.

    Raises:
        RuntimeError: by that function, if a page does not answer.
    """
    asked = iter(range(sys.maxsize))

    def ask() -> None:
        path = paths[next(asked) % len(paths)]
        answer = client.get(path, headers={"Accept-Encoding": "gzip"})
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}.")
        answer.get_data()

    return ask


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements of every engine of this process."""
    import sqlalchemy as sa

    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    options.add_argument("--size", type=int, default=10_000, help="generated datasets")
    options.add_argument("--rounds", type=int, default=60, help="requests for each page")
    sys.exit(main(**vars(options.parse_args())))
