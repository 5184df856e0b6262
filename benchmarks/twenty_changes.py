"""How soon changes of the demo city are public: `benchmarks/twenty_changes.py --data-dir DIR [--changes N]`.

DIR is that of a running portal (`jambi up --detach --history brief --data-dir DIR`), made for this: its
sources are applied anew with a poll each minute. One row in each of the first N datasets is corrected at
once; printed is after how many seconds each is new in the public API. A dataset whose data moves by itself
within that minute (weather, river, air) may be counted too early.
"""

from __future__ import annotations

import argparse
import configparser
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import requests

SOURCES = Path(__file__).parents[1] / "config" / "sources"
SETTLE_SECONDS = 70
MOST_SECONDS = 180
TRIGGER = re.compile(r"^trigger: .*$", re.MULTILINE)


def main() -> int:
    """Apply the sources, change the city, watch the portal; return 1 if a change did not arrive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--changes", type=int, default=20)
    given = parser.parse_args()
    ini = given.data_dir / "portal.ini"
    options = configparser.RawConfigParser(strict=False)
    options.read(ini)
    portal = options["app:main"]["ckan.site_url"]
    city = options["app:main"]["ckanext.jambi.harvest.demo_city_url"]
    _poll_each_minute(ini)
    time.sleep(SETTLE_SECONDS)
    before = _modified(portal)
    answer = requests.post(f"{city}/_kendali/ubah", params={"n": given.changes}, timeout=30)
    answer.raise_for_status()
    changed = answer.json()
    arrived = _watch(portal, before, set(changed["berubah"]), time.monotonic())
    for name, seconds in sorted(arrived.items(), key=lambda one: one[1]):
        print(f"{seconds:6.1f} s  {name}")
    spread = quantiles(arrived.values(), n=20)
    print(f"{len(arrived)} of {given.changes}: p50 {spread[9]:.1f} s, p95 {spread[18]:.1f} s")
    return int(len(arrived) < given.changes)


def _poll_each_minute(ini: Path) -> None:
    """Apply all sources with a poll each minute."""
    with tempfile.TemporaryDirectory() as folder:
        for path in SOURCES.glob("*.yaml"):
            text = TRIGGER.sub("trigger: {every: 1m}", path.read_text(encoding="utf-8"))
            (Path(folder) / path.name).write_text(text, encoding="utf-8")
        ckan = Path(sys.executable).parent / "ckan"
        command = [ckan, "-c", ini, "jambi", "source", "apply", "--approve", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _watch(portal: str, before: dict[str, str], wanted: set[str], start: float) -> dict[str, float]:
    """Return after how many seconds each dataset has a new stamp in the API."""
    arrived: dict[str, float] = {}
    while len(arrived) < len(wanted) and time.monotonic() - start < MOST_SECONDS:
        for name, stamp in _modified(portal).items():
            if name in wanted and stamp != before.get(name):
                arrived.setdefault(name, time.monotonic() - start)
        time.sleep(0.5)
    return arrived


def _modified(portal: str) -> dict[str, str]:
    asked = {"fl": "name,metadata_modified", "rows": "100"}
    answer = requests.get(f"{portal}/api/3/action/package_search", params=asked, timeout=30)
    answer.raise_for_status()
    return {one["name"]: one["metadata_modified"] for one in answer.json()["result"]["results"]}


if __name__ == "__main__":
    sys.exit(main())
