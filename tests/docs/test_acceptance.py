"""Every case of the acceptance matrix has a test at each of its levels, or says which part will bring it.

Every requirement on freshness (F, G) has a test too.

The matrix is `tests/data/acceptance/cases.csv`; a test names its cases at the beginning of its own name.
A test that does not run proves nothing: one that is marked as skipped or expected to fail, whose parameters
are an empty list, or that skips itself whatever it meets (a `skipif` with a condition runs). Where a browser or a database is missing, the
level's run names what it skips (`tools/levels`).
"""

from __future__ import annotations

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
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
# So many lines `not_due.csv` had when it was last counted; lower it with the list, never raise it.
MOST_NOT_DUE = 47
NEVER_RUN = ("skip", "xfail")
SKIPS = ("skip", "xfail", "importorskip")
NAMED = re.compile(r"test((?:_[psuawi]\d+)+)_")
OF_FRESHNESS = re.compile(r"_([fg]\d\d)(?=_)")
LAST_OF_FRESHNESS = {"F": 53, "G": 19}
OF_FEDERATION = {"F43"}


def lines(name: str) -> list[dict[str, str]]:
    with (MATRIX / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def due() -> set[tuple[str, str]]:
    return {(line["id"], level) for line in lines("cases.csv") for level in line["levels"].split()}


def postponed() -> set[tuple[str, str]]:
    return {(line["id"], line["level"]) for line in lines("not_due.csv")}


@cache
def claims(folder: Path = TESTS) -> frozenset[tuple[str, str, str]]:
    """Return the folder, the name and each case of every test that names one and runs."""
    return frozenset(_claims(folder))


def _claims(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield them file by file."""
    for module in sorted(folder.rglob("test_*.py")):
        for name in _running(module):
            named = NAMED.match(name)
            for case in named[1].strip("_").split("_") if named else ():
                yield module.relative_to(folder).parts[0], name, case.upper()


def _running(module: Path) -> Iterator[str]:
    """Yield the names of the functions of a module of tests, without tests that do not run."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    if not (any(_skips(node) for node in tree.body) or _marked(_module_marks(tree))):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _runs(node):
                yield node.name


def _runs(test: ast.FunctionDef) -> bool:
    return not (_marked(test.decorator_list) or any(_skips(node) for node in test.body))


def _module_marks(tree: ast.Module) -> list[ast.expr]:
    """Return the marks that a module gives all its tests."""
    marks = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "pytestmark"
    ]
    return [one for mark in marks for one in (mark.elts if isinstance(mark, ast.List) else [mark])]


def _marked(marks: list[ast.expr]) -> bool:
    """Whether a mark keeps a test from running, or leaves it no parameters."""
    for mark in marks:
        name = ast.unparse(mark.func if isinstance(mark, ast.Call) else mark).rpartition(".")[2]
        given = mark.args[1] if isinstance(mark, ast.Call) and len(mark.args) > 1 else None
        empty = isinstance(given, ast.List | ast.Tuple) and not given.elts
        always = name == "skipif" and isinstance(mark, ast.Call) and isinstance(mark.args[0], ast.Constant)
        if name in NEVER_RUN or always or (name == "parametrize" and empty):
            return True
    return False


def _skips(node: ast.stmt) -> bool:
    """Whether a statement ends a test, or a module, before it has shown anything."""
    value = getattr(node, "value", None) if isinstance(node, ast.Expr | ast.Assign) else None
    name = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
    return name in {f"pytest.{one}" for one in SKIPS}


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
    assert len(postponed()) <= MOST_NOT_DUE, "what was proved stays proved; nothing is put off again"
    assert postponed() <= due(), "a line of not_due.csv that is no case"
    assert not postponed() & proved(), f"proved, to be taken out of not_due.csv: {postponed() & proved()}"


def test_every_requirement_on_freshness_has_a_test() -> None:
    names = [name for module in TESTS.rglob("test_*.py") for name in _running(module)]
    found = {
        each.upper() for name in names if name.startswith("test_") for each in OF_FRESHNESS.findall(name)
    }
    known = {f"{letter}{n:02}" for letter, last in LAST_OF_FRESHNESS.items() for n in range(1, last + 1)}
    assert known - found == OF_FEDERATION
    assert not found - known


def test_whatever_is_not_due_names_the_part_that_brings_it() -> None:
    assert all(line["part"].strip() for line in lines("not_due.csv"))


NOT_RUN = """
import pytest
@pytest.mark.skip(reason="later")
def test_s01_marked(): ...
@pytest.mark.parametrize("one", [])
def test_s02_without_parameters(one): ...
def test_s03_skips_itself():
    pytest.skip("later")
@pytest.mark.xfail
def test_s05_expected_to_fail(): ...
@pytest.mark.parametrize("one", [1])
def test_s06_runs(one): ...
"""


def test_test_that_does_not_run_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit/test_some.py").write_text(NOT_RUN, encoding="utf-8")
    (tmp_path / "unit/test_none.py").write_text(
        "import pytest\npytestmark = [pytest.mark.skip]\ndef test_s07_in_a_skipped_module(): ...\n",
        encoding="utf-8",
    )
    assert list(claims(tmp_path)) == [("unit", "test_s06_runs", "S06")]
