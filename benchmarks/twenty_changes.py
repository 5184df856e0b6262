"""How soon changes of the demo city are public: `benchmarks/twenty_changes.py --data-dir DIR [--changes N]`.

DIR is that of a running portal (`jambi up --detach --history brief --data-dir DIR`), made for this: its
sources are applied anew with a poll each minute. One row in each of the first N datasets is corrected at
once; printed is after how many seconds each is new in the public API, and on the dataset's page, whose
history then shows another entry.

A dataset that moves by itself cannot tell which change arrived. It is marked, and the percentiles leave it
out: data promised more than once a day, and whatever changed while nothing was corrected.
"""

from __future__ import annotations

import argparse
import configparser
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

import requests

from ckanext.jambi import frequency

SOURCES = Path(__file__).parents[1] / "config" / "sources"
SETTLE_SECONDS = 70
MOST_SECONDS = 180
PAST = ("starting", "filling", "replaying")
DAY = timedelta(days=1)
TRIGGER = re.compile(r"^trigger: .*$", re.MULTILINE)
HISTORY = re.compile(r'<section[^>]*aria-labelledby="riwayat".*?</table>', re.DOTALL)


@dataclass(frozen=True)
class Known:
    """What the API says of a dataset: its stamp, and whether its data is promised more than once a day."""

    stamp: str
    moves: bool


@dataclass
class Arrived:
    """After how many seconds each change was seen, by the dataset's name."""

    in_api: dict[str, float] = field(default_factory=dict)
    on_page: dict[str, float] = field(default_factory=dict)


def main() -> int:
    """Apply the sources, change the city, watch the portal; return 1 if a change did not arrive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--changes", type=int, default=25)
    given = parser.parse_args()
    portal, city = _addresses(given.data_dir / "portal.ini")
    _await_the_present(given.data_dir)
    _poll_each_minute(given.data_dir / "portal.ini")
    time.sleep(SETTLE_SECONDS)
    earlier = _datasets(portal)
    time.sleep(SETTLE_SECONDS)
    before = _datasets(portal)
    moving = {name for name, one in before.items() if one.moves or one != earlier.get(name)}
    pages = {name: _history(portal, name) for name in before}
    answer = requests.post(f"{city}/_kendali/ubah", params={"n": given.changes}, timeout=30)
    answer.raise_for_status()
    changed = set(answer.json()["berubah"])
    arrived = _watch(portal, before, pages, changed)
    _print(arrived, moving)
    if missing := sorted(changed - arrived.on_page.keys()):
        print(f"not there after {MOST_SECONDS} s: {', '.join(missing)}")
    return int(len(arrived.on_page) < len(changed))


def _addresses(ini: Path) -> tuple[str, str]:
    """Return the addresses of the portal and of the demo city."""
    options = configparser.RawConfigParser(strict=False)
    options.read(ini)
    section = options["app:main"]
    return section["ckan.site_url"], section["ckanext.jambi.harvest.demo_city_url"]


def _await_the_present(data_dir: Path) -> None:
    """Wait until the portal runs: before, its clock goes through the demonstration's past."""
    jambi = Path(sys.executable).parent / "jambi"
    while True:
        command = [jambi, "status", "--json", "--data-dir", data_dir]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        if json.loads(told.stdout)["phase"] not in PAST:
            return
        time.sleep(2)


def _poll_each_minute(ini: Path) -> None:
    """Apply all sources with a poll each minute."""
    with tempfile.TemporaryDirectory() as folder:
        for path in SOURCES.glob("*.yaml"):
            text = TRIGGER.sub("trigger: {every: 1m}", path.read_text(encoding="utf-8"))
            (Path(folder) / path.name).write_text(text, encoding="utf-8")
        ckan = Path(sys.executable).parent / "ckan"
        command = [ckan, "-c", ini, "jambi", "source", "apply", "--approve", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _watch(
    portal: str, before: Mapping[str, Known], pages: Mapping[str, str], wanted: Collection[str]
) -> Arrived:
    """Return after how many seconds each dataset has a new stamp in the API, and its page another history.

    A page is asked for once the API shows the change, so it is never counted before it.
    """
    arrived, start = Arrived(), time.monotonic()
    while len(arrived.on_page) < len(wanted) and time.monotonic() - start < MOST_SECONDS:
        for name, one in _datasets(portal).items():
            if name in wanted and one != before.get(name):
                arrived.in_api.setdefault(name, time.monotonic() - start)
        for name in arrived.in_api.keys() - arrived.on_page.keys():
            if _history(portal, name) != pages.get(name):
                arrived.on_page[name] = time.monotonic() - start
        time.sleep(0.5)
    return arrived


def _datasets(portal: str) -> dict[str, Known]:
    """Return what the public API says of each dataset, by its name."""
    answer = requests.get(f"{portal}/api/3/action/package_search", params={"rows": "100"}, timeout=30)
    answer.raise_for_status()
    return {
        one["name"]: Known(one["metadata_modified"], _moves(one.get("frekuensi")))
        for one in answer.json()["result"]["results"]
    }


def _moves(code: str | None) -> bool:
    interval = frequency.normalise(code).interval
    return frequency.normalise(code).code == "realtime" or (interval is not None and interval.nominal < DAY)


def _history(portal: str, name: str) -> str:
    """Return the history on a dataset's page, as a reader without an account gets it."""
    answer = requests.get(f"{portal}/dataset/{name}", timeout=30)
    answer.raise_for_status()
    found = HISTORY.search(answer.text)
    return found[0] if found else ""


def _print(arrived: Arrived, moving: Collection[str]) -> None:
    for name, seconds in sorted(arrived.in_api.items(), key=lambda one: one[1]):
        page = f"{arrived.on_page[name]:7.1f} s" if name in arrived.on_page else "      never"
        print(f"{seconds:7.1f} s API {page} page  {name}{'  (moves by itself)' if name in moving else ''}")
    for where, seen in (("API", arrived.in_api), ("page", arrived.on_page)):
        counted = [seconds for name, seconds in seen.items() if name not in moving]
        if len(counted) > 1:
            spread = quantiles(counted, n=20, method="inclusive")
            print(f"{where}: {len(counted)} that stand still: p50 {spread[9]:.1f} s, p95 {spread[18]:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
