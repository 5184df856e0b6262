"""Run the tests of CKAN or ckanext-harvest with our plugins enabled; tell explained failures from real ones.

    .venv/bin/python tests/core/run.py [--suite core|harvest|portal] [--plugins "…"] [--paths ckan/tests/…]

The tests come from the wheels. `core` and `harvest` enable what they are about: `expected_failures.txt` names
each test that may fail, and why. `portal` runs CKAN's tests with all plugins of config/portal.ini, whose
types, pages and token terms change what many tests take for granted: `expected_messages.txt` explains a
failure by what it says. Exit status 1 means that a test failed otherwise, or that an expected failure passed.
"""

from __future__ import annotations

import argparse
import configparser
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
PORTAL = HERE.parents[1] / "config" / "portal.ini"
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
PATHS["portal"] = PATHS["core"]


def _portal_plugins() -> str:
    options = configparser.RawConfigParser(strict=False)
    options.read(PORTAL, encoding="utf-8")
    return " ".join(options["app:main"]["ckan.plugins"].split())


PLUGINS = {
    "portal": _portal_plugins(),
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
        if asked.suite != "core":  # what has tables of plugins, which a test's reset takes away
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
        outcomes, said = _outcomes(report)
        if asked.suite != "portal":
            return _tell(outcomes, expected())
        return _tell(outcomes, explained(said), may_pass=True)


def expected() -> dict[str, str]:
    """Return the reason of each test that may fail."""
    pairs = (line.split(" ", 1) for line in _lines("expected_failures.txt"))
    return {name: reason.strip() for name, reason in pairs}


def explained(said: dict[str, str]) -> dict[str, str]:
    """Return the reason of each failed test whose message one of `expected_messages.txt` explains."""
    known = [line.split(" => ") for line in _lines("expected_messages.txt")]
    found = {
        name: next((why for pattern, why in known if re.search(pattern, f"{name} {text}")), None)
        for name, text in said.items()
    }
    return {name: why for name, why in found.items() if why}


def _lines(name: str) -> list[str]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _ini(folder: Path, base: Path) -> Path:
    ini = folder / "core.ini"
    ini.write_text((HERE / "core.ini").read_text("utf-8").replace("@INI@", str(base)), "utf-8")
    return ini


def _outcomes(report: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return passed, failed or skipped by test, and what the failed ones said."""
    found, said = {}, {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        name = f"{case.get('classname')}::{case.get('name')}"
        failures = [child for child in case if child.tag in ("failure", "error")]
        skipped = any(child.tag == "skipped" for child in case)
        found[name] = "failed" if failures else "skipped" if skipped else "passed"
        if failures:
            said[name] = " ".join(f"{child.get('message')} {child.text}" for child in failures)
    return found, said


def _tell(outcomes: dict[str, str], reasons: dict[str, str], *, may_pass: bool = False) -> int:
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    explained = {name for name in failed if name in reasons}
    surprising = set() if may_pass else {name for name in reasons if outcomes.get(name) == "passed"}
    passed = sum(outcome == "passed" for outcome in outcomes.values())
    skipped = sum(outcome == "skipped" for outcome in outcomes.values())
    _say([f"{passed} passed, {skipped} skipped, {len(failed)} failed, {len(explained)} of these explained"])
    _say(f"{count} times: {why}" for why, count in Counter(reasons[name] for name in explained).most_common())
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
