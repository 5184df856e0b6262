"""Which faults are put into `freshness.rules`: those that the operators of cosmic-ray make, one at a time.

Left out are those in annotations, which Python does not evaluate here, and `==` for `is`: the rules compare
members of enumerations, None and their own tracks by identity, where both are the same.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "ckanext-jambi/ckanext/jambi/freshness/rules"
MODULE = "module"
SAME = ("core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq")
Position = tuple[int, int]
Span = tuple[Position, Position]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `occurrence` counts in the module, `number` in the definition, so that it outlives edits."""

    module: str
    operator: str
    occurrence: int
    definition: str
    number: int

    @property
    def key(self) -> str:
        """The name of the fault, as `survivors.yaml` gives it."""
        return f"{self.module}.{self.definition} {self.operator.removeprefix('core/')} {self.number}"

    def code(self) -> str:
        """Return the source of the module with the fault; call it once in a process."""
        visitor = MutationVisitor(self.occurrence, cosmic_ray.plugins.get_operator(self.operator)())
        return visitor.walk(tree(self.module)).get_code()

    def diff(self) -> str:
        """Return what the fault changes, to be read by people."""
        operator = cosmic_ray.plugins.get_operator(self.operator)()
        mutated = MutationVisitor.mutate_code(source(self.module), operator, self.occurrence)
        lines = difflib.unified_diff(source(self.module).splitlines(), mutated.splitlines(), n=0, lineterm="")
        return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


def source(module: str) -> str:
    """Return the text of a module of the rules."""
    return (RULES / f"{module}.py").read_text(encoding="utf-8")


@cache
def tree(module: str) -> object:
    """Return a module as cosmic-ray changes it: parsed once, then inherited by each process that forks."""
    return get_ast(source(module))


def all_of(modules: list[str]) -> Iterator[Fault]:
    """Yield the faults of these modules, or of all."""
    for path in sorted(RULES.glob("*.py")):
        if not modules or path.stem in modules:
            yield from _of_module(path.stem)


def _of_module(module: str) -> Iterator[Fault]:
    parsed = ast.parse(source(module))
    quiet, definitions = list(_annotations(parsed)), list(_definitions(parsed))
    counted: Counter[tuple[str, str]] = Counter()
    for name in cosmic_ray.plugins.operator_names():
        operator_class = cosmic_ray.plugins.get_operator(name)
        if name in SAME or operator_class.arguments():
            continue
        operator = operator_class()
        places = (at for node in ast_nodes(tree(module)) for at, _ in operator.mutation_positions(node))
        for occurrence, at in enumerate(places):
            if any(start <= at < end for start, end in quiet):
                continue
            where = _innermost(at, definitions)
            yield Fault(module, name, occurrence, where, counted[where, name])
            counted[where, name] += 1


def _annotations(parsed: ast.AST) -> Iterator[Span]:
    """Yield where annotations stand; `from __future__ import annotations` leaves them unevaluated."""
    for node in ast.walk(parsed):
        for found in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(found, ast.expr):
                yield _span(found)


def _definitions(parsed: ast.AST, within: str = "") -> Iterator[tuple[Span, str]]:
    """Yield classes and functions with their names, an outer one before what it holds."""
    for node in ast.iter_child_nodes(parsed):
        name = within
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{within}.{node.name}".lstrip(".")
            yield _span(node), name
        yield from _definitions(node, name)


def _innermost(at: Position, definitions: list[tuple[Span, str]]) -> str:
    return next((name for (start, end), name in reversed(definitions) if start <= at < end), MODULE)


def _span(node: ast.stmt | ast.expr) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)
