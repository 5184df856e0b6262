"""The harvester beside stock ckanext-harvest 1.6.3: same data, same databases, same machine, one run.

    .venv/bin/python benchmarks/harvest.py [--size 2000] [--rows 20000] [--memory 100000]

Both read one CKAN site of so many datasets into one portal. Stock is ckanext-harvest's `ckan_harvester` with
`force_all`: gather, fetch and import of its own queue module in one process, without Redis, which favours
it. There is no Solr: what it writes is indexed by our PostgreSQL search engine, which favours it too
(`importer.md` measured 30 ms of Solr a dataset). The validation is the same for both. Times are of this
machine; what counts is the ratio.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))
from samples import AGENCY  # noqa: E402 - lies in tests/

PLUGINS = (
    "jambi_harvest jambi_freshness jambi_metadata jambi_search jambi scheming_datasets"
    " scheming_organizations harvest ckan_harvester datastore activity"
)
SMALL_TABLE, SMALL_TABLES = 500, 20


def main(size: int, rows: int, memory: int) -> None:
    """Measure and print."""
    app = _portal()
    with app.test_request_context():
        from measuring import cost_of

        bench = Bench(app, size)
        print(f"{size} datasets; ours | stock\n{'':34}{'ours':>12}{'stock':>12}{'ratio':>8}")
        for title, ours, stock in bench.harvests(cost_of):
            _compare(title, ours, stock, size)
        for title, ours, stock, count in bench.tables(cost_of, rows):
            _line(
                f"{title}, rows/s", count / ours.seconds, count / stock.seconds, ours.seconds / stock.seconds
            )
        bench.remote.size.value = memory
        held = cost_of(lambda: bench.compared("ours"))
        print(
            f"comparing {memory} records: peak {held.peak_mb:.0f} MB ({held.base_mb:.0f} MB before it began),"
        )
        print(f"    {held.seconds:.0f} s, {held.statements} statements")


def _compare(title: str, ours: Any, stock: Any, size: int) -> None:
    print(f"{title}: {ours.answer} | {stock.answer}")
    _line("  seconds", ours.seconds, stock.seconds, ours.seconds / stock.seconds)
    _line("  CPU seconds", ours.cpu, stock.cpu, ours.cpu / stock.cpu)
    _line("  CPU ms a dataset", ours.cpu / size * 1e3, stock.cpu / size * 1e3, ours.cpu / stock.cpu)
    _line("    of them PostgreSQL's", ours.postgres_cpu / size * 1e3, stock.postgres_cpu / size * 1e3, None)
    _line("  SQL statements", ours.statements, stock.statements, ours.statements / stock.statements)
    _line("  commits", ours.commits, stock.commits, ours.commits / stock.commits)


def _line(name: str, ours: float, stock: float, share: float | None) -> None:
    """Print one line; the ratio is how many times less ours costs."""
    ratio = "" if share is None else f"{1 / share:8.1f}"
    print(f"{name:<34}{ours:>12,.2f}{stock:>12,.2f}{ratio:>8}", flush=True)


def _portal() -> Any:
    """Return the application of an empty portal."""
    import services

    services.PLUGINS = PLUGINS
    ini = services.start()
    # Only a demonstration may read a source on loopback.
    stated = ini.read_text(encoding="utf-8")
    ini.write_text(stated.replace("testing = true", "ckanext.jambi.demo.enabled = true"), encoding="utf-8")
    ckan = [str(Path(sys.executable).with_name("ckan")), "-c", str(ini)]
    subprocess.run([*ckan, "db", "upgrade"], check=True, capture_output=True)
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    return make_app(load_config(str(ini)))._wsgi_app


class Bench:
    """The portal with an agency, a source of ours and one of stock's."""

    def __init__(self, app: Any, size: int) -> None:
        from remote_ckan import RemoteCkan

        self._app = app
        self.remote = RemoteCkan(size)
        self._organization = self._act("organization_create", **AGENCY)["id"]
        self._allow()
        self._ours, self._stock = self._our_source("ours"), self._stock_source()

    def harvests(self, cost_of: Callable[..., Any]) -> Iterator[tuple[str, Any, Any]]:
        """Harvest new datasets, the same again, and with one per cent changed."""
        for title in ("new", "unchanged", "1 % changed"):
            self.remote.churn.value += title.startswith("1 %")
            yield title, cost_of(self._run_ours), cost_of(self._run_stock)

    def tables(self, cost_of: Callable[..., Any], rows: int) -> Iterator[tuple[str, Any, Any, int]]:
        """Load small tables and one large one, by COPY and swap, and by the DataStore's actions."""
        small = SMALL_TABLES * SMALL_TABLE
        for title, number, each in (
            (f"{SMALL_TABLES} tables of {SMALL_TABLE}", SMALL_TABLES, SMALL_TABLE),
            (f"a table of {rows}", 1, rows),
        ):
            ours, theirs = self._resources(number), self._resources(number)
            yield (
                title,
                cost_of(lambda ours=ours, each=each: [_load(one, each) for one in ours]),
                cost_of(lambda theirs=theirs, each=each: [self._insert(one, each) for one in theirs]),
                small if number > 1 else rows,
            )

    def compared(self, prefix: str) -> Any:
        """Read the whole site and compare it with what is here, writing nothing."""
        from ckan import model

        from ckanext.jambi.harvest import preview
        from ckanext.jambi.harvest.model import source
        from jambi_harvesters import definition as definitions

        with model.meta.engine.connect() as connection:
            query = source.select().where(source.c.name == prefix)
            own = dict(connection.execute(query).mappings().one())
        wanted = definitions.parse(own["definition"], origin=own["origin"])
        return preview.dry_run(model.meta.engine, own, wanted, trusted=True)

    def _run_ours(self) -> str:
        from ckan import model

        from ckanext.jambi.harvest import queue
        from ckanext.jambi.harvest.worker import Worker

        with model.meta.engine.begin() as connection:
            run_id = queue.enqueue(connection, self._ours, "timer", mode="complete")
        Worker(self._app, owner="bench").run_next(run_id)
        with model.meta.engine.connect() as connection:
            query = "SELECT state, new, changed, unchanged, failed FROM jambi_harvest_run WHERE id = %s"
            state, *counts, failed = connection.exec_driver_sql(query, (run_id,)).one()
        _require(state in ("succeeded", "unchanged") and not failed, f"The run is {state}.")
        return f"{state} {dict(zip(('new', 'changed', 'unchanged'), counts, strict=True))}"

    def _run_stock(self) -> str:
        """Do what stock's consumers do with a job, in one process."""
        from collections import Counter

        from ckan import model
        from ckanext.harvest import queue
        from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

        job = HarvestJob(source=HarvestSource.get(self._stock), status="Running")
        job.save()
        job_id, harvester = job.id, queue.get_harvester("ckan")
        statuses: Counter[str] = Counter()
        for object_id in queue.gather_stage(harvester, job) or []:
            one = HarvestObject.get(object_id)
            queue.fetch_and_import_stages(harvester, one)
            statuses[one.report_status] += 1
            model.Session.remove()
        job = HarvestJob.get(job_id)
        job.status, job.finished = "Finished", job.gather_finished
        job.save()
        _require(not statuses["errored"], f"Stock could not import {statuses['errored']} datasets.")
        return str(dict(statuses))

    def _our_source(self, name: str) -> str:
        from ckan import model

        from ckanext.jambi.harvest import sources
        from jambi_harvesters import definition as definitions

        raw = {
            "version": 1,
            "id": name,
            "kind": "ckan",
            "organization": AGENCY["name"],
            "client": {"base_url": self.remote.url(name)},
            "endpoint": {"params": {"rows": 500}},
            "polite": {"max_rps": 20, "max_bytes": "50MB"},
            "dataset": {"fields": {"frekuensi": "bulanan"}},
            "guard": {"internal_target": "bench"},
        }
        context = {"ignore_auth": True, "user": self._user()}
        done = sources.apply(definitions.parse(raw), context, approve_by="bench")
        model.Session.remove()
        return done.source_id

    def _stock_source(self) -> str:
        made = self._act(
            "harvest_source_create",
            name="stock-source",
            title="Stock",
            url=self.remote.url("stock"),
            source_type="ckan",
            owner_org=self._organization,
            frequency="MANUAL",
            config=json.dumps({"force_all": True}),
        )
        return str(made["id"])

    def _allow(self) -> None:
        import sqlalchemy as sa
        from ckan import model

        from ckanext.jambi.harvest.model import target

        values = {"name": "bench", "host": "127.0.0.1", "cidr": "127.0.0.1/32", "port": self.remote.port}
        values |= {"path_prefix": "/", "reason": "benchmark", "created_by": "bench"}
        with model.meta.engine.begin() as connection:
            connection.execute(sa.insert(target).values(**values, created_at=sa.func.now()))

    def _resources(self, number: int) -> list[str]:
        made = self._act(
            "package_create",
            name=f"tabel-{uuid.uuid4().hex[:8]}",
            title="Tabel",
            owner_org=self._organization,
            private=True,
            resources=[
                {"url": f"https://data.example.go.id/{at}.csv", "name": f"{at}"} for at in range(number)
            ],
        )
        return [one["id"] for one in made["resources"]]

    def _insert(self, resource_id: str, rows: int) -> None:
        """Fill a table by `datastore_create` and `datastore_upsert`, 5,000 rows a call."""
        names = [name for name, _ in COLUMNS]
        fields = [{"id": name, "type": type_} for name, type_ in COLUMNS]
        action, more = "datastore_create", {"fields": fields}
        for chunk in _rows(rows, 5_000):
            records = [dict(zip(names, row, strict=True)) for row in chunk]
            self._act(action, resource_id=resource_id, records=records, force=True, **more)
            action, more = "datastore_upsert", {"method": "insert"}

    def _act(self, action: str, /, **data: Any) -> Any:
        import ckan.plugins.toolkit as tk
        from ckan import model

        done = tk.get_action(action)({"ignore_auth": True, "user": self._user()}, data)
        model.Session.remove()
        return done

    def _user(self) -> str:
        import ckan.plugins.toolkit as tk

        return str(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])


def _require(holds: bool, text: str) -> None:
    """Stop where a comparison would mean nothing."""
    if not holds:
        raise RuntimeError(text)


COLUMNS = (("bulan", "text"), ("puskesmas", "text"), ("kunjungan", "int8"), ("keterangan", "text"))


def _load(resource_id: str, rows: int) -> None:
    """Fill a table as a harvest does."""
    from ckanext.jambi.harvest import datastore
    from jambi_harvesters.record import Column

    types = {"text": "text", "int8": "integer"}
    columns = tuple(Column(name, types[type_], public=True) for name, type_ in COLUMNS)
    datastore.load(datastore.Load(uuid.uuid4(), resource_id, columns, whole=True), _rows(rows, 1_000))


def _rows(number: int, chunk: int) -> Iterator[list[list[Any]]]:
    for start in range(0, number, chunk):
        yield [
            [f"2026-{at % 12 + 1:02d}", f"Puskesmas {at}", at * 7, "Catatan harian petugas puskesmas"]
            for at in range(start, min(start + chunk, number))
        ]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    options.add_argument("--size", type=int, default=10_000, help="datasets of the site")
    options.add_argument("--rows", type=int, default=20_000, help="rows of the large table")
    options.add_argument("--memory", type=int, default=100_000, help="records of the memory test")
    main(**vars(options.parse_args()))
