"""How many faults put into `freshness.rules` the unit tests find.

    .venv/bin/python tests/drill/mutants/run.py [--sample 300] [--modules closing judging] [--results FILE]

Faults are those of cosmic-ray's operators (`faults.py`); each is tried on the tests of the room that run what
it changes (`trying.py`). A survivor that `survivors.yaml` explains (it changes nothing that anybody could
observe) does not count against the score. Prints the score and the survivors that nobody explained; exit 1
below `GOAL`. With `--results` a run that was cut goes on where it ended.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("JAMBI_EXAMPLES", "25")
sys.path.insert(0, str(Path(__file__).parent))

import pytest
import yaml
from faults import Fault, all_of
from trying import QUIET, TESTS, Steady, Trial

GOAL = 95.0


def main() -> int:
    """Try the faults and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, help="try so many faults and not all")
    parser.add_argument("--modules", nargs="*", default=[], help="only these modules of the rules")
    parser.add_argument(
        "--results", type=Path, help="keep what was found out in this file, and go on from it"
    )
    parser.add_argument("--again", action="store_true", help="of those results, try again what was not found")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="so many at once")
    given = parser.parse_args()
    faults = list(all_of(given.modules))
    sys.stdout.write(f"{len(faults)} faults in all\n")
    random.Random(0).shuffle(faults)  # so that a run that is cut is a fair sample
    faults = faults[: given.sample]
    with tempfile.TemporaryDirectory(prefix="jambi-mutants-") as folder:
        results = given.results or Path(folder) / "results"
        known = _read(results)
        if given.again:
            faults = [each for each in faults if each.key in known]
        left = [
            each
            for each in faults
            if not known.get(each.key, False) and (given.again or each.key not in known)
        ]
        if left and pytest.main([*QUIET, str(TESTS)], plugins=[Steady(), Trial(left, results, given.jobs)]):
            return 2
        return _report(faults, _read(results))


def _read(results: Path) -> dict[str, bool]:
    if not results.exists():
        return {}
    rows = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    return {row["key"]: row["found"] for row in rows}


def _explained() -> set[str]:
    read: Any = yaml.safe_load((Path(__file__).parent / "survivors.yaml").read_text(encoding="utf-8"))
    return {key for group in read or [] for key in group["mutants"]}


def _report(faults: Sequence[Fault], found: Mapping[str, bool]) -> int:
    """Print the score and what survived."""
    lived, known = [each for each in faults if not found[each.key]], _explained()
    unexplained = [each for each in lived if each.key not in known]
    for each in unexplained:
        sys.stdout.write(f"{each.key}\n{each.diff()}\n\n")
    counted = len(faults) - (len(lived) - len(unexplained))
    score = 100 * (counted - len(unexplained)) / counted if counted else 0.0
    sys.stdout.write(
        f"{len(faults)} faults, {len(faults) - len(lived)} found, {len(lived)} not,"
        f" {len(lived) - len(unexplained)} of these explained: score {score:.1f} %, goal {GOAL:.0f} %\n"
    )
    return int(score < GOAL)


if __name__ == "__main__":
    sys.exit(main())
