"""The harvester beside stock CKAN and ckanext-harvest 1.6.3 with real Solr, on one PostgreSQL, in one run.

    .venv/bin/python benchmarks/harvest.py [--size 10000] [--stock-size 500] [--rows 20000] [--memory 100000]

Both read one CKAN site of so many datasets (two resources, five tags, 3 kB) through the same dataset type.
Stock is ckanext-harvest's `ckan_harvester` with `force_all`, gather, fetch and import of its own queue module
in one process and without Redis, which favours it; it indexes through CKAN's own search code in Solr 9. Ours
is indexed in PostgreSQL. Processor time counts the process, PostgreSQL and, for stock, Solr's JVM, after both
have harvested another site to be warm. Stock takes hours for ten thousand datasets: with `--stock-size` it
reads only the first so many of them, and ratios are those of what a dataset costs, which favours stock, whose
tables and index are then the smaller ones. Needs java and mvn; without them it says so and compares nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import portals  # noqa: E402 - lies beside this file
import solr_server  # noqa: E402 - lies in tests/
from bars import Bars  # noqa: E402
from remote_ckan import RemoteCkan  # noqa: E402

WARM = 100
FULL = 10_000
FIELDS = {
    "seconds": "seconds",
    "CPU seconds": "cpu",
    "  of them the process": "work_cpu",
    "  of them PostgreSQL": "postgres_cpu",
    "  of them Solr": "engine_cpu",
    "SQL statements": "statements",
    "commits": "commits",
}


def main(size: int, stock_size: int | None, rows: int, memory: int) -> int:
    """Measure, print and judge; return the exit status."""
    if missing := solr_server.missing():
        print(f"SKIPPED: no {missing} on this machine, which real Solr needs.")
        return 0
    bars = Bars()
    with solr_server.running() as solr:
        settings, stock_settings = portals.settings(solr.url)
        ours = portals.Side(settings, "ours")
        stock = portals.Side(stock_settings, "stock", solr.pid)
        bench = Bench(ours, stock, bars, (size, stock_size or size))
        bench.harvests()
        stock.end()
        bench.tables(rows)
        ours.end()
        fresh = portals.Side(settings, "ours")
        bench.memory(fresh, memory)
        fresh.end()
    return bars.end()


class Bench:
    """Two portals, an agency, and a site of which each reads so many datasets."""

    def __init__(self, ours: portals.Side, stock: portals.Side, bars: Bars, sizes: tuple[int, int]) -> None:
        self._ours, self._stock, self._bars = ours, stock, bars
        self._size, self._stock_size = sizes
        self._remote = RemoteCkan(WARM)
        self._organization = ours.done("agency", self._remote.port)

    def harvests(self) -> None:
        """Harvest new datasets, the same again, and with one per cent changed; ours and stock by turns."""
        for side, name in ((self._ours, "hangat-kita"), (self._stock, "hangat-stok")):
            side.done("harvest", self._source(side, name))
        sources = self._source(self._ours, "ours"), self._source(self._stock, "stock")
        new = self._both("new", *sources)
        unchanged = self._both("unchanged", *sources)
        self._remote.churn.value += 1
        churn = self._both("1 % changed", *sources)
        print(f"datasets that Solr finds: {self._stock.done('found')}\n")
        self._judge(new, unchanged, churn)

    def _judge(self, new: Any, unchanged: Any, churn: Any) -> None:
        self._bars.at_least("new: times less CPU than stock", self._times(*new), 3.5)
        own_commits = max(new[0].commits - unchanged[0].commits, 0)
        self._bars.at_most("new: commits a dataset, an empty run's left out", own_commits / self._size, 0.05)
        self._bars.at_least("unchanged: times less CPU than force_all", self._times(*unchanged), 50)
        self._bars.at_most("unchanged: SQL statements", unchanged[0].statements, 100)
        if self._size >= FULL:
            self._bars.at_most("unchanged: seconds", unchanged[0].seconds, 5)
        for table, rows in unchanged[2].items():
            self._bars.at_most(f"unchanged: rows written to {table}", rows, 0)
        self._bars.at_least("1 % changed: times less CPU than force_all", self._times(*churn), 50)

    def tables(self, rows: int) -> None:
        """Load small tables and one large one, by COPY and swap, and by the DataStore's actions."""
        for number, each in ((20, 500), (1, rows)):
            mine, theirs = (self._ours.done("resources", number, self._organization) for _ in range(2))
            ours, stock = self._ours.cost("load", mine, each), self._ours.cost("insert", theirs, each)
            speeds = " | ".join(f"{number * each / one.seconds:,.0f} rows/s" for one in (ours, stock))
            print(f"\n{number} x {each} rows: {speeds}")
            self._bars.at_least(f"{number} x {each} rows: times faster", stock.seconds / ours.seconds, 6)

    def memory(self, fresh: portals.Side, records: int) -> None:
        """Compare a whole site with what is here, in a process that has done nothing else."""
        self._remote.size.value = records
        held = fresh.cost("compare", "ours")
        print(f"\n{records} records compared: {held.seconds:.0f} s, {held.statements} statements,")
        print(f"    peak {held.peak_mb:.0f} MB, {held.base_mb:.0f} MB before")
        self._bars.at_most(f"{records} records compared: peak MB", held.peak_mb, 200)

    def _source(self, side: portals.Side, name: str) -> str:
        given = (self._organization,) if side is self._stock else ()
        return str(side.done("source", name, self._remote.url(name), *given))

    def _both(self, title: str, mine: str, theirs: str) -> tuple[Any, Any, dict[str, int]]:
        """Harvest by both; return what it cost ours and stock, and the rows that ours wrote."""
        self._remote.size.value, mark = self._size, self._ours.done("mark")
        ours = self._ours.cost("harvest", mine)
        written = self._ours.done("written_since", mark)
        self._remote.size.value = self._stock_size
        stock = self._stock.cost("harvest", theirs)
        print(f"{title}: {ours.answer} | {stock.answer}")
        print(f"{'':34}{'ours':>12}{'stock':>12}   ratio a dataset")
        print(f"{'datasets':<34}{self._size:>12,}{self._stock_size:>12,}")
        for name, field in FIELDS.items():
            self._line(name, getattr(ours, field), getattr(stock, field))
        print(
            f"{'CPU ms a dataset':<34}{_ms(ours, self._size):>12,.2f}{_ms(stock, self._stock_size):>12,.2f}\n"
        )
        return ours, stock, written

    def _times(self, ours: Any, stock: Any, _: Any) -> float:
        return _ms(stock, self._stock_size) / _ms(ours, self._size)

    def _line(self, name: str, ours: float, stock: float) -> None:
        """Print one line; the ratio is how many times less ours costs for each of its datasets."""
        ratio = f"{stock / self._stock_size / (ours / self._size):9.1f}" if ours else ""
        print(f"{name:<34}{ours:>12,.2f}{stock:>12,.2f}{ratio}", flush=True)


def _ms(cost: Any, size: int) -> float:
    return float(cost.cpu / size * 1e3)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    options.add_argument("--size", type=int, default=300, help="datasets of the site")
    options.add_argument("--stock-size", type=int, help="how many of them stock reads (default: all)")
    options.add_argument("--rows", type=int, default=20_000, help="rows of the large table")
    options.add_argument("--memory", type=int, default=100_000, help="records of the memory test")
    sys.exit(main(**vars(options.parse_args())))
