"""Run the tests of CKAN or ckanext-harvest with our plugins enabled; tell explained failures from real ones.

    .venv/bin/python tests/core/run.py [--suite core|harvest] [--plugins "…"] [--paths ckan/tests/…]

The tests come from the wheels. `expected_failures.txt` names each test that may fail, and why. Exit
status 1 means that another test failed, or that an expected failure passed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import services  # noqa: E402 - tests/ is no package

PATHS = {
    "core": (
        "ckan/tests/lib/search",
        "ckan/tests/logic/action/test_get.py",
        "ckan/tests/controllers/test_package.py",
    ),
    "harvest": ("ckanext/harvest/tests",),
}
PLUGINS = {
    "core": "jambi jambi_search",
    "harvest": (
        "activity datastore harvest ckan_harvester test_harvester test_harvester2 test_action_harvester"
        " jambi_harvest jambi_freshness jambi_search jambi"
    ),
}


def main() -> int:
    """Run the suite and print passed, explained and unexplained tests."""
    asked, passed_on = _arguments().parse_known_args()
    asked.plugins = asked.plugins or PLUGINS[asked.suite]
    services.PLUGINS = asked.plugins
    with tempfile.TemporaryDirectory() as folder:
        ini, report = _ini(Path(folder), services.start()), Path(folder) / "report.xml"
        subprocess.run([Path(sys.executable).parent / "ckan", "-c", ini, "db", "upgrade"], check=True)
        tests = [str(_site_packages() / path) for path in asked.paths or PATHS[asked.suite]]
        command = [sys.executable, "-m", "pytest", f"--ckan-ini={ini}", "-p", "no:cacheprovider", "-q"]
        command += ["-p", "with_ours"]
        command += [
            "--rootdir",
            str(_site_packages()),
            "-c",
            str(HERE / "pytest.ini"),
            f"--junit-xml={report}",
        ]
        env = os.environ | {"JAMBI_PLUGINS": asked.plugins, "PYTHONPATH": str(HERE)}
        subprocess.run([*command, *passed_on, *tests], check=False, env=env)
        return _tell(_outcomes(report), expected())


def expected() -> dict[str, str]:
    """Return the reason of each test that may fail."""
    lines = (HERE / "expected_failures.txt").read_text("utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: reason.strip() for name, reason in pairs}


def _ini(folder: Path, base: Path) -> Path:
    ini = folder / "core.ini"
    ini.write_text((HERE / "core.ini").read_text("utf-8").replace("@INI@", str(base)), "utf-8")
    return ini


def _outcomes(report: Path) -> dict[str, str]:
    """Return passed, failed or skipped by test."""
    found = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        name = f"{case.get('classname')}::{case.get('name')}"
        tags = {child.tag for child in case}
        found[name] = (
            "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        )
    return found


def _tell(outcomes: dict[str, str], reasons: dict[str, str]) -> int:
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    explained = {name for name in failed if name in reasons}
    surprising = {name for name in reasons if outcomes.get(name) == "passed"}
    passed = sum(outcome == "passed" for outcome in outcomes.values())
    skipped = sum(outcome == "skipped" for outcome in outcomes.values())
    _say([f"{passed} passed, {skipped} skipped, {len(failed)} failed, {len(explained)} of these explained"])
    _say(f"explained: {name}: {reasons[name]}" for name in sorted(explained))
    _say(f"NOT explained: {name}" for name in sorted(failed - explained))
    _say(f"expected to fail, but passed: {name}" for name in sorted(surprising))
    return 1 if failed - explained or surprising or not passed else 0


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=PATHS, default="core")
    parser.add_argument("--plugins", help="instead of those of the suite")
    parser.add_argument("--paths", nargs="*", help="test files below site-packages instead of the suite")
    return parser


def _site_packages() -> Path:
    spec = find_spec("ckan")
    if spec is None or spec.origin is None:
        raise SystemExit("CKAN is not installed: run `make up` or `make test` once.")
    return Path(spec.origin).parents[1]


if __name__ == "__main__":
    sys.exit(main())
