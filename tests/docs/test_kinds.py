"""Every kind of source has its two runs and each of its traps proved by tests that exist.

The matrix is `tests/data/acceptance/kinds.csv`; a bare name is a test of the kind's own file.
"""

from __future__ import annotations

import ast
import csv
import subprocess
import sys
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = {"unchanged", "changed", "new", "vanished", "trap"}
KINDS = sorted(
    point.name for point in entry_points(group="jambi.sources") if point.value.startswith("jambi_harvesters.")
)


def lines() -> list[dict[str, str]]:
    with (ROOT / "tests/data/acceptance/kinds.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def known_tests(path: Path) -> frozenset[str]:
    """Return the names of the tests in a file."""
    if not path.is_file():
        return frozenset()
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


def missing(line: dict[str, str]) -> list[str]:
    """Return the tests of a line that do not exist."""
    lacking = []
    for named in line["tests"].split():
        place, _, name = named.rpartition("::")
        path = place or f"tests/connectors/sources/test_{line['kind']}.py"
        if name not in known_tests(ROOT / path):
            lacking.append(named)
    return lacking


@pytest.mark.parametrize("kind", KINDS)
def test_hv10_every_kind_has_its_two_runs_and_its_traps(kind: str) -> None:
    proved = {line["case"] for line in lines() if line["kind"] == kind and line["tests"].split()}
    assert proved >= CASES


def test_hv10_every_trap_has_a_test() -> None:
    assert [(line["kind"], line["rule"]) for line in lines() if not line["tests"].split()] == []


def test_hv10_every_test_that_is_named_exists() -> None:
    assert {line["kind"]: missing(line) for line in lines() if missing(line)} == {}


def test_hv10_no_line_is_of_another_kind_or_case() -> None:
    assert {line["kind"] for line in lines()} == set(KINDS)
    assert {line["case"] for line in lines()} <= CASES | {"outside"}


@pytest.mark.parametrize("kind", KINDS)
def test_hv39_page_of_a_kind_says_what_of_others_it_reads(kind: str) -> None:
    page = (ROOT / "docs/sources" / f"{kind}.md").read_text(encoding="utf-8")
    reads = any(line["case"] == "outside" for line in lines() if line["kind"] == kind)
    assert ("Outside fixtures: none" in page) is not reads
    assert "Outside fixtures:" in page


def test_page_is_the_matrix() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "tools/kinds"], capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs/sources/proofs.md").read_text(encoding="utf-8").strip() == printed.stdout.strip()
