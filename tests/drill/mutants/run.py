"""How many faults put into `freshness.rules` the unit tests find: cosmic-ray over a copy of the project.

    .venv/bin/python tests/drill/mutants/run.py [--sample 300] [--modules closing judging]

Each mutant is tried against the tests of its module first, then against those of the whole room. Left out are
mutants of annotations, which Python does not evaluate here, and `==` for `is`: the rules compare members of
enumerations, None and their own tracks by identity, where both are the same. A survivor that `survivors.yaml`
explains (it changes nothing that anybody could observe) does not count against the score. Prints the score and
the survivors that nobody explained; exit 1 below `GOAL`. Whole it takes hours; `--sample` tries a fixed choice.
"""

from __future__ import annotations

import argparse
import ast
import filecmp
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkItem

ROOT = Path(__file__).resolve().parents[3]
RULES = Path("ckanext-jambi/ckanext/jambi/freshness/rules")
TESTS = Path("tests/unit/freshness")
GOAL = 95.0
COPIED = (
    "ckanext-jambi",
    "harvesters",
    "schemas",
    "config",
    "tests/unit",
    "tests/conftest.py",
    "pyproject.toml",
)
SAME = ("core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq")
TESTED_BY = {"index": "scoring", "assessing": "scoring", "policy": "scoring", "items": "obligations"}
"""Whose tests are tried first, where not those of the module's own name."""
TIMEOUT_SECONDS = 900
Span = tuple[tuple[int, int], tuple[int, int]]


def main() -> int:
    """Try mutants, or, as the test command of one, the tests."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, help="try so many mutants and not all")
    parser.add_argument("--modules", nargs="*", default=[], help="only these modules of the rules")
    parser.add_argument("--test", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    return _test() if given.test else _try(given.sample, given.modules)


def _try(sample: int | None, modules: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="jambi-mutants-") as folder:
        copy = Path(folder)
        _copy(copy)
        session, config = copy / "session.sqlite", copy / "cosmic-ray.toml"
        config.write_text(_config(), encoding="utf-8")
        _cosmic_ray(copy, "init", str(config), str(session))
        with use_db(str(session), WorkDB.Mode.open) as work:
            _leave_out(work, modules, sample, copy)
        _cosmic_ray(copy, "exec", str(config), str(session))
        with use_db(str(session), WorkDB.Mode.open) as work:
            return _report(work)


def _copy(copy: Path) -> None:
    for name in COPIED:
        source, target = ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, target)


def _config() -> str:
    return (
        f'[cosmic-ray]\nmodule-path = "{RULES}"\ntimeout = {TIMEOUT_SECONDS}.0\nexcluded-modules = []\n'
        f'test-command = "{sys.executable} {Path(__file__).resolve()} --test"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )


def _cosmic_ray(copy: Path, *arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("cosmic-ray")), *arguments]
    paths = f"{copy / 'ckanext-jambi'}:{copy / 'harvesters'}"
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "JAMBI_EXAMPLES": "25"}
    subprocess.run(command, cwd=copy, env=environment, check=True)


def _test() -> int:
    """Run the tests, those of the mutated module first; the working folder is the copy."""
    changed = [
        each.stem for each in sorted(RULES.glob("*.py")) if not filecmp.cmp(each, ROOT / each, shallow=False)
    ]
    named = [TESTED_BY.get(name, name) for name in changed]
    own = [str(path) for name in (*named, "purity") if (path := TESTS / f"test_{name}.py").exists()]
    quiet = ("-q", "-x", "--no-header", "-p", "no:cacheprovider", "-p", "no:ckan", "-p", "no:ckan_fixtures")
    command = [sys.executable, "-m", "pytest", *quiet]
    for tests in (own, [str(TESTS)]):
        if code := subprocess.run([*command, *tests], check=False).returncode:
            return code
    return 0


def _leave_out(work: WorkDB, modules: list[str], sample: int | None, copy: Path) -> None:
    """Leave the mutants that matter, or a sample of them."""
    quiet = {path: list(_annotations(copy / path)) for path in _paths(work)}
    items = sorted(work.work_items, key=lambda each: _key(each.mutations[0]))
    wanted = [each for each in items if _matters(each.mutations[0], modules, quiet)]
    sys.stdout.write(f"{len(wanted)} mutants in all\n")
    if sample is not None and sample < len(wanted):
        wanted = random.Random(0).sample(wanted, sample)
    work.clear()
    work.add_work_items(wanted)


def _paths(work: WorkDB) -> set[Path]:
    return {each.mutations[0].module_path for each in work.work_items}


def _matters(mutant: MutationSpec, modules: list[str], quiet: dict[Path, list[Span]]) -> bool:
    if modules and mutant.module_path.stem not in modules:
        return False
    if mutant.operator_name in SAME:
        return False
    at = tuple(mutant.start_pos)
    return not any(start <= at < end for start, end in quiet[mutant.module_path])


def _annotations(path: Path) -> Iterator[Span]:
    """Yield where annotations stand; `from __future__ import annotations` leaves them unevaluated."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for found in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(found, ast.expr):
                yield (
                    (found.lineno, found.col_offset),
                    (found.end_lineno or found.lineno, found.end_col_offset or 0),
                )


def _key(mutant: MutationSpec) -> str:
    """Return the name of a mutant as `survivors.yaml` gives it: it does not depend on lines."""
    where = mutant.definition_name or "module"
    operator = mutant.operator_name.removeprefix("core/")
    return f"{mutant.module_path.stem}.{where} {operator} {mutant.occurrence}"


def _explained() -> set[str]:
    read: Any = yaml.safe_load((Path(__file__).parent / "survivors.yaml").read_text(encoding="utf-8"))
    return {key for group in read or [] for key in group["mutants"]}


def _report(work: WorkDB) -> int:
    """Print the score and what survived."""
    results = {job: result for job, result in work.results if result.worker_outcome is WorkerOutcome.NORMAL}
    tried: list[WorkItem] = [each for each in work.work_items if each.job_id in results]
    lived = [each for each in tried if results[each.job_id].test_outcome is TestOutcome.SURVIVED]
    known = _explained()
    unexplained = [each for each in lived if _key(each.mutations[0]) not in known]
    for each in sorted(unexplained, key=lambda one: _key(one.mutations[0])):
        sys.stdout.write(f"{_key(each.mutations[0])}\n{results[each.job_id].diff}\n")
    counted = len(tried) - (len(lived) - len(unexplained))
    score = 100 * (counted - len(unexplained)) / counted if counted else 0.0
    sys.stdout.write(
        f"{len(tried)} mutants, {len(lived)} survived, {len(lived) - len(unexplained)} of them explained:"
        f" score {score:.1f} %, goal {GOAL:.0f} %\n"
    )
    return int(score < GOAL)


if __name__ == "__main__":
    sys.exit(main())
