"""Every case of the acceptance matrix has a test at each of its levels, or says which part will bring it.

The matrix is `tests/data/acceptance/cases.csv`; a test names its cases at the beginning of its own name.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
MATRIX = TESTS / "data/acceptance"
FOLDERS = {
    "unit": ("unit", "connectors"),
    "conn": ("connectors",),
    "ckan": ("ckan", "launcher"),
    "e2e": ("e2e",),
    "drill": ("drill",),
}
NAMED = re.compile(r"test((?:_[psuawi]\d+)+)_")


def lines(name: str) -> list[dict[str, str]]:
    with (MATRIX / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def due() -> set[tuple[str, str]]:
    return {(line["id"], level) for line in lines("cases.csv") for level in line["levels"].split()}


def postponed() -> set[tuple[str, str]]:
    return {(line["id"], line["level"]) for line in lines("not_due.csv")}


def claims() -> Iterator[tuple[str, str, str]]:
    """Yield the folder, the name and each case of every test that names one."""
    for module in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            named = NAMED.match(node.name) if isinstance(node, ast.FunctionDef) else None
            for case in named[1].strip("_").split("_") if named else ():
                yield module.relative_to(TESTS).parts[0], node.name, case.upper()


def proved() -> set[tuple[str, str]]:
    folders = defaultdict(set)
    for folder, _, case in claims():
        folders[case].add(folder)
    return {(case, level) for case, level in due() if folders[case].intersection(FOLDERS[level])}


def test_every_case_has_a_test_at_each_of_its_levels() -> None:
    missing = due() - proved() - postponed()
    assert not missing, f"no test: {sorted(missing)}"


def test_every_test_of_a_case_names_one_that_exists() -> None:
    known = {line["id"] for line in lines("cases.csv")}
    unknown = {name for _, name, case in claims() if case not in known}
    assert not unknown, f"no such case (ids have two digits): {sorted(unknown)}"


def test_the_list_of_what_is_not_due_only_shrinks() -> None:
    assert postponed() <= due(), "a line of not_due.csv that is no case"
    assert not postponed() & proved(), f"proved, to be taken out of not_due.csv: {postponed() & proved()}"


def test_whatever_is_not_due_names_the_part_that_brings_it() -> None:
    assert all(line["part"].strip() for line in lines("not_due.csv"))
