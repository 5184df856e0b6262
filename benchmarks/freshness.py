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
import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
import freshness_results as results  # noqa: E402 - lies beside this file

PLUGINS = (
    "jambi_freshness jambi_metadata jambi_search jambi scheming_datasets scheming_organizations datastore"
    " activity"
)
DEFAULT_SIZES = ("10000:70", "100000:70", "100000:700")
MANY = 1_000_000
SEARCHED = 1_000
"""Of so many datasets search rows are written at most: CKAN gives one in some ten milliseconds."""


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
    return results.printed(columns, given.by)


def _in_child(size: str, given: argparse.Namespace) -> list[results.Result]:
    import multiprocessing

    with tempfile.TemporaryDirectory(prefix="jambi-bench-") as folder:
        os.environ.pop("JAMBI_TEST_DIR", None)
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            return pool.apply(measured, (size, given.observations, given.rows, folder))


def measured(size: str, observations: int, rows: int, folder: str) -> list[results.Result]:
    """Return the results of one size."""
    datasets, organizations = map(int, size.split(":"))
    app = _portal()
    with app.test_request_context():
        from freshness_catalogue import Size

        bench = Bench(Size(datasets, organizations, observations), rows, Path(folder))
        found = []
        for each in bench.pieces():
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

    app = make_app(load_config(str(ini)))._wsgi_app
    gc.freeze()  # as the web server does
    return app


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

    def pieces(self) -> Iterator[results.Result]:
        """Do each piece once, or often, and yield what it cost."""
        yield self._made()
        yield from self._ticks()
        yield from self._turned()
        yield from self._appended()
        yield from self._read()
        yield from self._files()
        yield from self._linked()

    def _made(self) -> results.Result:
        import freshness_catalogue

        from ckanext.jambi.freshness.promises import adopting

        for name in ("policy/v1.yaml", "calendar/v1.yaml"):
            self._go(-freshness_catalogue.PAST.days - 1)
            adopting.adopt(ROOT / "config" / name)
        seconds, cpu, _ = results.cost(lambda: freshness_catalogue.make(self._size))
        self._go(0)
        return results.Result(f"making {self._size.rows} observations", seconds, cpu)

    def _ticks(self) -> Iterator[results.Result]:
        from ckanext.jambi import clock
        from ckanext.jambi.freshness.promises import ticking

        with self._no_search_rows():
            yield results.timed("first tick: everything judged", ticking.keep_up)
        yield results.timed(f"search rows of {SEARCHED} datasets", self._index)
        self._pass_a_minute()
        yield results.timed("tick, nothing new", ticking.keep_up, target=1.0)
        ticks = []
        for n in range(1, 4):
            self._observe(100, f"tick-{n}")
            self._pass_a_minute()
            title = "tick, 100 datasets with new content, slowest of 3"
            ticks.append(results.timed(title, ticking.keep_up, target=1.0))
        yield max(ticks, key=lambda each: each.clock)
        self._go(1)
        yield results.timed("tick after midnight: all judged anew", ticking.keep_up)
        yield results.timed("figures of the day before kept", lambda: self._keep_day(clock.now()))

    @contextmanager
    def _no_search_rows(self) -> Iterator[None]:
        """Leave search rows away: those of a portal are made with its datasets, at a cost of CKAN's own."""
        from ckanext.jambi.freshness.promises import datasets

        written, datasets.index = datasets.index, list
        yield
        datasets.index = written

    def _index(self) -> None:
        """Write the search rows of the datasets that bring content below, and of those whose state turns."""
        from ckan import model
        from freshness_catalogue import name

        from ckanext.jambi.freshness.promises import datasets

        self._turning_at, turning = self._next_turn()
        delivered = [name("set", n) for n in range(1, self._size.datasets, 10)]
        datasets.index([*dict.fromkeys([*turning, *delivered])][:SEARCHED])
        model.Session.commit()

    def _next_turn(self) -> tuple[datetime, list[str]]:
        """Return when datasets become overdue next, beyond a day, and which."""
        import sqlalchemy as sa
        from ckan import model

        from ckanext.jambi.freshness.model import state

        overdue_at = state.c.overdue_at
        after = sa.select(sa.func.min(overdue_at)).where(overdue_at > self._now + timedelta(days=2))
        at: datetime = model.Session.execute(after).scalar_one()
        query = sa.select(state.c.package_id).where(overdue_at == at).order_by(state.c.package_id)
        return at, list(model.Session.scalars(query.limit(SEARCHED // 2)))

    def _turned(self) -> Iterator[results.Result]:
        """Let the clock pass a deadline: search and badge say so at once, and nothing was written."""
        import ckan.plugins.toolkit as tk

        search, show = tk.get_action("package_search"), tk.get_action("jambi_freshness_show")
        asked = {"fq": 'kemutakhiran:"overdue"', "rows": 1_000, "fl": "id"}
        self._at(self._turning_at - timedelta(minutes=1))
        rows, before = self._search_rows(), {each["id"] for each in search({}, dict(asked))["results"]}
        self._at(self._turning_at)

        def seen() -> set[str]:
            turned = {each["id"] for each in search({}, dict(asked))["results"]} - before
            if not turned or show({}, {"id": min(turned)})["state"] != "overdue":
                raise RuntimeError("No state turned.")
            return turned

        yield results.timed("state change seen in search and badge", seen, target=60.0)
        changed = self._search_rows() ^ rows
        yield results.Result("search rows written by it", len(changed), len(changed), "rows", 0)
        self._go(1)

    def _search_rows(self) -> set[tuple[Any, ...]]:
        """Return every search row by its id and the transaction that wrote it last."""
        from ckan import model

        query = "SELECT docno, xmin::text FROM jambi_search_doc"
        return {tuple(row) for row in model.Session.connection().exec_driver_sql(query)}

    def _at(self, instant: datetime) -> None:
        from ckanext.jambi import clock

        clock.set_to(self._clock_file, instant)
        clock.use(self._clock_file)

    def _linked(self) -> Iterator[results.Result]:
        """Simulate a year of looks at linked files."""
        import freshness_links

        for who, servers, target in (
            ("servers that tell", freshness_links.TELLING, 95.0),
            ("others", freshness_links.OTHERS, None),
        ):
            found = freshness_links.simulate(servers)
            title = f"looks without a body, {who}"
            yield results.Result(title, found.share, found.share, "%", target, at_least=True)
            share = found.share_of_all
            yield results.Result(f"{title}, new content too", share, share, "%", at_least=True)

    def _appended(self) -> Iterator[results.Result]:
        seconds, cpu, _ = results.cost(lambda: [self._observe(100, f"append-{n}") for n in range(30)])
        yield results.Result("append, rows/s", 3_000 / seconds, 3_000 / cpu, "rows/s", 500, at_least=True)

    def _read(self) -> Iterator[results.Result]:
        import ckan.plugins.toolkit as tk
        from freshness_catalogue import name

        def board() -> Any:
            return tk.get_action("jambi_freshness_leaderboard_list")({}, {})

        yield results.timed("board reckoned by the duty", self._keep_board)
        yield results.timed("leaderboard, first in a process", board)
        yield results.often("leaderboard, p95", board, 50, target=0.050)
        show = tk.get_action("jambi_freshness_show")
        ids = iter(range(self._size.datasets))
        yield results.often("badge of a dataset, p95", lambda: show({}, {"id": name("set", next(ids))}), 50)
        page = tk.get_action("jambi_freshness_organization_show")
        yield results.timed("page of an OPD", lambda: page({}, {"id": name("opd", 1)}))
        for title, action in (
            ("fewest steps", "jambi_freshness_shortcut_show"),
            ("to-do list", "jambi_freshness_todo_list"),
        ):
            self._pass_a_minute()  # what pages of a minute have read they share
            ask = self._asking(action)
            yield results.timed(f"{title}, first in a process", ask)
            yield results.often(f"{title}, p95", ask, 20, target=0.2)

    def _asking(self, action: str) -> Callable[[], Any]:
        """Return what asks for one OPD after another."""
        import ckan.plugins.toolkit as tk
        from freshness_catalogue import name

        ask, opds = tk.get_action(action), cycle(range(self._size.organizations))
        return lambda: ask({"ignore_auth": True}, {"organization_id": name("opd", next(opds))})

    def _files(self) -> Iterator[results.Result]:
        import ckan.plugins.toolkit as tk

        from ckanext.jambi.freshness.promises import quarters

        then = self._now - timedelta(days=100)
        iso = then.isoformat()
        quarter = quarters.interval("2026-Q3")
        for instant in (then, quarter.start, quarter.end):
            self._keep_day(instant)
        as_of = tk.get_action("jambi_freshness_as_of_show")
        yield results.timed("as-of replay, all datasets", lambda: as_of({}, {"as_of": iso}), target=5.0)
        yield results.timed("report of an OPD, four formats", self._report, target=30.0)
        rows = self._export()
        seconds, cpu, ok = results.cost(self._verify)
        if not ok:
            raise RuntimeError("The log does not verify.")
        share = MANY / rows
        yield results.Result(f"verify, for 10^6 rows (of {rows})", seconds * share, cpu * share, target=10.0)
        self._table()
        share = MANY / self._rows
        seconds, cpu, _ = results.cost(self._hash)
        yield results.Result(
            f"hash of 10^6 DataStore rows (of {self._rows})", seconds * share, cpu * share, target=10.0
        )

    def _go(self, days: int) -> None:
        self._at(self._now + timedelta(days=days))

    def _pass_a_minute(self) -> None:
        """Let a minute pass: the clock is never set back, or the log would tell of a time to come."""
        from ckanext.jambi import clock

        self._at(clock.now() + timedelta(minutes=1))

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

    def _keep_board(self) -> None:
        from ckan import model

        from ckanext.jambi import clock
        from ckanext.jambi.freshness.promises import scoreboard

        scoreboard.keep(clock.now())
        model.Session.commit()

    def _keep_day(self, instant: datetime) -> None:
        """Keep the figures of the midnight before an instant, from which answers as of it begin."""
        from ckan import model

        from ckanext.jambi.freshness.promises import ticking
        from ckanext.jambi.working_days import ONE_DAY, civil_day

        ticking.write_day(civil_day(instant) - ONE_DAY)
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


if __name__ == "__main__":
    sys.exit(main())
