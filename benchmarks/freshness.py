"""What the Indeks Kemutakhiran costs, and how it grows; fails when a target is missed.

    .venv/bin/python benchmarks/freshness.py [--sizes 10000:70 100000:70 100000:700] [--observations 70]

For each size (datasets:organizations) a portal of its own is filled (`freshness_catalogue.py`): every dataset
has an item of the Daftar Data, and was looked at so many times. Printed are seconds by the clock and of the
processor (work and PostgreSQL), and how many times the smallest size's; a target is held against the clock,
or with `--by cpu` against the processor, where a machine is shared. Of pieces that are done many times the
95th percentile is given. What has no target is printed as well, where people would ask for it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))

PLUGINS = (
    "jambi_freshness jambi_metadata jambi_search jambi scheming_datasets scheming_organizations datastore"
    " activity"
)
DEFAULT_SIZES = ("10000:70", "100000:70", "100000:700")
MANY = 1_000_000


@dataclass(frozen=True)
class Result:
    """One line of the table for one size; `target` None where none was set."""

    title: str
    clock: float
    cpu: float
    unit: str = "s"
    target: float | None = None
    at_least: bool = False

    def value(self, by: str) -> float:
        """Return what is held against the target."""
        return self.cpu if by == "cpu" else self.clock

    def missed(self, by: str) -> bool:
        """Whether the target was missed."""
        if self.target is None:
            return False
        found = self.value(by)
        return found < self.target if self.at_least else found > self.target


def main() -> int:
    """Measure each size in a process and a portal of its own, print the table; 1 if a target was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", default=DEFAULT_SIZES, metavar="DATASETS:ORGANIZATIONS")
    parser.add_argument("--observations", type=int, default=70, help="of each dataset")
    parser.add_argument(
        "--by", choices=["clock", "cpu"], default="clock", help="what targets are held against"
    )
    parser.add_argument(
        "--rows", type=int, default=MANY, help="of the file that is verified and the hashed table"
    )
    given = parser.parse_args()
    columns = {size: _in_child(size, given) for size in given.sizes}
    return _print(columns, given.by)


def _in_child(size: str, given: argparse.Namespace) -> list[Result]:
    import multiprocessing

    with tempfile.TemporaryDirectory(prefix="jambi-bench-") as folder:
        os.environ.pop("JAMBI_TEST_DIR", None)
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            return pool.apply(measured, (size, given.observations, given.rows, folder))


def measured(size: str, observations: int, rows: int, folder: str) -> list[Result]:
    """Return the results of one size."""
    datasets, organizations = map(int, size.split(":"))
    app = _portal()
    with app.test_request_context():
        from freshness_catalogue import Size

        bench = Bench(Size(datasets, organizations, observations), rows, Path(folder))
        found = []
        for each in bench.results():
            print(f"{size}  {each.title}: {each.clock:.3f} {each.unit}, cpu {each.cpu:.3f}", flush=True)
            found.append(each)
        return found


def _portal() -> Any:
    """Return the application of an empty portal."""
    import services

    services.PLUGINS = PLUGINS
    ini = services.start()
    ckan = [str(Path(sys.executable).with_name("ckan")), "-c", str(ini)]
    subprocess.run([*ckan, "db", "upgrade"], check=True, capture_output=True)
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    return make_app(load_config(str(ini)))._wsgi_app


class Bench:
    """One portal with its catalogue."""

    def __init__(self, size: Any, rows: int, folder: Path) -> None:
        from freshness_catalogue import NOW

        from ckanext.jambi import clock

        self._size, self._rows, self._folder = size, rows, folder
        self._clock_file = folder / "clock.json"
        self._now = NOW
        clock.set_to(self._clock_file, NOW)
        clock.use(self._clock_file)

    def results(self) -> Iterator[Result]:
        """Do each piece once, or often, and yield what it cost."""
        yield self._made()
        yield from self._ticks()
        yield from self._appended()
        yield from self._read()
        yield from self._files()

    def _made(self) -> Result:
        import freshness_catalogue

        from ckanext.jambi.freshness.promises import adopting

        for name in ("policy/v1.yaml", "calendar/v1.yaml"):
            self._go(-freshness_catalogue.PAST.days - 1)
            adopting.adopt(ROOT / "config" / name)
        seconds, cpu, _ = _cost(lambda: freshness_catalogue.make(self._size))
        self._go(0)
        return Result(f"making {self._size.rows} observations", seconds, cpu)

    def _ticks(self) -> Iterator[Result]:
        from ckanext.jambi.freshness.promises import ticking

        yield _timed("first tick: everything judged", ticking.keep_up)
        self._go(0, minutes=1)
        yield _timed("tick, nothing new", ticking.keep_up, target=1.0)
        for n in range(1, 4):
            self._observe(100, f"tick-{n}")
            self._go(0, minutes=1 + n)
            last = _timed("tick, 100 datasets with new content", ticking.keep_up, target=1.0)
        yield last
        self._go(1)
        yield _timed("tick after midnight: all judged anew", ticking.keep_up)

    def _appended(self) -> Iterator[Result]:
        seconds, cpu, _ = _cost(lambda: [self._observe(100, f"append-{n}") for n in range(30)])
        yield Result("append, rows/s", 3_000 / seconds, 3_000 / cpu, "rows/s", 500, at_least=True)

    def _read(self) -> Iterator[Result]:
        import ckan.plugins.toolkit as tk
        from freshness_catalogue import name

        def board() -> Any:
            return tk.get_action("jambi_freshness_leaderboard_list")({}, {})

        opd = {"organization_id": name("opd", 1)}
        yield _timed("leaderboard, first in a process", board)
        yield _often("leaderboard, p95", board, 50, target=0.050)
        show = tk.get_action("jambi_freshness_show")
        ids = iter(range(self._size.datasets))
        yield _often("badge of a dataset, p95", lambda: show({}, {"id": name("set", next(ids))}), 50)
        yield _timed(
            "page of an OPD",
            lambda: tk.get_action("jambi_freshness_organization_show")({}, {"id": name("opd", 1)}),
        )
        context = {"ignore_auth": True}
        shortcut = tk.get_action("jambi_freshness_shortcut_show")
        yield _timed("fewest steps to the next band", lambda: shortcut(dict(context), dict(opd)), target=0.2)

    def _files(self) -> Iterator[Result]:
        from datetime import timedelta

        import ckan.plugins.toolkit as tk

        then = (self._now - timedelta(days=100)).isoformat()
        as_of = tk.get_action("jambi_freshness_as_of_show")
        yield _timed("as-of replay, all datasets", lambda: as_of({}, {"as_of": then}), target=5.0)
        yield _timed("report of an OPD, four formats", self._report, target=30.0)
        rows = self._export()
        seconds, cpu, ok = _cost(self._verify)
        if not ok:
            raise RuntimeError("The log does not verify.")
        share = MANY / rows
        yield Result(f"verify, for 10^6 rows (of {rows})", seconds * share, cpu * share, target=10.0)
        self._table()
        share = MANY / self._rows
        seconds, cpu, _ = _cost(self._hash)
        yield Result(
            f"hash of 10^6 DataStore rows (of {self._rows})", seconds * share, cpu * share, target=10.0
        )

    def _go(self, days: int, minutes: int = 0) -> None:
        from datetime import timedelta

        from ckanext.jambi import clock

        clock.set_to(self._clock_file, self._now + timedelta(days=days, minutes=minutes))
        clock.use(self._clock_file)

    def _observe(self, count: int, word: str) -> None:
        """Bring new content of so many datasets, those of the last weeks first."""
        from ckan import model
        from freshness_catalogue import name

        from ckanext.jambi import clock
        from ckanext.jambi.freshness import evidence

        made = [
            evidence.Observation(
                kind="harvest_ok",
                package_id=name("set", 10 * n + 1),
                content_hash=f"{word}-{n}".encode().hex().ljust(64, "0"),
                hash_method="rows-v1",
                period_end=clock.today().date(),
                valid_at=clock.now(),
            )
            for n in range(count)
        ]
        evidence.observe(made)
        model.Session.commit()

    def _report(self) -> None:
        from freshness_catalogue import name

        from ckanext.jambi import clock
        from ckanext.jambi.freshness.promises import quarters
        from ckanext.jambi.freshness.reports import files, making

        made = making.make(name("opd", 1), quarters.interval("2026-Q3"), clock.now())
        if made is None:
            raise RuntimeError("No rules were in force.")
        for form in files.FORMATS:
            files.written(made, form)

    def _export(self) -> int:
        from itertools import islice

        from ckanext.jambi.freshness import ledger

        lines = list(islice(ledger.export(), self._rows))
        (self._folder / "log.txt").write_bytes(b"".join(lines))
        return len(lines)

    def _verify(self) -> bool:
        from ckanext.jambi.freshness.rules import chain

        with (self._folder / "log.txt").open("rb") as file:
            return chain.verify(file).ok

    def _table(self) -> None:
        from ckanext.datastore.backend.postgres import get_write_engine

        with get_write_engine().begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE \"bench\" AS SELECT n AS _id, 'kelurahan ' || n %% 68 AS wilayah,"
                " DATE '2026-01-01' + n %% 300 AS tanggal, n %% 977 AS jumlah, n * 0.25 AS nilai"
                f" FROM generate_series(1, {self._rows}) AS n"
            )
            connection.exec_driver_sql('GRANT SELECT ON "bench" TO datastore_ro')

    def _hash(self) -> Any:
        from ckanext.jambi.freshness import content

        resource = {"kamus_data": [{"nama": "tanggal", "tipe": "tanggal"}], "kolom_periode": "tanggal"}
        found = content.of_datastore("bench", content.Declared.of(resource))
        if found is None or found.rows != self._rows:
            raise RuntimeError("The table was not measured.")
        return found


def _cost(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds by the clock and of the processor, and the answer."""
    import psutil
    from measuring import _own_cpu, _postmaster, _server_cpu

    server, process = _postmaster(), psutil.Process()
    own, theirs, begun = _own_cpu(process), _server_cpu(server), time.monotonic()
    answer = work()
    seconds = time.monotonic() - begun
    return seconds, _own_cpu(process) - own + _server_cpu(server) - theirs, answer


def _timed(title: str, work: Callable[[], Any], target: float | None = None) -> Result:
    seconds, cpu, _ = _cost(work)
    return Result(title, seconds, cpu, target=target)


def _often(title: str, work: Callable[[], Any], times: int, target: float | None = None) -> Result:
    """Return the 95th percentile by the clock, and the mean of the processor, in seconds."""
    each: list[float] = []

    def all_of_it() -> None:
        for _ in range(times):
            begun = time.monotonic()
            work()
            each.append(time.monotonic() - begun)

    _, cpu, _ = _cost(all_of_it)
    return Result(title, quantiles(each, n=20)[18], cpu / times, target=target)


def _print(columns: dict[str, list[Result]], by: str) -> int:
    sizes = list(columns)
    print(f"\n{'':44}" + "".join(f"{size:>26}" for size in sizes) + f"{'target':>12}")
    missed = False
    for lines in zip(*columns.values(), strict=True):
        first = lines[0]
        cells = "".join(_cell(each, first, by) for each in lines)
        bad = any(each.missed(by) for each in lines)
        missed = missed or bad
        target = "" if first.target is None else f"{'>=' if first.at_least else '<='} {first.target:g}"
        print(f"{first.title.split(' (of')[0]:44}{cells}{target:>12}{'  MISSED' if bad else ''}")
    print(f"Targets are held against the {by}.")
    return int(missed)


def _cell(each: Result, first: Result, by: str) -> str:
    growth = "" if each is first else f" x{each.value(by) / max(first.value(by), 1e-9):.1f}"
    return f"{each.clock:9.3f} ({each.cpu:.3f}){growth}".rjust(26)


if __name__ == "__main__":
    sys.exit(main())
